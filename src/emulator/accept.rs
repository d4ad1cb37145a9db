// SPDX-License-Identifier: Apache-2.0

//! From a request to what is stored. A field that the message does not have is dropped silently,
//! which is what the real gateway does. A value of the wrong type is refused. Called by `endpoint`.

use serde_json::value::RawValue;

use super::messages::{FieldType, Messages};
use super::raw::{Members, elements, members, text, to_raw};

/// A request that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// The documented fields that were set, and fields that a test has planted.
    pub members: Members,
    /// The paths of the fields that were dropped.
    pub dropped: Vec<String>,
}

/// Which field has the wrong type, and what it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongType(pub String);

/// Accepts a message. An undocumented field is kept if the stored object has it, because then a
/// test has planted it.
pub fn accept(
    messages: &Messages,
    message: &str,
    request: &RawValue,
    stored: Option<&Members>,
) -> Result<Accepted, WrongType> {
    let mut intake = Intake { messages, dropped: Vec::new() };
    let members = intake.message(message, request, stored, "")?;
    Ok(Accepted { members, dropped: intake.dropped })
}

struct Intake<'a> {
    messages: &'a Messages,
    dropped: Vec<String>,
}

impl Intake<'_> {
    /// Accepts a message at the path `at` of the body.
    fn message(
        &mut self,
        message: &str,
        raw: &RawValue,
        stored: Option<&Members>,
        at: &str,
    ) -> Result<Members, WrongType> {
        let wrong = || WrongType(format!("{}: expected an object", if at.is_empty() { "body" } else { at }));
        let messages = self.messages;
        let mut kept = Members::new();
        for (name, value) in members(raw).ok_or_else(wrong)? {
            let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            let before = stored.and_then(|stored| stored.get(&name));
            match messages.fields(message).iter().find(|field| field.name == name) {
                // In protobuf's JSON, null means "not set".
                Some(_) if value.get() == "null" => {}
                Some(field) => drop(kept.insert(name, self.value(&field.ty, &value, before.map(AsRef::as_ref), &at)?)),
                None if before.is_some() => drop(kept.insert(name, value)),
                None => self.dropped.push(at),
            }
        }
        Ok(kept)
    }

    fn value(
        &mut self,
        ty: &FieldType,
        value: &RawValue,
        before: Option<&RawValue>,
        at: &str,
    ) -> Result<Box<RawValue>, WrongType> {
        let wrong = |expected: &str| WrongType(format!("{at}: expected {expected}"));
        match ty {
            FieldType::Text => text(value).map(|_| value.to_owned()).ok_or_else(|| wrong("a string")),
            FieldType::Flag => {
                matches!(value.get(), "true" | "false").then(|| value.to_owned()).ok_or_else(|| wrong("a boolean"))
            }
            FieldType::Int32 => int32(value).map(|number| to_raw(&number)).ok_or_else(|| wrong("an int32")),
            FieldType::Texts => {
                let texts = elements(value).ok_or_else(|| wrong("an array"))?;
                match texts.iter().all(|element| text(element).is_some()) {
                    true => Ok(value.to_owned()),
                    false => Err(wrong("strings")),
                }
            }
            FieldType::Message(nested) => {
                let before = before.and_then(members);
                self.message(nested, value, before.as_ref(), at).map(|members| to_raw(&members))
            }
            FieldType::Messages(element) => {
                // A field that a test has planted in one element may occur in all of them.
                let before = before.and_then(elements).unwrap_or_default();
                let before: Members = before.iter().filter_map(|raw| members(raw)).flatten().collect();
                let list = elements(value).ok_or_else(|| wrong("an array"))?;
                let numbered = list.iter().enumerate();
                let taken: Result<Vec<Members>, WrongType> = numbered
                    .map(|(index, raw)| self.message(element, raw, Some(&before), &format!("{at}[{index}]")))
                    .collect();
                taken.map(|taken| to_raw(&taken))
            }
        }
    }
}

/// Protobuf's JSON allows an int32 as a number or as a text.
fn int32(value: &RawValue) -> Option<i32> {
    text(value).unwrap_or_else(|| value.get().to_owned()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn accept_server(request: &str, stored: Option<&Members>) -> Result<Accepted, WrongType> {
        accept(&Messages::built_in([]).unwrap(), "McpServer", &raw(request), stored)
    }

    fn stored(json: &str) -> Members {
        members(&raw(json)).unwrap()
    }

    #[test]
    fn unknown_fields_are_dropped_at_every_depth() {
        let request = concat!(
            r#"{"name":"x","loginPageUrl":"y","sessionSettings":{"enabled":true,"z":1},"#,
            r#""approvedScopes":{"permissionsScopes":[{"name":"a","q":2}]}}"#,
        );
        let taken = accept_server(request, None).unwrap();
        assert_eq!(taken.dropped, ["loginPageUrl", "sessionSettings.z", "approvedScopes.permissionsScopes[0].q"]);
        assert_eq!(
            to_raw(&taken.members).get(),
            r#"{"name":"x","sessionSettings":{"enabled":true},"approvedScopes":{"permissionsScopes":[{"name":"a"}]}}"#
        );
    }

    #[test]
    fn planted_fields_stay_byte_for_byte() {
        let odd = concat!(
            r#"{"name":"x","odd":1.10,"sessionSettings":{"enabled":true,"more":1e400},"#,
            r#""approvedScopes":{"permissionsScopes":[{"name":"a","q":"\u00e9\/"}]}}"#,
        );
        let taken = accept_server(odd, Some(&stored(odd))).unwrap();
        assert_eq!(to_raw(&taken.members).get(), odd);
        assert!(taken.dropped.is_empty());
    }

    #[test]
    fn wrong_types_are_refused_and_leniencies_are_not() {
        for wrong in [
            r#"[]"#,
            r#"{"name":1}"#,
            r#"{"approvedScopes":[]}"#,
            r#"{"skipConsentScreen":"true"}"#,
            r#"{"sessionSettings":{"refreshTokenExpiration":1.5}}"#,
            r#"{"tags":["a",1]}"#,
        ] {
            assert!(accept_server(wrong, None).is_err(), "{wrong}");
        }
        let lenient = accept_server(r#"{"tags":null,"sessionSettings":{"refreshTokenExpiration":"4"}}"#, None).unwrap();
        assert_eq!(to_raw(&lenient.members).get(), r#"{"sessionSettings":{"refreshTokenExpiration":4}}"#);
    }
}
