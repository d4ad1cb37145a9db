//! What is stored after an apply: the plan, with the remote system's values where the plan left them open. A managed value that
//! came back different is reported, not hidden; an unmanaged one keeps its planned value, as the CLI insists, and the next
//! refresh shows what it has become.

use super::phase::attribute;
use super::reconcile::reconcile;
use super::rewrites::Rewrites;
use super::{Config, Plan, Resource, remote};
use crate::raw::RawObject;
use crate::schema::{Attribute, Shape, Table};
use crate::value::{Object, Path, Value};

/// A managed attribute that the remote system stored otherwise than asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// The attribute.
    pub path: Path,
    /// What the plan said.
    pub planned: Value,
    /// What came back.
    pub stored: Value,
    /// Whether neither may be shown.
    pub sensitive: bool,
}

/// What an apply comes to.
#[derive(Debug)]
pub struct Settled {
    /// The object to store, with planned values kept.
    pub object: Object,
    /// Where the remote system deviated from them.
    pub deviations: Vec<Deviation>,
    /// What it made of texts that it stores otherwise for good.
    pub rewrites: Rewrites,
    /// Where it may instead have passed the text over: what it had before is there still, or something in the place of nothing.
    pub passed_over: Vec<Path>,
}

/// Makes the state of the plan and the answer. `earlier` is what the remote system had before, `known` what became of texts until now.
pub fn settle(
    resource: &Resource,
    plan: &Plan,
    config: &Config,
    remote: &Object,
    earlier: Option<&Object>,
    known: &Rewrites,
) -> Settled {
    let mut deviations = Vec::new();
    let object = settle_object(resource.table, plan.object(), config.object(), remote, &Path::root(), &mut deviations);
    let (mut rewrites, mut passed_over) = (Rewrites::default(), Vec::new());
    for row in resource.table.attributes.iter().filter(|row| row.rewritten) {
        let (path, planned, stored) = (Path::of(row.name), plan.get(row.name), attribute(remote, row.name));
        let told = deviations.iter().position(|deviation| deviation.path == path);
        if (told.is_some() || known.same(row, planned, stored)) && rewrites.note(row, planned, stored) {
            let new = told.map(|told| deviations.remove(told)).is_some() && !known.same(row, planned, stored);
            let kept = earlier.is_some_and(|earlier| attribute(earlier, row.name) == stored);
            if new && (kept || planned.as_str() == Some("")) {
                passed_over.push(path);
            }
        }
    }
    Settled { object, deviations, rewrites, passed_over }
}

fn settle_object(
    table: &Table,
    plan: &Object,
    config: &Object,
    remote: &Object,
    at: &Path,
    deviations: &mut Vec<Deviation>,
) -> Object {
    let settle_row = |row: &Attribute| {
        let (planned, stored) = (attribute(plan, row.name), attribute(remote, row.name));
        let path = at.attribute(row.name);
        let value = match (row.shape, planned, stored) {
            (Shape::Object(table), Value::Object(planned), Value::Object(_) | Value::Null) => {
                let none = Object::new();
                let stored = stored.as_object().unwrap_or(&none);
                let config = attribute(config, row.name).as_object().unwrap_or(&none);
                settle_object(table, planned, config, stored, &path, deviations).into()
            }
            // A member that could not be read is told of. As an error or as null it would have the CLI replace a new object.
            (_, Value::Unknown(_), Value::Null) => blank(row),
            (_, Value::Unknown(_), stored) => stored.clone(),
            (_, planned, _) => {
                let kept = reconcile(row, planned, stored);
                let managed = !attribute(config, row.name).is_null();
                if managed && !stored.is_null() && kept != *planned {
                    let (planned, sensitive) = (planned.clone(), row.sensitive);
                    deviations.push(Deviation { path, planned, stored: stored.clone(), sensitive });
                }
                planned.clone()
            }
        };
        (row.name.to_owned(), value)
    };
    table.attributes.iter().map(settle_row).collect()
}

/// What an answer without a member for this attribute would hold; null for what no member holds.
fn blank(row: &Attribute) -> Value {
    let none = RawObject::default();
    let mut faults = Vec::new();
    remote::read_attribute(row, &none, &Path::root(), &mut faults)
}
