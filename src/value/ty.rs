// SPDX-License-Identifier: Apache-2.0

//! The types of values, and their spelling in the plugin protocol: `"string"`, `["list","string"]`.

use serde_json::json;

/// The type of a value. There is no dynamic type because none of our schemas has one. A dynamic
/// value is a decoding error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A decimal number of any precision.
    Number,
    /// Unicode text.
    String,
    /// Ordered elements of one type.
    List(Box<Type>),
    /// Unordered distinct elements of one type.
    Set(Box<Type>),
    /// Elements of one type by key.
    Map(Box<Type>),
    /// Attributes, each of its own type.
    Object(AttributeTypes),
}

/// The types of an object's attributes, in name order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeTypes(
    /// Sorted by name. They are gone through far more often than looked up.
    Vec<(&'static str, Type)>,
);

// === impl AttributeTypes ===

impl AttributeTypes {
    /// Names and types in name order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static str, &Type)> {
        self.0.iter().map(|(name, ty)| (*name, ty))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The attribute of this name, with its own text of the name.
    pub fn get(&self, name: &str) -> Option<(&'static str, &Type)> {
        let position = self.0.binary_search_by(|(own, _)| (*own).cmp(name)).ok()?;
        self.0.get(position).map(|(name, ty)| (*name, ty))
    }
}

impl FromIterator<(&'static str, Type)> for AttributeTypes {
    fn from_iter<T: IntoIterator<Item = (&'static str, Type)>>(attributes: T) -> Self {
        let mut attributes: Vec<(&'static str, Type)> = attributes.into_iter().collect();
        attributes.sort_by_key(|(name, _)| *name);
        Self(attributes)
    }
}

impl<const N: usize> From<[(&'static str, Type); N]> for AttributeTypes {
    fn from(attributes: [(&'static str, Type); N]) -> Self {
        attributes.into_iter().collect()
    }
}

// === impl Type ===

impl Type {
    /// The type as the protocol's `type` fields spell it: compact JSON.
    pub fn constraint(&self) -> Vec<u8> {
        self.as_json().to_string().into_bytes()
    }

    fn as_json(&self) -> serde_json::Value {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::List(element) => json!(["list", element.as_json()]),
            Self::Set(element) => json!(["set", element.as_json()]),
            Self::Map(element) => json!(["map", element.as_json()]),
            Self::Object(attributes) => {
                let attributes: serde_json::Map<_, _> =
                    attributes.iter().map(|(name, ty)| (name.to_owned(), ty.as_json())).collect();
                json!(["object", attributes])
            }
        }
    }

    /// The words for a value of this type in a message, such as "a list".
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::String => "text",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_written_as_the_protocol_wants() {
        let object = Type::Object(AttributeTypes::from([("b", Type::Set(Box::new(Type::String))), ("a", Type::Bool)]));
        assert_eq!(object.constraint(), br#"["object",{"a":"bool","b":["set","string"]}]"#);
        assert_eq!(Type::Number.constraint(), br#""number""#);
    }
}
