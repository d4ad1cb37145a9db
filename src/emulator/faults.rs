//! Passing troubles: each entry hits the next requests to a path, then is used up. Queued through the control plane; taken by `routes`.

use serde::Deserialize;

/// One entry of the queue.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    /// Only requests whose path ends so; all if left out.
    #[serde(default)]
    pub path: String,
    /// How many requests it hits.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What happens to a request. `after` lets it take effect first.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A documented error body.
    Error {
        status: u16,
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
        #[serde(default)]
        retry_after: Option<String>,
        #[serde(default)]
        after: bool,
    },
    /// Some other body.
    Body {
        status: u16,
        content_type: String,
        body: String,
        #[serde(default)]
        after: bool,
    },
    /// The connection breaks.
    Drop {
        #[serde(default)]
        after: bool,
    },
    /// The answer comes late.
    Delay { ms: u64 },
}

/// The queue.
#[derive(Default)]
pub struct Faults {
    queue: Vec<Fault>,
}

impl Fault {
    /// Whether the request takes effect all the same.
    pub fn takes_effect(&self) -> bool {
        match self.kind {
            Kind::Error { after, .. } | Kind::Body { after, .. } | Kind::Drop { after } => after,
            Kind::Delay { .. } => true,
        }
    }
}

impl Faults {
    /// Adds an entry.
    pub fn push(&mut self, fault: Fault) {
        self.queue.push(fault);
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        self.queue.clear();
    }

    /// The first entry for a path, used once.
    pub fn take(&mut self, path: &str) -> Option<Fault> {
        let found = self.queue.iter().position(|fault| path.ends_with(&fault.path))?;
        let fault = self.queue.get_mut(found)?;
        fault.times = fault.times.saturating_sub(1);
        let taken = fault.clone();
        if taken.times == 0 {
            self.queue.remove(found);
        }
        Some(taken)
    }
}

fn once() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_used_up_path_by_path() {
        let mut faults = Faults::default();
        let parse = |json: &str| serde_json::from_str::<Fault>(json).unwrap();
        faults.push(parse(r#"{"path":"/create","times":2,"kind":"drop","after":true}"#));
        faults.push(parse(r#"{"kind":"error","status":429,"retry_after":"1"}"#));
        assert!(matches!(faults.take("/x/load").unwrap().kind, Kind::Error { status: 429, .. }));
        assert!(faults.take("/x/load").is_none());
        assert!(faults.take("/x/create").unwrap().takes_effect());
        assert!(faults.take("/x/create").is_some());
        assert!(faults.take("/x/create").is_none());
    }
}
