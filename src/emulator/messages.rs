// SPDX-License-Identifier: Apache-2.0

//! The API's messages, as `messages.txt` describes them. `process` parses that file once at the
//! start; `accept` and `answer` walk the fields.

use indexmap::IndexMap;

/// The description of the API's messages that is built in.
const DESCRIPTION: &str = include_str!("messages.txt");

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    Text,
    Flag,
    Int32,
    Texts,
    /// The message of this name.
    Message(String),
    /// A list of messages of this name.
    Messages(String),
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub ty: FieldType,
}

/// All messages by name.
#[derive(Debug, Default)]
pub struct Messages {
    messages: IndexMap<String, Vec<Field>>,
}

// === impl Messages ===

impl Messages {
    /// The built-in messages. `needed` are those that the endpoints name; each must be described.
    pub fn built_in<'a>(needed: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let messages = Self::parse(DESCRIPTION).map_err(|reason| format!("src/emulator/messages.txt, {reason}"))?;
        match needed.into_iter().find(|name| !messages.messages.contains_key(*name)) {
            Some(name) => Err(format!("src/emulator/messages.txt does not describe {name}, which an endpoint uses")),
            None => Ok(messages),
        }
    }

    /// The fields of a message. A message that is not described has none; `built_in` and `parse`
    /// make sure that there are no such messages.
    pub fn fields(&self, message: &str) -> &[Field] {
        self.messages.get(message).map_or(&[], Vec::as_slice)
    }

    /// Parses a description. An error names the line.
    fn parse(text: &str) -> Result<Self, String> {
        let mut messages = IndexMap::<String, Vec<Field>>::new();
        let mut mentions = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let at = |reason: String| format!("line {}: {reason}", index + 1);
            let words: Vec<&str> = line.split_whitespace().collect();
            match (line.starts_with(char::is_whitespace), words.as_slice()) {
                (_, []) => {}
                (_, [first, ..]) if first.starts_with('#') => {}
                (false, [name]) => {
                    if messages.insert((*name).to_owned(), Vec::new()).is_some() {
                        return Err(at(format!("{name} is described twice")));
                    }
                }
                (true, [name, ty]) => {
                    let Some((message, fields)) = messages.last_mut() else {
                        return Err(at(format!("the field {name} stands before any message")));
                    };
                    if fields.iter().any(|field| field.name == *name) {
                        return Err(at(format!("{message} has the field {name} twice")));
                    }
                    let parsed = FieldType::parse(ty);
                    if let FieldType::Message(message) | FieldType::Messages(message) = &parsed {
                        let written = "a type is text, flag, int32, text[], a message of this file, or that with []";
                        mentions.push((message.clone(), at(format!("{ty} is not a type; {written}"))));
                    }
                    fields.push(Field { name: (*name).to_owned(), ty: parsed });
                }
                (false, _) => return Err(at("a message is one word; fields are indented".to_owned())),
                (true, _) => return Err(at("a field is two words: a name and a type".to_owned())),
            }
        }
        match mentions.into_iter().find(|(message, _)| !messages.contains_key(message)) {
            Some((_, reason)) => Err(reason),
            None => Ok(Self { messages }),
        }
    }
}

// === impl FieldType ===

impl FieldType {
    /// The type that a word stands for. What is not a type of its own is taken for a message.
    fn parse(word: &str) -> Self {
        match (word, word.strip_suffix("[]")) {
            ("text", _) => Self::Text,
            ("flag", _) => Self::Flag,
            ("int32", _) => Self::Int32,
            ("text[]", _) => Self::Texts,
            (_, Some(message)) => Self::Messages(message.to_owned()),
            (message, None) => Self::Message(message.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_description_is_well_formed() {
        let messages = Messages::built_in(["McpServer", "LoadAllMcpServersRequest"]).unwrap();
        let server: Vec<&str> = messages.fields("McpServer").iter().map(|field| field.name.as_str()).collect();
        assert_eq!(server.first(), Some(&"id"));
        assert!(server.contains(&"loginPageURL") && messages.fields("LoadAllMcpServersRequest").is_empty());
        let error = Messages::built_in(["McpServer", "Nothing"]).unwrap_err();
        assert_eq!(error, "src/emulator/messages.txt does not describe Nothing, which an endpoint uses");
    }

    #[test]
    fn every_type_is_read() {
        let text = "# a comment\nA\n  a text\n  # another\n\n  b flag\n  c int32\n  d text[]\n  e A\n  f A[]\n";
        let messages = Messages::parse(text).unwrap();
        let types: Vec<&FieldType> = messages.fields("A").iter().map(|field| &field.ty).collect();
        let message = "A".to_owned();
        let expected = [
            &FieldType::Text,
            &FieldType::Flag,
            &FieldType::Int32,
            &FieldType::Texts,
            &FieldType::Message(message.clone()),
            &FieldType::Messages(message),
        ];
        assert_eq!(types, expected);
    }

    #[test]
    fn a_malformed_description_is_refused_with_its_line() {
        for (text, reason) in [
            ("  a text", "line 1: the field a stands before any message"),
            ("A\n  a text\nA", "line 3: A is described twice"),
            ("A\n  a text\n  a flag", "line 3: A has the field a twice"),
            ("A\n  a", "line 2: a field is two words: a name and a type"),
            ("A\n  a text or not", "line 2: a field is two words: a name and a type"),
            ("A\na text", "line 2: a message is one word; fields are indented"),
            ("A\n  a txt", "line 2: txt is not a type;"),
            ("A\n  a flag[]", "line 2: flag[] is not a type;"),
            ("A\n  a text\n  b B[]\nC", "line 3: B[] is not a type;"),
        ] {
            let error = Messages::parse(text).unwrap_err();
            assert!(error.starts_with(reason), "{text:?}: {error}");
        }
    }
}
