// SPDX-License-Identifier: Apache-2.0

//! Core's rules for plans and for what comes of them.

use super::schema::{Attribute, Block, Nesting, Ty};
use super::value::V;

type Held = Result<(), String>;

/// Whether a planned object is one that core accepts for a configuration and a prior state.
pub fn plan_valid(block: &Block, prior: &V, config: &V, planned: &V) -> Held {
    if (*config == V::Null) != (*planned == V::Null) {
        return Err("Provider produced invalid plan: planned for another existence than config wants".to_owned());
    }
    object_valid(block, prior, config, planned, "")
        .map_err(|reason| format!("Provider produced invalid plan: {reason}"))
}

fn object_valid(block: &Block, prior: &V, config: &V, planned: &V, at: &str) -> Held {
    for (name, attribute) in &block.attributes {
        attribute_valid(attribute, prior.get(name), config.get(name), planned.get(name), &format!("{at}.{name}"))?;
    }
    Ok(())
}

fn attribute_valid(attribute: &Attribute, prior: &V, config: &V, planned: &V, at: &str) -> Held {
    if attribute.write_only {
        return match planned {
            V::Null => Ok(()),
            _ => Err(format!("{at}: a write-only attribute must be planned as null")),
        };
    }
    // As configured, or "the same thing in another spelling".
    if planned == config || (*prior != V::Null && *config != V::Null && planned == prior) {
        return Ok(());
    }
    if attribute.computed && !attribute.optional {
        return Ok(());
    }
    match (config, &attribute.ty) {
        (V::Null, _) if attribute.computed => Ok(()),
        (V::Null, _) => Err(format!("{at}: planned value {planned:?} for a non-computed attribute")),
        (V::Unknown, _) => Err(format!("{at}: planned {planned:?}, but config is unknown")),
        (_, Ty::Nested(Nesting::Single, block)) => match planned {
            V::Object(_) => object_valid(block, prior, config, planned, at),
            _ => Err(format!("{at}: planned {planned:?} for a configured object")),
        },
        (V::List(configured), Ty::Nested(Nesting::List, block)) => match planned {
            V::List(elements) if elements.len() == configured.len() => {
                let before = match prior {
                    V::List(before) => before.as_slice(),
                    _ => &[],
                };
                configured.iter().zip(elements).enumerate().try_for_each(|(index, (config, planned))| {
                    let at = format!("{at}[{index}]");
                    match (config, planned) {
                        (V::Unknown, V::Unknown) => Ok(()),
                        (V::Object(_), V::Object(_)) => {
                            object_valid(block, before.get(index).unwrap_or(&V::Null), config, planned, &at)
                        }
                        _ => Err(format!("{at}: planned {planned:?} for {config:?}")),
                    }
                })
            }
            _ => Err(format!("{at}: planned {planned:?} for {} configured elements", configured.len())),
        },
        _ => Err(format!("{at}: planned {planned:?} does not match config value {config:?}")),
    }
}

/// Whether a new plan is a completion of an old one: what was known stays, what was unknown may become anything.
pub fn completes(block: &Block, old: &V, new: &V) -> Held {
    block.attributes.iter().try_for_each(|(name, attribute)| {
        value_compatible(&attribute.ty, old.get(name), new.get(name), &format!(".{name}"))
    })
}

/// Whether what came of an apply is what was planned.
pub fn compatible(block: &Block, planned: &V, actual: &V) -> Held {
    completes(block, planned, actual)
}

fn value_compatible(ty: &Ty, planned: &V, actual: &V, at: &str) -> Held {
    match (planned, actual, ty) {
        (V::Unknown, _, _) => Ok(()),
        (V::Object(_), V::Object(_), Ty::Nested(Nesting::Single, block)) => {
            block.attributes.iter().try_for_each(|(name, attribute)| {
                value_compatible(&attribute.ty, planned.get(name), actual.get(name), &format!("{at}.{name}"))
            })
        }
        (V::List(a), V::List(b), Ty::Nested(Nesting::List, block)) if a.len() == b.len() => {
            let single = Ty::Nested(Nesting::Single, block.clone());
            a.iter()
                .zip(b)
                .enumerate()
                .try_for_each(|(index, (a, b))| value_compatible(&single, a, b, &format!("{at}[{index}]")))
        }
        // Unknown elements of a set may turn out equal to others: it may shrink, never grow.
        (V::List(a), V::List(b), Ty::Set(_)) if a.contains(&V::Unknown) => {
            let known_stay = a.iter().filter(|element| **element != V::Unknown).all(|element| b.contains(element));
            if known_stay && b.len() <= a.len() { Ok(()) } else { Err(format!("{at}: planned {a:?}, but now {b:?}")) }
        }
        _ if planned == actual => Ok(()),
        _ => Err(format!("{at}: was {planned:?}, but now {actual:?}")),
    }
}

