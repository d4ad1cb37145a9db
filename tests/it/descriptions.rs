// SPDX-License-Identifier: Apache-2.0

//! What the schema says of every attribute, in every kind of entry: a person sees it in an editor
//! and in generated docs, so it must name default, unit, bounds and exclusions, and what a change
//! does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use terraform_provider_descope::engine::catalogue::Reads;
use terraform_provider_descope::engine::{Catalogue, Provider, Rule};
use terraform_provider_descope::provider::{Descope, Environment};
use terraform_provider_descope::schema::{Attribute, Configurability, Shape, Source, Table, Verdict};
use terraform_provider_descope::value::{Number, Type, Value};

use crate::support::cli::each;
use crate::support::hcl::{emulator, workspace};
use crate::support::plugin::Plugin;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::support::wire::tfplugin6::{self as tf};

/// The description of each attribute, nested ones included, and of each entry and parameter, by
/// kind of entry, name and path.
async fn described() -> BTreeMap<String, String> {
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &[]).await;
    let mut client = ProviderClient::new(plugin.channel().await);
    let schema = client.get_provider_schema(tf::get_provider_schema::Request {}).await.unwrap().into_inner();
    let identities = client.get_resource_identity_schemas(tf::get_resource_identity_schemas::Request {}).await;
    let mut found = BTreeMap::new();
    let mut entry = |kind: &str, name: &str, schema: &tf::Schema| {
        let block = schema.block.as_ref().unwrap();
        found.insert(format!("{kind} {name}"), block.description.clone());
        attributes(&block.attributes, &format!("{kind} {name}"), &mut found);
    };
    entry("provider", "descope", schema.provider.as_ref().unwrap());
    for (kind, schemas) in [
        ("resource", &schema.resource_schemas),
        ("data", &schema.data_source_schemas),
        ("ephemeral", &schema.ephemeral_resource_schemas),
        ("list", &schema.list_resource_schemas),
    ] {
        schemas.iter().for_each(|(name, schema)| entry(kind, name, schema));
    }
    for (name, action) in &schema.action_schemas {
        entry("action", name, action.schema.as_ref().unwrap());
    }
    for (name, identity) in identities.unwrap().into_inner().identity_schemas {
        for part in identity.identity_attributes {
            found.insert(format!("identity {name}.{}", part.name), part.description);
        }
    }
    for (name, function) in schema.functions {
        for parameter in function.parameters {
            found.insert(format!("function {name}.{}", parameter.name), parameter.description);
        }
        found.insert(format!("function {name}"), function.description);
    }
    found
}

fn attributes(rows: &[tf::schema::Attribute], at: &str, found: &mut BTreeMap<String, String>) {
    for row in rows {
        let at = format!("{at}.{}", row.name);
        found.insert(at.clone(), row.description.clone());
        if let Some(nested) = &row.nested_type {
            attributes(&nested.attributes, &at, found);
        }
    }
}

/// A word in angle brackets, which an editor that shows Markdown takes for HTML and drops.
fn angle_word(text: &str) -> Option<&str> {
    text.match_indices('<').find_map(|(start, _)| {
        let word = text[start + 1..].split('>').next().filter(|word| start + 1 + word.len() < text.len())?;
        let fits = word.len() > 1
            && word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '{')
            && word.chars().all(|letter| letter.is_ascii_alphanumeric() || " _-{}".contains(letter));
        fits.then_some(word)
    })
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let described = described().await;
    for kind in ["provider", "resource", "data", "ephemeral", "list", "action", "identity", "function"] {
        assert!(described.keys().any(|path| path.starts_with(kind)), "no {kind} is in the schema");
    }
    for (path, text) in &described {
        assert!(text.len() >= 15 && text.ends_with('.'), "{path}: {text:?}");
        assert_eq!(angle_word(text), None, "{path}: write WORD, since <word> vanishes in editors: {text}");
    }
}

#[test]
fn the_clis_show_a_description_of_everything() {
    each("descriptions", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, "");
        let shown = workspace.succeed(&["providers", "schema", "-json"]);
        let schema: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
        let mut attributes = 0;
        let mut open = vec![&schema];
        while let Some(value) = open.pop() {
            for (name, row) in value["attributes"].as_object().into_iter().flatten() {
                attributes += 1;
                let text = row["description"].as_str().unwrap_or_default();
                assert!(text.ends_with('.') && angle_word(text).is_none(), "{name}: {row}");
            }
            open.extend(value.as_object().into_iter().flat_map(|object| object.values()));
        }
        assert!(attributes > 100, "{attributes}");
    });
}

