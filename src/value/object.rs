// SPDX-License-Identifier: Apache-2.0

//! The attributes of one object: few, named by declarations, and looked up all the time.

use std::ops::Index;

use super::Value;

/// The attributes of one object by name, in name order. Only declarations name attributes, so a name
/// costs nothing to copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// Sorted. A declaration has tens of attributes at most, so a map of nodes would cost more.
    attributes: Vec<(&'static str, Value)>,
}

// === impl Object ===

impl Object {
    /// An object without attributes.
    pub const fn new() -> Self {
        Self { attributes: Vec::new() }
    }

    /// An object without attributes, with room for so many.
    pub fn with_capacity(count: usize) -> Self {
        Self { attributes: Vec::with_capacity(count) }
    }

    /// How many attributes it has.
    pub fn len(&self) -> usize {
        self.attributes.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// An attribute's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let position = self.find(name).ok()?;
        self.attributes.get(position).map(|(_, value)| value)
    }

    /// An attribute's value, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let position = self.find(name).ok()?;
        self.attributes.get_mut(position).map(|(_, value)| value)
    }

    /// Whether there is an attribute of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// Sets an attribute. Answers the value that it had.
    pub fn insert(&mut self, name: &'static str, value: Value) -> Option<Value> {
        if self.attributes.last().is_none_or(|(last, _)| *last < name) {
            self.attributes.push((name, value));
            return None;
        }
        match self.find(name) {
            Ok(position) => self.attributes.get_mut(position).map(|(_, held)| std::mem::replace(held, value)),
            Err(position) => {
                self.attributes.insert(position, (name, value));
                None
            }
        }
    }

    /// Sets an attribute whose name follows those of all others. Otherwise it might not be found again.
    pub fn append(&mut self, name: &'static str, value: Value) {
        debug_assert!(self.attributes.last().is_none_or(|(last, _)| *last < name), "{name} is out of order");
        self.attributes.push((name, value));
    }

    /// An attribute's value, which is probably at this position. An object with all attributes of a table holds each
    /// at its position in name order.
    pub fn get_near(&self, position: usize, name: &str) -> Option<&Value> {
        match self.attributes.get(position) {
            Some((own, value)) if is_same(own, name) => Some(value),
            _ => self.get(name),
        }
    }

    /// Takes an attribute's value, which is probably at this position. Null stays there.
    pub fn take_near(&mut self, position: usize, name: &str) -> Option<Value> {
        match self.attributes.get_mut(position) {
            Some((own, value)) if is_same(own, name) => Some(std::mem::replace(value, Value::Null)),
            _ => self.get_mut(name).map(|value| std::mem::replace(value, Value::Null)),
        }
    }

    /// Removes an attribute. Answers the value that it had.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.find(name).ok().map(|position| self.attributes.remove(position).1)
    }

    /// Keeps the attributes for which this holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&'static str, &Value) -> bool) {
        self.attributes.retain(|(name, value)| keep(name, value));
    }

    /// Names and values in name order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&'static str, &Value)> + ExactSizeIterator {
        self.attributes.iter().map(|(name, value)| (*name, value))
    }

    /// The names in order.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.attributes.iter().map(|(name, _)| *name)
    }

    /// The values in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.attributes.iter().map(|(_, value)| value)
    }

    /// Where an attribute is, or where it belongs.
    fn find(&self, name: &str) -> Result<usize, usize> {
        match self.attributes.iter().position(|(own, _)| is_one_text(own, name)) {
            Some(position) => Ok(position),
            None => self.attributes.binary_search_by(|(own, _)| (*own).cmp(name)),
        }
    }
}

/// Whether both are the text of one declaration, as they nearly always are.
fn is_one_text(one: &str, other: &str) -> bool {
    std::ptr::eq(one.as_ptr(), other.as_ptr()) && one.len() == other.len()
}

fn is_same(one: &str, other: &str) -> bool {
    is_one_text(one, other) || one == other
}

impl Index<&str> for Object {
    type Output = Value;

    /// Null where there is no such attribute.
    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl<const N: usize> From<[(&'static str, Value); N]> for Object {
    fn from(attributes: [(&'static str, Value); N]) -> Self {
        attributes.into_iter().collect()
    }
}

impl FromIterator<(&'static str, Value)> for Object {
    fn from_iter<T: IntoIterator<Item = (&'static str, Value)>>(attributes: T) -> Self {
        let mut object = Self::new();
        object.extend(attributes);
        object
    }
}

impl Extend<(&'static str, Value)> for Object {
    fn extend<T: IntoIterator<Item = (&'static str, Value)>>(&mut self, attributes: T) {
        for (name, value) in attributes {
            self.insert(name, value);
        }
    }
}

impl IntoIterator for Object {
    type Item = (&'static str, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.attributes.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_what_their_names_say() {
        let mut object = Object::from([("b", true.into()), ("a", "x".into()), ("c", Value::Null)]);
        assert_eq!(object.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
        // Another text of the same letters.
        let name = String::from("b");
        assert_eq!((object.get(&name), object.get("d")), (Some(&true.into()), None));
        assert_eq!((&object[name.as_str()], &object["d"]), (&true.into(), &Value::Null));
        assert_eq!(object.insert("b", false.into()), Some(true.into()));
        assert_eq!(object.insert("aa", Value::Null), None);
        assert_eq!(object.keys().collect::<Vec<_>>(), ["a", "aa", "b", "c"]);
        assert_eq!((object.remove("aa"), object.remove("aa"), object.len()), (Some(Value::Null), None, 3));
        *object.get_mut("c").unwrap() = "y".into();
        object.retain(|name, _| name != "a");
        assert_eq!(object, Object::from([("c", "y".into()), ("b", false.into())]));
        assert!(object.contains_key("b") && !object.is_empty());
    }

    #[test]
    fn a_position_is_only_where_to_look_first() {
        let mut object = Object::with_capacity(2);
        object.append("a", true.into());
        object.append("b", false.into());
        for position in [0, 1, 2] {
            assert_eq!(object.get_near(position, "b"), Some(&false.into()));
            assert_eq!(object.get_near(position, "c"), None);
        }
        assert_eq!((object.take_near(0, "b"), object.take_near(1, "b")), (Some(false.into()), Some(Value::Null)));
        assert_eq!((object.take_near(0, "a"), object.take_near(0, "c")), (Some(true.into()), None));
    }
}
