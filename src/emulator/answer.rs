// SPDX-License-Identifier: Apache-2.0

//! From what is stored to an answer. An API generated from protobuf may send zero values, leave
//! them out, or send null; the switches choose. Called by the endpoints.

use serde_json::value::RawValue;

use super::messages::{FieldType, Messages};
use super::raw::{Members, elements, literal, members, to_raw};
use super::switches::{Switches, Zeros};

/// A stored message as the API answers it under these switches.
pub fn answer(messages: &Messages, message: &str, stored: &Members, switches: &Switches) -> Box<RawValue> {
    let fields = messages.fields(message);
    let mut answered = Members::new();
    for field in fields {
        let value = match stored.get(&field.name) {
            Some(value) => shaped(messages, &field.ty, value, switches),
            None => unset(&field.ty),
        };
        let value = match (is_zero(&value), switches.zeros) {
            (true, Zeros::Omitted) => continue,
            (true, Zeros::Null) => RawValue::NULL.to_owned(),
            _ => value,
        };
        let name = match (field.name.as_str(), switches.login_page_spelling.as_deref()) {
            ("loginPageURL", Some(spelling)) => spelling,
            (name, _) => name,
        };
        answered.insert(name.to_owned(), value);
    }
    let planted = stored.iter().filter(|(name, _)| !fields.iter().any(|field| field.name == **name));
    answered.extend(planted.map(|(name, value)| (name.clone(), value.clone())));
    to_raw(&answered)
}

fn shaped(messages: &Messages, ty: &FieldType, value: &RawValue, switches: &Switches) -> Box<RawValue> {
    match ty {
        FieldType::Text | FieldType::Flag => value.to_owned(),
        FieldType::Int32 if switches.numbers_as_strings && value.get() != "0" => to_raw(value.get()),
        FieldType::Int32 => value.to_owned(),
        FieldType::Texts => match elements(value) {
            Some(texts) if switches.shuffle => to_raw(&shuffled(texts)),
            _ => value.to_owned(),
        },
        FieldType::Message(nested) => match members(value) {
            Some(stored) => answer(messages, nested, &stored, switches),
            None => value.to_owned(),
        },
        FieldType::Messages(element) => {
            let list = elements(value).unwrap_or_default();
            let stored = list.iter().filter_map(|raw| members(raw));
            let answered = stored.map(|stored| answer(messages, element, &stored, switches)).collect();
            to_raw(&if switches.shuffle { shuffled(answered) } else { answered })
        }
    }
}

/// The value of a field that was never set: the zero value of its type, or null for a message.
fn unset(ty: &FieldType) -> Box<RawValue> {
    match ty {
        FieldType::Text => literal(r#""""#),
        FieldType::Flag => literal("false"),
        FieldType::Int32 => literal("0"),
        FieldType::Texts | FieldType::Messages(_) => literal("[]"),
        FieldType::Message(_) => RawValue::NULL.to_owned(),
    }
}

fn is_zero(value: &RawValue) -> bool {
    matches!(value.get(), r#""""# | "false" | "0" | "[]" | "null")
}

/// Changes the order, in the same way every time.
fn shuffled<T>(mut list: Vec<T>) -> Vec<T> {
    list.reverse();
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(stored: &str, switches: &Switches) -> String {
        let stored = members(&RawValue::from_string(stored.to_owned()).unwrap()).unwrap();
        answer(&Messages::built_in([]).unwrap(), "McpServer", &stored, switches).get().to_owned()
    }

    #[test]
    fn zero_values_come_in_three_ways() {
        let stored = r#"{"id":"MS1","name":"x","tags":[],"sessionSettings":{"enabled":false},"odd":0}"#;
        let sent = answered(stored, &Switches::default());
        // Members in the order of the description, and planted ones behind them.
        let described = [r#"{"id":"MS1","name":"x","#, r#""dynamicRegistration":null,"#, r#""audienceWhitelist":[],"#];
        let found: Vec<Option<usize>> = described.iter().map(|member| sent.find(member)).collect();
        assert!(found.is_sorted() && found[0] == Some(0), "{sent}");
        assert!(sent.contains(r#""description":"","#) && sent.contains(r#""skipConsentScreen":false,"#), "{sent}");
        assert!(sent.ends_with(r#","odd":0}"#), "{sent}");
        let omitted = answered(stored, &Switches { zeros: Zeros::Omitted, ..Switches::default() });
        assert_eq!(omitted, r#"{"id":"MS1","name":"x","sessionSettings":{},"odd":0}"#);
        let null = answered(stored, &Switches { zeros: Zeros::Null, ..Switches::default() });
        assert!(
            null.contains(r#""description":null"#) && null.contains(r#""sessionSettings":{"enabled":null,"#),
            "{null}"
        );
    }

    #[test]
    fn order_numbers_and_spelling_vary() {
        let switches = Switches {
            zeros: Zeros::Omitted,
            shuffle: true,
            numbers_as_strings: true,
            login_page_spelling: Some("loginPageUrl".to_owned()),
            ..Switches::default()
        };
        let stored = r#"{"tags":["a","b"],"loginPageURL":"u","sessionSettings":{"sessionTokenExpiration":10}}"#;
        assert_eq!(
            answered(stored, &switches),
            r#"{"loginPageUrl":"u","sessionSettings":{"sessionTokenExpiration":"10"},"tags":["b","a"]}"#
        );
    }
}
