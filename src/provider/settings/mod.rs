//! The provider block: its table, the checks of its settings, the environment variables behind it,
//! and a single setting as it is asked for.

pub(super) mod checks;
pub(super) mod count;
mod environment;
pub(super) mod setting;
pub(super) mod tls;

use crate::schema::kind::TEXT;
use crate::schema::{Attribute, Literal, Table};
use checks::{BASE_URL, FILE, MANAGEMENT_KEY, ON_CONFLICT, PROJECT_ID};
use count::COUNT;

pub use environment::Environment;

/// The provider block.
pub static TABLE: Table = Table::of(&[
    Attribute::local(
        "project_id",
        TEXT,
        "Project of new resources that set no `project_id` of their own; existing ones stay where they are. Falls \
         back to the environment variable `DESCOPE_PROJECT_ID`.",
    )
    .checks(&[PROJECT_ID]),
    Attribute::local(
        "management_key",
        TEXT,
        "Management key with rights on the project, from the Descope console (Company > Management Keys). Falls back \
         to the environment variable `DESCOPE_MANAGEMENT_KEY`, which keeps it out of configuration files.",
    )
    .sensitive()
    .checks(&[MANAGEMENT_KEY]),
    Attribute::local(
        "base_url",
        TEXT,
        "Where the Management API is, for example `https://api.descope.com`. Falls back to the environment variable \
         `DESCOPE_BASE_URL`, else to the region that the project's id tells.",
    )
    .checks(&[BASE_URL]),
    Attribute::local(
        "ca_cert_file",
        TEXT,
        "File with certificates (PEM) of authorities to trust besides those of the machine, such as a company's own. \
         Falls back to the environment variable `DESCOPE_CA_CERT_FILE`.",
    )
    .checks(&[FILE]),
    Attribute::local(
        "client_cert_file",
        TEXT,
        "File with a certificate (PEM), and those that lead to its authority, for a gateway that asks its clients for \
         one. Needs `client_key_file`. Falls back to the environment variable `DESCOPE_CLIENT_CERT_FILE`.",
    )
    .checks(&[FILE]),
    Attribute::local(
        "client_key_file",
        TEXT,
        "File with the private key (PEM, not encrypted) of `client_cert_file`. Falls back to the environment variable \
         `DESCOPE_CLIENT_KEY_FILE`.",
    )
    .checks(&[FILE]),
    Attribute::local(
        "on_conflict",
        TEXT,
        "What to do if a managed value changed in Descope between plan and apply: `error` (the default) writes nothing \
         and reports it, `overwrite` writes what was planned. What is not managed keeps its present value either way.",
    )
    .example(Literal::Text("error"))
    .checks(&[ON_CONFLICT]),
    Attribute::local(
        "max_requests_per_minute",
        COUNT,
        "How many requests may be sent to the API within any minute. The requests of all providers on this machine \
         count that run as the same user with this setting and call the same host; further ones wait. If left out, the \
         pace follows what the API accepts.",
    ),
    Attribute::local(
        "max_concurrent_requests",
        COUNT,
        "How many requests to the API may be under way at the same time, counted over the providers on this machine \
         that run as the same user with this setting and call the same host. If left out, or above ten, a single provider has at most ten under way.",
    ),
]);
