// SPDX-License-Identifier: Apache-2.0

//! The state that core proposes to a provider: the configuration laid over the prior state, attribute by attribute.

use super::schema::{Attribute, Block, Nesting, Ty};
use super::value::V;

/// The proposed new state.
pub fn proposed(block: &Block, prior: &V, config: &V) -> V {
    let attribute = |(name, attribute): (&String, &Attribute)| {
        (name.clone(), proposed_attribute(attribute, prior.get(name), config.get(name)))
    };
    V::Object(block.attributes.iter().map(attribute).collect())
}

fn proposed_attribute(attribute: &Attribute, prior: &V, config: &V) -> V {
    match (&attribute.ty, config) {
        // An optional nested attribute that was configured before and is not any more is taken for removed.
        (Ty::Nested(..), V::Null)
            if attribute.optional && attribute.computed && was_configured(&attribute.ty, prior) =>
        {
            V::Null
        }
        (_, V::Null) if attribute.computed => prior.clone(),
        (Ty::Nested(Nesting::Single, block), V::Object(_)) => proposed(block, prior, config),
        (Ty::Nested(Nesting::List, block), V::List(elements)) => {
            let before = match prior {
                V::List(before) => before.as_slice(),
                _ => &[],
            };
            let element =
                |(index, element): (usize, &V)| proposed(block, before.get(index).unwrap_or(&V::Null), element);
            V::List(elements.iter().enumerate().map(element).collect())
        }
        (_, config) => config.clone(),
    }
}

/// Whether a prior nested value holds something that only a configuration can have put there.
fn was_configured(ty: &Ty, prior: &V) -> bool {
    match (ty, prior) {
        (_, V::Null | V::Unknown) => false,
        (Ty::Nested(Nesting::Single, block), prior) => block.attributes.iter().any(|(name, attribute)| {
            !attribute.computed && *prior.get(name) != V::Null || was_configured(&attribute.ty, prior.get(name))
        }),
        (Ty::Nested(Nesting::List, block), V::List(elements)) => {
            elements.iter().any(|element| was_configured(&Ty::Nested(Nesting::Single, block.clone()), element))
        }
        _ => false,
    }
}