// === What checks know ===

/// Values of which a check refuses those beyond its bounds.
fn probes(ty: &Type) -> Vec<Value> {
    let texts = [
        "",
        " ",
        "x",
        "x\n",
        "a b",
        "a#b",
        "0 minutes",
        "1 second",
        "2 weeks",
        "60 days",
        "0s",
        "0",
        "*",
        "RSx",
        "P2x:K2x",
        "é",
        "/",
        "http://x.example",
        "https://x.example/#a",
        "https://x.example/?flow=sign-in",
        "javascript:x",
        "localhost:3000",
    ];
    let numbers = ["-1", "0", "1", "1.5", "1e30"];
    match ty {
        Type::String => texts.iter().map(|text| Value::string(*text)).collect(),
        Type::Set(_) => texts.iter().map(|text| Value::set([Value::string(*text)])).collect(),
        Type::Number => numbers.iter().map(|number| Value::Number(number.parse::<Number>().unwrap())).collect(),
        _ => Vec::new(),
    }
}

/// The numbers in a text, but for those that say how large a number this side can hold, and for
/// zero: a number of things is not less.
fn numbers(text: &str) -> Vec<&str> {
    let held = [i64::MAX.to_string(), i64::MIN.to_string().replace('-', ""), i32::MAX.to_string()];
    let words = text.split(|letter: char| !letter.is_ascii_digit()).filter(|word| !word.is_empty());
    words.filter(|word| *word != "0" && !held.iter().any(|held| held == word)).collect()
}

fn without_quotations(reason: &str) -> String {
    reason.split('"').step_by(2).collect()
}

