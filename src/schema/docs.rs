//! Every description of an attribute is composed here, from what its row says (that of a whole entry is
//! in `engine`). Called by `protocol` for schemas and by `engine` for entries that are derived from
//! others.

use super::source::Literal;
use super::table::{Attribute, Shape};

/// The whole description of an attribute: what it is, what its kind and checks ask of a value, and
/// its default.
pub fn description(row: &Attribute) -> String {
    let mut text = row.docs.to_owned();
    let mut add = |sentence: &str| {
        if !sentence.is_empty() && !text.contains(sentence) {
            text.push(' ');
            text.push_str(sentence);
        }
    };
    if row.is_configurable() {
        if let Shape::Leaf(kind) = row.shape {
            add(kind.says());
        }
        row.checks.iter().for_each(|check| add(check.says));
    }
    if let Some(default) = row.default {
        add(&format!("Default: `{}`.", shown(default)));
    }
    text
}

/// What an attribute is: the first sentence about it. The others are about managing it.
pub fn summary(row: &Attribute) -> &'static str {
    let docs = row.docs;
    docs.split_once(". ").and_then(|(first, _)| docs.get(..=first.len())).unwrap_or(docs)
}

/// Names of attributes as a sentence lists them: "`id` or `name`".
pub fn alternatives(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

fn shown(literal: Literal) -> String {
    match literal {
        Literal::Text(text) => format!("{text:?}"),
        Literal::Flag(flag) => flag.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Texts(texts) => format!("{texts:?}"),
        Literal::Pairs([]) => "{}".to_owned(),
        Literal::Pairs(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(key, text)| format!("{key} = {text:?}")).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::kind::{FLAG, TEXT};
    use crate::schema::{Check, Verdict};

    const SHORT: Check = Check { says: "At most 3 letters.", judge: |_| Verdict::Accept };

    #[test]
    fn checks_and_defaults_are_described() {
        let row = Attribute::optional("x", TEXT, "A word. Set it.").checks(&[SHORT]);
        assert_eq!(description(&row), "A word. Set it. At most 3 letters.");
        assert_eq!(summary(&row), "A word.");
        let row = Attribute::local("x", FLAG, "A switch.").or(Literal::Flag(false));
        assert_eq!(description(&row), "A switch. Default: `false`.");
        let row = Attribute::computed("x", TEXT, "A word.").checks(&[SHORT]);
        assert_eq!(description(&row), "A word.", "nobody sets it, so no rule concerns the reader");
    }

    #[test]
    fn alternatives_read_as_a_sentence() {
        assert_eq!(alternatives(&["id", "name"]), "`id` or `name`");
        assert_eq!(shown(Literal::Pairs(&[("a", "b")])), r#"{ a = "b" }"#);
    }
}
