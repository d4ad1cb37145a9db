// SPDX-License-Identifier: Apache-2.0

//! A case for every attribute that a configuration of `descope_mcp_server` may leave out, made from
//! the provider's rows. So one more row is tested without an edit here: its values are those of the
//! row's example (or that of its kind) and the blank value of its kind.

use terraform_provider_descope::engine::Provider;
use terraform_provider_descope::provider::{Descope, Environment};
use terraform_provider_descope::schema::{Attribute, Configurability, Shape, Source, Table, Verdict};
use terraform_provider_descope::value::Value;

use super::core::V;
use super::emulator::PROJECT;

/// The resource type.
pub const TYPE: &str = "descope_mcp_server";

/// Where its rows are, for messages.
pub const ROWS: &str = "src/provider/mcp_server/table.rs";

/// Attributes that can't be filled alone, and why. Their filled value comes with that of the whole
/// object that holds them.
const NOT_ALONE: [(&str, &str); 1] =
    [("session_settings.enabled", "a new server with enabled session settings needs all three lifetimes")];

/// An attribute, and the values that a test gives it.
pub struct Case {
    /// Its dotted path. `[]` follows a list whose elements have it.
    pub path: String,
    /// Its row, behind the rows of the objects and lists that it is in.
    rows: Vec<&'static Attribute>,
    /// Its empty value, if its checks accept that.
    pub blank: Option<V>,
    /// A value that says something.
    pub filled: V,
}

/// One way to set an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Absent,
    Null,
    Blank,
    Filled,
}

impl Way {
    pub const ALL: [Self; 4] = [Self::Absent, Self::Null, Self::Blank, Self::Filled];
}

/// The table of the resource.
pub fn table() -> &'static Table {
    let resources = Descope::new(Environment::default()).catalogue().resources;
    resources.iter().find(|resource| resource.type_name == TYPE).expect("the resource is in the catalogue").table
}

/// A case for each attribute, in the order of the rows. A row that adopts has none: it names an
/// existing server, so `adopting` tests it.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    collect(table(), &[], "", &mut cases);
    assert!(cases.len() >= 35, "only {} cases: the rows are not found", cases.len());
    for (path, reason) in NOT_ALONE {
        let known = cases.iter().any(|case| case.path == path);
        assert!(
            known,
            "There is no attribute {path}. Remove its exception ({reason}) from tests/it/support/samples.rs."
        );
    }
    cases
}

fn collect(table: &'static Table, above: &[&'static Attribute], at: &str, cases: &mut Vec<Case>) {
    for row in table.attributes.iter().filter(|row| row.is_configurable() && !row.adopts) {
        let path = format!("{at}{}", row.name);
        let rows = [above, &[row]].concat();
        if row.configurability != Configurability::Required {
            cases.push(Case { path: path.clone(), rows: rows.clone(), blank: blank(row), filled: filled(row) });
        }
        match row.shape {
            Shape::Leaf(_) => {}
            Shape::Object(nested) => collect(nested, &rows, &format!("{path}."), cases),
            Shape::List(nested) => collect(nested, &rows, &format!("{path}[]."), cases),
        }
    }
}

/// A configuration with every attribute that can be set together with the others.
pub fn whole(name: &str) -> V {
    let V::Object(mut attributes) = filled_object(table()) else { unreachable!("an object") };
    attributes.insert("name".to_owned(), V::text(name));
    for row in table().attributes {
        // Adoption needs an existing server. The arguments of a creation exclude `login_page_url`.
        if row.adopts || row.configurability == Configurability::WriteOnly {
            attributes.remove(row.name);
        }
    }
    V::Object(attributes)
}

/// A value of a row that says something.
pub fn filled(row: &Attribute) -> V {
    match row.shape {
        // Only a project that exists can be filled in.
        Shape::Leaf(_) if matches!(row.source, Source::Provider("project_id")) => V::text(PROJECT),
        Shape::Leaf(kind) => from(&row.example.unwrap_or_else(|| kind.example()).value()),
        Shape::Object(nested) => filled_object(nested),
        Shape::List(nested) => V::List(vec![filled_object(nested)]),
    }
}

fn filled_object(table: &Table) -> V {
    let rows = table.attributes.iter().filter(|row| row.is_configurable());
    V::Object(rows.map(|row| (row.name.to_owned(), filled(row))).collect())
}

/// The empty value of a row, if the row's checks accept it.
pub fn blank(row: &Attribute) -> Option<V> {
    match row.shape {
        Shape::Leaf(_) if matches!(row.source, Source::Provider(_)) => None,
        Shape::Leaf(kind) => Some(from(&kind.blank())).filter(|blank| accepts(row, blank)),
        Shape::Object(_) => Some(V::Object([].into())),
        Shape::List(_) => Some(V::List(Vec::new())),
    }
}

