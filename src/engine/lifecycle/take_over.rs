// SPDX-License-Identifier: Apache-2.0

//! Taking over an object from a resource type of the same name and shape in another provider: a
//! fork of this one, or this one under another address. Only the shape counts, so nothing remote is
//! asked. Called by `protocol` for MoveResourceState.

use crate::diag::Diagnostic;
use crate::engine::steps::identity;
use crate::engine::{ManagedResource, State};

/// Where an object comes from.
pub struct Origin<'a> {
    /// The type's name in the other provider.
    pub type_name: &'a str,
    /// The other provider's address.
    pub provider: &'a str,
    /// The version of the shape of its state.
    pub version: i64,
}

/// The state here of an object from elsewhere. `decode` reads its stored attributes as those of a
/// version of ours.
pub fn take_over(
    resource: &ManagedResource,
    origin: &Origin<'_>,
    decode: impl FnOnce(i64) -> Result<State, Diagnostic>,
) -> Result<State, Diagnostic> {
    if origin.type_name != resource.type_name {
        return Err(foreign(resource, origin));
    }
    // Another provider counts its versions by itself, so one that is not among ours says nothing
    // against the shape.
    let version = origin.version.clamp(0, resource.version());
    let state = decode(version).map_err(|_| foreign(resource, origin))?;
    // Without an identity, the state is of something else that has the same name.
    match identity::of(resource.table, state.object()) {
        Some(_) => Ok(state),
        None => Err(foreign(resource, origin)),
    }
}

fn foreign(resource: &ManagedResource, origin: &Origin<'_>) -> Diagnostic {
    let detail = format!(
        "A {:?} of {} can't become a {:?}: only a resource type of the same name and shape can be moved. Use a \
         `removed` block for the old address and an `import` block for the new one. The object stays as it is.",
        origin.type_name, origin.provider, resource.type_name
    );
    Diagnostic::error("Move not supported", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, object};

    fn taken(type_name: &str, version: i64, state: Result<State, Diagnostic>) -> Result<(State, i64), Diagnostic> {
        let origin = Origin { type_name, provider: "registry.example/fork/library", version };
        let mut asked = -1;
        let state = take_over(&BOOK, &origin, |version| {
            asked = version;
            state
        })?;
        Ok((state, asked))
    }

    fn book() -> State {
        State::stub(BOOK.table, object([("id", "7".into()), ("branch_id", "B1".into()), ("city", "Ulm".into())]))
    }

    #[test]
    fn an_object_of_the_same_shape_is_taken_over_whatever_its_version() {
        for (version, asked) in [(0, 0), (1, 1), (9, 1), (-1, 0)] {
            assert_eq!(taken("library_book", version, Ok(book())), Ok((book(), asked)));
        }
    }

    #[test]
    fn other_types_shapes_and_objects_without_identity_are_refused() {
        let shapeless = || Err(Diagnostic::error("x", "y"));
        let nobody = State::stub(BOOK.table, object([("title", "Emma".into())]));
        for refused in [
            taken("library_map", 0, Ok(book())),
            taken("library_book", 0, shapeless()),
            taken("library_book", 0, Ok(nobody)),
        ] {
            assert!(refused.unwrap_err().detail.contains("`import` block"));
        }
    }
}