/// What is wrong with a row's description, by what its kind and its checks refuse.
fn unsaid(row: &Attribute, description: &str) -> Vec<String> {
    let Shape::Leaf(kind) = row.shape else { return Vec::new() };
    let mut unsaid = Vec::new();
    let mut judged = |probe: &Value, says: &str, reason: String| {
        let plain = without_quotations(&reason);
        let probe = match probe {
            Value::Number(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        let is_said = |number: &&str| numbers(description).contains(number) || numbers(&probe).contains(number);
        let bound = numbers(&plain).into_iter().find(|number| !is_said(number));
        if says.is_empty() || !description.contains(says) || bound.is_some() {
            unsaid.push(format!("{description:?} does not say {says:?}, or a bound of: {reason}"));
        }
    };
    for probe in probes(&kind.ty()) {
        if let Err(reason) = kind.check(&probe) {
            judged(&probe, kind.says(), reason);
        }
        for text in probe.elements().unwrap_or(std::slice::from_ref(&probe)).iter().filter_map(Value::as_str) {
            for check in row.checks {
                if let Verdict::Forbid(reason) | Verdict::Refuse(reason) | Verdict::Warn(reason) = (check.judge)(text) {
                    judged(&probe, check.says, reason);
                }
            }
        }
    }
    unsaid
}

/// Each entry whose attributes a configuration sets: its name among the descriptions, its table and its rules.
fn entries(catalogue: &'static Catalogue) -> Vec<(String, &'static Table, Vec<Rule>)> {
    let mut entries = vec![("provider descope".to_owned(), catalogue.table, Vec::new())];
    for entry in catalogue.resources {
        let rules = entry.rules.iter().chain(entry.creation_rules).copied().collect();
        entries.push((format!("resource {}", entry.type_name), entry.table, rules));
    }
    macro_rules! reads {
        ($kind:literal, $entries:expr) => {
            for entry in $entries {
                let rules = match entry.reads {
                    Reads::Own { rules, .. } => rules.to_vec(),
                    Reads::LookUp(_) => Vec::new(),
                };
                entries.push((format!("{} {}", $kind, entry.type_name), entry.reads.table(), rules));
            }
        };
    }
    reads!("data", catalogue.data_sources);
    reads!("ephemeral", catalogue.ephemeral_resources);
    for entry in catalogue.list_resources {
        entries.push((format!("list {}", entry.resource.type_name), entry.table(), Vec::new()));
    }
    for entry in catalogue.actions {
        entries.push((format!("action {}", entry.type_name), entry.table, entry.rules.to_vec()));
    }
    entries
}

fn walk(table: &Table, at: &str, visit: &mut dyn FnMut(&Attribute, &Table, &str)) {
    for row in table.attributes {
        let at = format!("{at}.{}", row.name);
        visit(row, table, &at);
        if let Shape::Object(nested) | Shape::List(nested) = row.shape {
            walk(nested, &at, visit);
        }
    }
}

#[tokio::test]
async fn what_checks_and_rules_know_is_said() {
    let (described, mut wrong) = (described().await, Vec::new());
    for (entry, table, rules) in entries(Descope::new(Environment::default()).catalogue()) {
        walk(table, &entry, &mut |row, _, at| {
            if row.is_configurable() {
                wrong.extend(unsaid(row, &described[at]).into_iter().map(|reason| format!("{at}: {reason}")));
            }
        });
        for rule in rules {
            assert!(!rule.says.is_empty(), "{entry}: a rule across attributes says nothing of any");
            for (path, says) in rule.says {
                let at = format!("{entry}.{path}");
                let description = described.get(&at).unwrap_or_else(|| panic!("{at} is no attribute"));
                if !description.contains(says) {
                    wrong.push(format!("{at} does not say {says:?}: {description}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_happens_without_a_value_is_said() {
    let described = described().await;
    for (entry, table, _) in entries(Descope::new(Environment::default()).catalogue()) {
        walk(table, &entry, &mut |row, _, at| {
            let may_be_left_out = row.is_configurable() && row.configurability != Configurability::Required;
            let said = ["left out", "Default:", "Falls back", "(the default)", "Set it to adopt", "Set exactly one of"];
            let is_argument = matches!(row.source, Source::CreationArgument { .. });
            if may_be_left_out && !is_argument {
                let text = &described[at];
                let is_group = at.ends_with(".timeouts");
                assert!(is_group || said.iter().any(|words| text.contains(words)), "{at}: {text}");
            }
        });
    }
}

/// What a person asked for who read the docs and had to find it out by trying.
#[tokio::test]
async fn bounds_and_exclusions_are_said_where_they_hold() {
    let described = described().await;
    let session = "resource descope_mcp_server.session_settings";
    for (path, words) in [
        (format!("{session}.session_token_expiration"), "At least 3 minutes."),
        (format!("{session}.session_token_expiration"), "No longer than `refresh_token_expiration`."),
        (format!("{session}.refresh_token_expiration"), "No shorter than `session_token_expiration`."),
        (format!("{session}.key_session_token_expiration"), "At least 3 minutes. At most one month (31 days)."),
        (format!("{session}.enabled"), "If it is `true`, all three lifetimes must be set"),
        (format!("{session}.session_token_expiration"), "Needed with `enabled = true`"),
        (format!("{session}.refresh_token_expiration"), "Needed with `enabled = true`"),
        (format!("{session}.key_session_token_expiration"), "Needed with `enabled = true`"),
        ("resource descope_mcp_server.consent_flow_id".into(), "Excludes `login_page_url`."),
        ("resource descope_mcp_server.consent_flow_id".into(), "changing it later does nothing"),
        ("resource descope_mcp_server.project_id".into(), "Changing it replaces the object"),
        ("resource descope_mcp_server.description".into(), "Not managed if left out; `\"\"` clears it."),
        ("resource descope_mcp_server.approved_scopes.permissions_scopes".into(), "Each `name` may occur once."),
        ("resource descope_mcp_server.approved_scopes.permissions_scopes".into(), "`[]` removes all"),
        ("data descope_mcp_server.id".into(), "Set exactly one of `id` and `name`."),
        ("ephemeral descope_mcp_server.name".into(), "Set exactly one of `id` and `name`."),
        ("list descope_mcp_server.project_id".into(), "Only objects there are listed."),
        ("list descope_mcp_server.project_id".into(), "If left out, it is the provider's `project_id`."),
        ("provider descope.max_requests_per_minute".into(), "A whole number of at least 1."),
        ("provider descope.base_url".into(), "Default: the API of the region that the project's id names"),
        ("provider descope".into(), "An empty text counts as not set, in an attribute as in a variable."),
        ("resource descope_mcp_server".into(), "each plan says so in a warning until a change of the resource is"),
        ("resource descope_mcp_server.consent_flow_id".into(), "before Terraform 1.11 and OpenTofu 1.11 can't set it"),
        ("resource descope_mcp_server.tags".into(), "None of them may be blank."),
        ("resource descope_mcp_server.timeouts.create".into(), "A length of time above zero, such as `\"90s\"`"),
    ] {
        assert!(described[&path].contains(words), "{path} does not say {words:?}: {}", described[&path]);
    }
}

/// An object that has an `enabled` is easily taken for something that is on as soon as it is there.
#[tokio::test]
async fn objects_that_can_be_on_say_what_turns_them_on() {
    let (described, mut found) = (described().await, 0);
    for resource in Descope::new(Environment::default()).catalogue().resources {
        for row in resource.table.attributes {
            let Shape::Object(nested) = row.shape else { continue };
            if nested.attribute("enabled").is_some() {
                let text = &described[&format!("resource {}.{}", resource.type_name, row.name)];
                assert!(text.contains("set `enabled` in it, too, or Descope decides."), "{}: {text}", row.name);
                found += 1;
            }
        }
    }
    assert!(found >= 3, "{found}");
}

/// Each setting that has an environment variable says what an empty one means.
#[tokio::test]
async fn empty_variables_are_said_to_count_as_not_set() {
    let mut found = 0;
    for (path, text) in described().await {
        if let Some((_, variable)) = text.split_once("environment variable `") {
            assert!(variable.contains("`, unless that is empty."), "{path}: {text}");
            found += 1;
        }
    }
    assert_eq!(found, 6);
}

/// Three lists of scopes have the same attributes, and their `values` are not the same things.
#[tokio::test]
async fn the_values_of_each_list_of_scopes_say_what_they_are() {
    let described = described().await;
    for (list, words) in [("permissions", "roles"), ("attributes", "user's attributes"), ("connections", "Connection")]
    {
        let text = &described[&format!("resource descope_mcp_server.approved_scopes.{list}_scopes.values")];
        assert!(text.starts_with("Names of the") && text.contains(words), "{list}: {text}");
    }
}

/// The limits that stand in the texts of `timeouts` are those that hold.
#[test]
fn time_limits_are_those_that_are_described() {
    for resource in Descope::new(Environment::default()).catalogue().resources {
        let Some(row) = resource.table.attribute("timeouts") else { continue };
        let Shape::Object(table) = row.shape else { panic!("timeouts is an object") };
        let limits = resource.timeouts;
        for (name, limit) in
            [("create", limits.create), ("read", limits.read), ("update", limits.update), ("delete", limits.delete)]
        {
            let says = format!("Default: `\"{}m\"`.", limit.as_secs() / 60);
            assert!(table.attribute(name).unwrap().docs.contains(&says), "{}.{name}: {says}", resource.type_name);
        }
    }
}

// === Angle words elsewhere ===

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, found),
            path => found.push(path),
        }
    }
}

/// The texts of a source file that a person may see: its literals, without those of unit tests.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n").replace("\\\"", "'").replace("'\"'", "''");
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn no_message_and_no_page_has_an_angle_word() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = ["README.md", "CHANGELOG.md", "SECURITY.md"].map(|name| root.join(name)).to_vec();
    ["src", "docs", "examples"].into_iter().for_each(|folder| files(&root.join(folder), &mut paths));
    let mut seen = 0;
    // A page of HTML has elements. What it says comes from its script.
    let is_html = |path: &Path| path.extension().is_some_and(|end| end == "html" || end == "svg");
    for path in paths.iter().filter(|path| !path.ends_with("tests.rs") && !is_html(path)) {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let texts = if path.extension().is_some_and(|end| end == "rs") { literals(&text) } else { vec![text] };
        seen += texts.len();
        for text in texts {
            assert_eq!(angle_word(&text), None, "{}: write WORD: {text}", path.display());
        }
    }
    assert!(seen > 1_000, "{seen}");
}

#[test]
fn angle_words_are_found() {
    assert_eq!(angle_word("a `<flow id>` b"), Some("flow id"));
    assert_eq!(angle_word("<{name}>"), Some("{name}"));
    assert_eq!(angle_word("1 < 2 > 0, Vec<&str>, <b and <"), None);
    assert_eq!(literals("let a = \"x <y>\"; // \"z\"\n#[cfg(test)] \"w\""), ["x <y>", "z"]);
}
