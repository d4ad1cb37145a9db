// SPDX-License-Identifier: Apache-2.0

//! The provider block: its table, the checks of its settings, the environment variables behind it,
//! and a single setting as it is asked for.

pub(super) mod address;
pub(super) mod checks;
mod copied;
pub(super) mod count;
mod environment;
mod misplaced;
pub(super) mod setting;
pub(super) mod sources;
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
        "Project of new resources that set no `project_id` of their own. Existing ones stay where they are. Falls \
         back to the environment variable `DESCOPE_PROJECT_ID`, unless that is empty.",
    )
    .checks(&[PROJECT_ID]),
    Attribute::local(
        "management_key",
        TEXT,
        "Management key with rights on the project, from the Descope console (Company > Management Keys). Falls back \
         to the environment variable `DESCOPE_MANAGEMENT_KEY`, unless that is empty. The variable keeps the key out of \
         configuration files.",
    )
    .sensitive()
    .checks(&[MANAGEMENT_KEY]),
    Attribute::local(
        "base_url",
        TEXT,
        "Address of the Management API. Falls back to the environment variable `DESCOPE_BASE_URL`, unless that is \
         empty. Default: the API of the region that the project's id names, such as `https://api.euc1.descope.com`, \
         and `https://api.descope.com` for an id without a region. A server's issuer and its other URLs begin with it.",
    )
    .checks(&[BASE_URL]),
    Attribute::local(
        "ca_cert_file",
        TEXT,
        "File with certificates (PEM) of authorities to trust besides those of the machine, such as a company's own. \
         Falls back to the environment variable `DESCOPE_CA_CERT_FILE`, unless that is empty. Default: none besides \
         those of the machine.",
    )
    .checks(&[FILE]),
    Attribute::local(
        "client_cert_file",
        TEXT,
        "File with a client certificate (PEM), followed by any intermediate certificates, for a gateway that demands \
         one. Needs `client_key_file`. Falls back to the environment variable `DESCOPE_CLIENT_CERT_FILE`, unless that \
         is empty. Default: no certificate is sent.",
    )
    .checks(&[FILE]),
    Attribute::local(
        "client_key_file",
        TEXT,
        "File with the private key (PEM, not encrypted) of `client_cert_file`, which it needs. Falls back to the \
         environment variable `DESCOPE_CLIENT_KEY_FILE`, unless that is empty. Default: none.",
    )
    .checks(&[FILE]),
    Attribute::local(
        "on_conflict",
        TEXT,
        "What an apply does if a managed value changed in Descope after the plan was made: `error` or `overwrite`. \
         With `error` (the default), it writes nothing and says what changed. With `overwrite`, it writes what was \
         planned and warns of what it wrote over. What is not managed keeps its present value either way.",
    )
    .example(Literal::Text("error"))
    .checks(&[ON_CONFLICT]),
    Attribute::local(
        "max_requests_per_minute",
        COUNT,
        "How many requests may be sent to the API within any minute. Further ones wait. It counts the requests of all \
         providers on this machine that have this setting, run as the same user and call the same host. If left out, \
         the pace follows what the API accepts.",
    ),
    Attribute::local(
        "max_concurrent_requests",
        COUNT,
        "How many requests to the API may be under way at the same time. Further ones wait. It counts the requests of \
         all providers on this machine that have this setting, run as the same user and call the same host. If left \
         out, or above ten, each provider has at most ten under way.",
    ),
]);
