// SPDX-License-Identifier: Apache-2.0

//! Arguments in the configuration that only the request to create an object carries. No answer
//! tells them afterwards, so digests of what was sent are remembered: a later change, which can
//! have no effect, is then reported instead of ignored.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::fingerprint::fingerprint;
use crate::engine::memory::Memory;
use crate::engine::{Config, ManagedResource};
use crate::raw::RawObject;
use crate::schema::{Attribute, Shape, Source};
use crate::value::{Path, Value};

/// Writes the arguments into the body of a creation. Fails with the one that is still unknown.
pub fn put(resource: &ManagedResource, config: &Config, body: &mut RawObject) -> Result<(), Path> {
    for (row, key) in arguments(resource) {
        let (Shape::Leaf(kind), value) = (row.shape, config.get(row.name)) else { continue };
        match value {
            Value::Null => {}
            value if value.is_wholly_known() => kind.put(value, key, body),
            _ => return Err(Path::of(row.name)),
        }
    }
    Ok(())
}

/// What is to be remembered of an object that was just created, at this time.
pub fn remember(resource: &ManagedResource, config: &Config, unix_time: u64) -> Memory {
    let sent = |(row, _): (&Attribute, _)| Some((row.name.to_owned(), fingerprint(config.get(row.name))?));
    let creation: BTreeMap<String, String> = arguments(resource).filter_map(sent).collect();
    Memory { creation, created: Some(unix_time), ..Memory::default() }
}

/// Warns of arguments that are not what they were when the object was created. Of one that was not created here it is
/// not known what they were.
pub fn changed(resource: &ManagedResource, config: &Config, memory: &Memory) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for (row, _) in arguments(resource) {
        let Some(now) = fingerprint(config.get(row.name)) else { continue };
        let sent = memory.creation.get(row.name);
        let is_changed = sent.map_or(memory.created.is_some(), |sent| *sent != now);
        if is_changed {
            let (had, or) = match sent {
                Some(_) => ("had another value", ", or give it the value that it had"),
                None => ("was not set", ""),
            };
            let detail = format!(
                "`{0}` counts only when the object is created, and it {had} then. The change has no effect: the object \
                 stays as it is. To get rid of this warning, remove `{0}`{or}. Only a new object would be created with \
                 this value, as by `-replace`.",
                row.name
            );
            diagnostics.push(Diagnostic::warning("Change without effect", detail).at(Path::of(row.name)));
        }
    }
    diagnostics
}

/// Warns of arguments that will not be sent, since the object exists already and is adopted.
pub fn unsent(resource: &ManagedResource, config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for (row, _) in arguments(resource).filter(|(row, _)| !config.get(row.name).is_null()) {
        let detail = format!(
            "`{}` counts only when an object is created, and this one exists already, since the configuration names \
             it by its id. So the argument has no effect, and can be removed.",
            row.name
        );
        diagnostics.push(Diagnostic::warning("Argument without effect", detail).at(Path::of(row.name)));
    }
    diagnostics
}

/// The rows that only a creation carries, with their keys.
fn arguments(resource: &ManagedResource) -> impl Iterator<Item = (&'static Attribute, &'static str)> + use<> {
    resource.table.attributes.iter().filter_map(|row| match row.source {
        Source::CreationArgument { key } => Some((row, key)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, config, summaries};

    #[test]
    fn arguments_are_sent_once_and_remembered_as_digests() {
        let given = config([("donor", "Ann".into())]);
        let mut body = RawObject::default();
        assert_eq!(put(&BOOK, &given, &mut body), Ok(()));
        assert_eq!(body.to_raw().get(), r#"{"donor":"Ann"}"#);
        let memory = remember(&BOOK, &given, 17);
        assert_eq!(memory.created, Some(17));
        assert!(!String::from_utf8(memory.write()).unwrap().contains("Ann"));
        assert_eq!(put(&BOOK, &config([("donor", Value::unknown())]), &mut body), Err(Path::of("donor")));
    }

    #[test]
    fn only_a_change_of_what_was_sent_is_reported() {
        let memory = remember(&BOOK, &config([("donor", "Ann".into())]), 17);
        let said =
            |donor: Value, memory: &Memory| summaries(&changed(&BOOK, &config([("donor", donor)]), memory)).len();
        assert_eq!(said("Bob".into(), &memory), 1);
        let told = changed(&BOOK, &config([("donor", "Bob".into())]), &memory);
        let detail = &told.iter().next().unwrap().detail;
        // Both ways out are tried below.
        assert!(detail.contains("remove `donor`, or give it the value that it had"), "{detail}");
        for (donor, memory) in [("Ann".into(), &memory), (Value::Null, &memory), ("Bob".into(), &Memory::default())] {
            assert_eq!(said(donor, memory), 0);
        }
        let memory = remember(&BOOK, &config([]), 17);
        let told = changed(&BOOK, &config([("donor", "Bob".into())]), &memory);
        let details: Vec<_> = told.iter().map(|message| message.detail.as_str()).collect();
        assert!(matches!(details[..], [detail] if detail.contains("was not set then")), "{details:?}");
        assert_eq!(said(Value::Null, &memory), 0);
        assert_eq!(summaries(&unsent(&BOOK, &config([("donor", "Ann".into())]))), ["Argument without effect"]);
    }
}