/// Whether the checks of a row have nothing to say about a value: neither an error nor a warning.
pub fn accepts(row: &Attribute, value: &V) -> bool {
    let judged = |text: &str| row.checks.iter().all(|check| (check.judge)(text) == Verdict::Accept);
    let of_its_kind = |text: &str| match row.shape {
        Shape::Leaf(kind) => kind.check(&Value::string(text)).is_ok(),
        Shape::Object(_) | Shape::List(_) => false,
    };
    match value {
        V::Text(text) => judged(text) && of_its_kind(text),
        V::List(texts) => texts.iter().all(|text| matches!(text, V::Text(text) if judged(text))),
        _ => true,
    }
}

/// A constant of a row, as the small core holds it.
pub fn from(value: &Value) -> V {
    match value {
        Value::Bool(flag) => V::Bool(*flag),
        Value::String(text) => V::text(text),
        Value::Number(number) => V::Number(number.to_string().parse().expect("a number")),
        Value::List(elements) | Value::Set(elements) => V::List(elements.iter().map(from).collect()),
        Value::Map(entries) => V::Object(entries.iter().map(|(key, value)| (key.clone(), from(value))).collect()),
        Value::Object(attributes) => {
            V::Object(attributes.iter().map(|(name, value)| ((*name).to_owned(), from(value))).collect())
        }
        Value::Null | Value::Unknown(_) => panic!("a row has no such constant: {value:?}"),
    }
}

impl Case {
    /// Its row.
    pub fn row(&self) -> &'static Attribute {
        self.rows.last().expect("a case has a row")
    }

    /// Whether it is one value that is written, and can be cleared again.
    pub fn can_be_cleared(&self) -> bool {
        let written = matches!(self.row().source, Source::Member { .. });
        let blank = self.blank.as_ref().is_some_and(|blank| *blank != self.filled);
        written && blank && !matches!(self.row().shape, Shape::Object(_))
    }

    /// Whether a configuration that leaves it out leaves it to Descope: it is one value of the server, and
    /// not of an element of a list.
    pub fn is_released_alone(&self) -> bool {
        let written = matches!(self.row().source, Source::Member { .. });
        written && !self.path.contains("[]") && !matches!(self.row().shape, Shape::Object(_))
    }

    /// The ways in which a configuration can set it.
    pub fn ways(&self) -> impl Iterator<Item = Way> + use<> {
        let blank = self.blank.is_some();
        Way::ALL.into_iter().filter(move |way| *way != Way::Blank || blank)
    }

    /// The configuration of a server of this name that sets this attribute, and nothing else than
    /// what has to surround it.
    pub fn config(&self, way: Way, name: &str) -> V {
        let V::Object(mut attributes) = self.surrounded(way) else { unreachable!("a configuration is an object") };
        attributes.insert("name".to_owned(), V::text(name));
        V::Object(attributes)
    }

    /// The top-level attribute that holds it.
    pub fn top(&self) -> &'static str {
        self.rows[0].name
    }

    /// Its name in Terraform's language, for a resource.
    pub fn label(&self) -> String {
        self.path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    }

    fn surrounded(&self, way: Way) -> V {
        let (mut rows, mut value) = (
            self.rows.as_slice(),
            match way {
                Way::Absent => None,
                Way::Null => Some(V::Null),
                Way::Blank => Some(self.blank.clone().expect("the way is one of the case's")),
                Way::Filled => Some(self.filled.clone()),
            },
        );
        if way == Way::Filled && NOT_ALONE.iter().any(|(path, _)| *path == self.path) {
            rows = &rows[..rows.len() - 1];
            value = rows.last().map(|row| filled(row));
        }
        surround(table(), rows, value)
    }
}

/// An object of a table with a value at the end of these rows, and with the attributes that the
/// objects on the way require.
fn surround(table: &Table, rows: &[&'static Attribute], value: Option<V>) -> V {
    let required = table.attributes.iter().filter(|row| row.configurability == Configurability::Required);
    let mut attributes: std::collections::BTreeMap<String, V> =
        required.map(|row| (row.name.to_owned(), filled(row))).collect();
    let inner = match rows {
        [row, below @ ..] if !below.is_empty() => match row.shape {
            Shape::Object(nested) => Some(surround(nested, below, value)),
            Shape::List(nested) => Some(V::List(vec![surround(nested, below, value)])),
            Shape::Leaf(_) => unreachable!("nothing is in a leaf"),
        },
        _ => value,
    };
    if let (Some(row), Some(inner)) = (rows.first(), inner) {
        attributes.insert(row.name.to_owned(), inner);
    }
    V::Object(attributes)
}