/// Whether two objects are the same, so that nothing is to be done.
pub fn equal(block: &Block, a: &V, b: &V) -> bool {
    block.complete(a) == block.complete(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(optional: bool, computed: bool, ty: Ty) -> Attribute {
        Attribute { required: !optional && !computed, optional, computed, write_only: false, ty }
    }

    fn block() -> Block {
        let nested = Block {
            attributes: [
                ("x".to_owned(), attribute(true, true, Ty::Text)),
                ("r".to_owned(), attribute(false, false, Ty::Text)),
            ]
            .into(),
        };
        Block {
            attributes: [
                ("name".to_owned(), attribute(false, false, Ty::Text)),
                ("local".to_owned(), attribute(true, false, Ty::Text)),
                ("both".to_owned(), attribute(true, true, Ty::Text)),
                ("out".to_owned(), attribute(false, true, Ty::Text)),
                ("once".to_owned(), Attribute { write_only: true, ..attribute(true, false, Ty::Text) }),
                ("set".to_owned(), attribute(true, true, Ty::Set(Box::new(Ty::Text)))),
                ("list".to_owned(), attribute(true, true, Ty::Nested(Nesting::List, nested.clone()))),
                ("one".to_owned(), attribute(true, true, Ty::Nested(Nesting::Single, nested))),
            ]
            .into(),
        }
    }

    fn object(attributes: &[(&str, V)]) -> V {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        block().complete(&V::Object(attributes.collect()))
    }

    fn t(text: &str) -> V {
        V::text(text)
    }

    #[test]
    fn legal_plans_pass_and_illegal_ones_do_not() {
        let inner = |x: V| V::object([("r", t("r")), ("x", x)]);
        // Configuration, plan, whether core takes it; the prior has both = "prior".
        let prior = object(&[("name", t("n")), ("both", t("prior"))]);
        for (config, planned, legal) in [
            (&[("name", t("n"))][..], &[("name", t("n")), ("both", V::Unknown), ("out", t("o"))][..], true),
            (&[("name", t("n")), ("once", t("o"))], &[("name", t("n"))], true),
            (&[("name", t("n")), ("once", t("o"))], &[("name", t("n")), ("once", t("o"))], false),
            (&[("name", t("n"))], &[("name", t("m"))], false),
            (&[("name", t("n"))], &[("name", t("n")), ("local", t("d"))], false),
            (&[("name", t("n")), ("both", t("c"))], &[("name", t("n")), ("both", t("prior"))], true),
            (&[("name", t("n")), ("both", t("c"))], &[("name", t("n")), ("both", t("other"))], false),
            (&[("name", V::Unknown)], &[("name", V::Unknown)], true),
            (&[("name", V::Unknown)], &[("name", t("guess"))], false),
            (
                &[("name", t("n")), ("list", V::List(vec![inner(V::Null)]))],
                &[("name", t("n")), ("list", V::List(vec![inner(t("d"))]))],
                true,
            ),
            (
                &[("name", t("n")), ("list", V::List(vec![inner(V::Null)]))],
                &[("name", t("n")), ("list", V::List(vec![]))],
                false,
            ),
            (&[("name", t("n")), ("one", inner(t("c")))], &[("name", t("n")), ("one", inner(t("d")))], false),
            (&[("name", t("n")), ("one", inner(V::Null))], &[("name", t("n")), ("one", V::Unknown)], false),
        ] {
            let held = plan_valid(&block(), &prior, &object(config), &object(planned));
            assert_eq!(held.is_ok(), legal, "{config:?} {planned:?}: {held:?}");
        }
    }

    #[test]
    fn results_must_be_what_was_planned() {
        for (planned, actual, fine) in [
            (("both", V::Unknown), ("both", t("x")), true),
            (("both", V::Unknown), ("both", V::Null), true),
            (("both", V::Null), ("both", t("")), false),
            (("both", t("x")), ("both", t("y")), false),
            (("set", V::List(vec![t("a"), V::Unknown])), ("set", V::List(vec![t("a"), t("b")])), true),
            (("set", V::List(vec![t("a"), V::Unknown])), ("set", V::List(vec![t("b")])), false),
            (("set", V::List(vec![t("a")])), ("set", V::List(vec![t("a"), t("b")])), false),
        ] {
            let held =
                compatible(&block(), &object(std::slice::from_ref(&planned)), &object(std::slice::from_ref(&actual)));
            assert_eq!(held.is_ok(), fine, "{planned:?} {actual:?}");
        }
    }
}
