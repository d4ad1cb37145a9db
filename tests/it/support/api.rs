// SPDX-License-Identifier: Apache-2.0

//! The messages of Descope's API, as `src/emulator/messages.txt` describes them. The emulator has a
//! parser of its own for that file: a mistake in one must not hide a mistake in the other.

use std::collections::BTreeMap;

use serde_json::Value;

/// The file, for messages about it.
pub const FILE: &str = "src/emulator/messages.txt";

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiType {
    Text,
    Flag,
    Int32,
    /// One message of this name.
    Message(String),
    /// A list of texts or messages.
    List(Box<ApiType>),
}

/// Each message's fields, in the order of the file.
pub struct Api {
    messages: BTreeMap<String, Vec<(String, ApiType)>>,
}

impl Api {
    /// The described API.
    pub fn described() -> Self {
        Self::parse(include_str!("../../../src/emulator/messages.txt"))
    }

    /// Parses a description. Panics at a line that is not in its format.
    pub fn parse(text: &str) -> Self {
        let mut messages = BTreeMap::<String, Vec<(String, ApiType)>>::new();
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
            match line.strip_prefix("  ") {
                None => {
                    line.clone_into(&mut current);
                    assert!(messages.insert(current.clone(), Vec::new()).is_none(), "{FILE} describes {line} twice");
                }
                Some(field) => {
                    let (name, ty) = field.split_once(' ').unwrap_or_else(|| panic!("{FILE}: {line:?}"));
                    let fields = messages.get_mut(&current).unwrap_or_else(|| panic!("{FILE}: {line:?}"));
                    fields.push((name.to_owned(), ApiType::parse(ty)));
                }
            }
        }
        Self { messages }
    }

    /// A message's fields with their types, in order. Panics if there is no such message.
    pub fn fields(&self, message: &str) -> &[(String, ApiType)] {
        self.messages.get(message).unwrap_or_else(|| panic!("{FILE} does not describe {message}"))
    }

    /// The type at a path of a message, such as `sessionSettings.enabled`, `tags` or, for what the
    /// elements of a list hold, `tags[]` and `approvedScopes.permissionsScopes[].name`.
    pub fn resolve(&self, message: &str, path: &str) -> Option<ApiType> {
        path.split('.').try_fold(ApiType::Message(message.to_owned()), |ty, step| {
            let ApiType::Message(message) = ty else { return None };
            let name = step.trim_end_matches("[]");
            let (_, found) = self.fields(&message).iter().find(|(field, _)| field == name)?;
            match (found, step.ends_with("[]")) {
                (ApiType::List(element), true) => Some((**element).clone()),
                (_, true) => None,
                (found, false) => Some(found.clone()),
            }
        })
    }

    /// An object of a message as the API answers it if it sends zero values: with each field of the
    /// message, at all depths.
    pub fn answered(&self, message: &str, object: &Value) -> Value {
        let mut answered = object.clone();
        for (name, ty) in self.fields(message) {
            let value = match (&answered[name], ty) {
                (Value::Null, ty) => ty.zero(),
                (value, ApiType::Message(inner)) => self.answered(inner, value),
                (Value::Array(elements), ApiType::List(element)) => match element.as_ref() {
                    ApiType::Message(inner) => elements.iter().map(|element| self.answered(inner, element)).collect(),
                    _ => continue,
                },
                _ => continue,
            };
            answered[name] = value;
        }
        answered
    }

    /// The paths of a message's fields, with those of the messages that it contains in their place.
    pub fn values(&self, message: &str) -> Vec<String> {
        let below = |name: &str, message: &str| -> Vec<String> {
            self.values(message).into_iter().map(|path| format!("{name}.{path}")).collect()
        };
        let paths = self.fields(message).iter().flat_map(|(name, ty)| match ty {
            ApiType::Message(message) => below(name, message),
            ApiType::List(element) => match element.as_ref() {
                ApiType::Message(message) => below(&format!("{name}[]"), message),
                _ => vec![name.clone()],
            },
            ApiType::Text | ApiType::Flag | ApiType::Int32 => vec![name.clone()],
        });
        paths.collect()
    }
}

impl ApiType {
    /// Whether a field of this type takes a value like this one.
    pub fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Int32 => value.is_i64(),
            Self::Message(_) => value.is_object(),
            Self::List(_) => value.is_array(),
        }
    }

    /// What a field of this type has if it was never set.
    fn zero(&self) -> Value {
        match self {
            Self::Text => "".into(),
            Self::Flag => false.into(),
            Self::Int32 => 0.into(),
            Self::Message(_) => Value::Null,
            Self::List(_) => Value::Array(Vec::new()),
        }
    }

    fn parse(word: &str) -> Self {
        if let Some(element) = word.strip_suffix("[]") {
            return Self::List(Box::new(Self::parse(element)));
        }
        match word {
            "text" => Self::Text,
            "flag" => Self::Flag,
            "int32" => Self::Int32,
            message => Self::Message(message.to_owned()),
        }
    }
}
