// SPDX-License-Identifier: Apache-2.0

//! Injected faults. Each one hits the next requests to a path and is then used up. `flags` and `control`
//! read them, `gateway` takes them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One entry of the queue, as the control plane reads and answers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InjectedFault {
    /// It hits only requests whose path ends with this text; all requests if left out.
    #[serde(default)]
    path: String,
    /// How many requests it hits.
    #[serde(default = "once")]
    times: u32,
    /// What happens to them.
    #[serde(flatten)]
    misbehaviour: Misbehaviour,
}

/// What happens to a request. Where `after` is true, the request takes effect first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Misbehaviour {
    /// It is answered with an error in Descope's shape.
    Error {
        status: u16,
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
        #[serde(default)]
        retry_after: Option<String>,
        /// What the answer's header `x-request-id` says.
        #[serde(default)]
        request_id: Option<String>,
        #[serde(default)]
        after: bool,
    },
    /// It is answered with this body. If `latin1` is true, each character of it is sent as one
    /// byte, so that a body can hold any bytes.
    Body {
        status: u16,
        content_type: String,
        body: String,
        #[serde(default)]
        latin1: bool,
        #[serde(default)]
        after: bool,
    },
    /// The connection breaks before an answer.
    Drop {
        #[serde(default)]
        after: bool,
    },
    /// It takes effect at once, and the answer comes late. If `before` is true, it takes effect late, too.
    Delay {
        ms: u64,
        #[serde(default)]
        before: bool,
    },
    /// It takes effect, and spaces follow the ordinary answer until there are this many bytes.
    Big { bytes: usize },
}

/// The queue.
#[derive(Default)]
pub struct FaultQueue {
    queue: Vec<InjectedFault>,
}

// === impl InjectedFault ===

impl InjectedFault {
    /// The end of the paths that it hits.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How many more requests it hits.
    pub fn times(&self) -> u32 {
        self.times
    }

    /// Reads one. Refuses what can't be meant, such as a misspelt member.
    pub fn read(json: &str) -> Result<Self, String> {
        let given: Value = serde_json::from_str(json).map_err(|error| format!("it is not JSON: {error}"))?;
        let members = given.as_object().ok_or("a fault is a JSON object, such as {\"kind\":\"drop\"}")?;
        let fault: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        // Serde accepts any other members beside flattened ones.
        let known = serde_json::to_value(&fault).unwrap_or_default();
        if let Some(unknown) = members.keys().find(|name| known.get(name.as_str()).is_none()) {
            let known: Vec<&str> =
                known.as_object().into_iter().flat_map(|all| all.keys()).map(String::as_str).collect();
            return Err(format!("a fault of this kind has no {unknown:?}; it may have {}", known.join(", ")));
        }
        let dropped = matches!(fault.misbehaviour, Misbehaviour::Drop { .. });
        match fault.misbehaviour.status() {
            Some(status) if !dropped && !(200..=599).contains(&status) => {
                Err(format!("{status} is not a status that an answer ends with: 200 to 599 are"))
            }
            _ if fault.times == 0 => Err("\"times\" is at least 1".to_owned()),
            _ => Ok(fault),
        }
    }
}

// === impl Misbehaviour ===

impl Misbehaviour {
    /// Whether the request takes effect.
    pub fn takes_effect(&self) -> bool {
        match self {
            Self::Error { after, .. } | Self::Body { after, .. } | Self::Drop { after } => *after,
            Self::Delay { .. } | Self::Big { .. } => true,
        }
    }

    /// How long the request waits before it takes effect.
    pub fn wait_before(&self) -> Option<Duration> {
        match self {
            Self::Delay { ms, before: true } => Some(Duration::from_millis(*ms)),
            _ => None,
        }
    }

    /// The status that it answers in place of the ordinary one; 0 if no answer comes.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Error { status, .. } | Self::Body { status, .. } => Some(*status),
            Self::Drop { .. } => Some(0),
            Self::Delay { .. } | Self::Big { .. } => None,
        }
    }
}

// === impl FaultQueue ===

impl FaultQueue {
    /// Adds an entry.
    pub fn push(&mut self, fault: InjectedFault) {
        self.queue.push(fault);
    }

    /// All entries, in the order in which they were queued.
    pub fn entries(&self) -> &[InjectedFault] {
        &self.queue
    }

    /// Drops all entries.
    pub fn clear(&mut self) {
        self.queue.clear();
    }

    /// Takes the first fault for this path, once.
    pub fn take(&mut self, path: &str) -> Option<Misbehaviour> {
        let found = self.queue.iter().position(|fault| path.ends_with(&fault.path))?;
        let fault = self.queue.get_mut(found)?;
        fault.times = fault.times.saturating_sub(1);
        let misbehaviour = fault.misbehaviour.clone();
        if fault.times == 0 {
            self.queue.remove(found);
        }
        Some(misbehaviour)
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
        let mut faults = FaultQueue::default();
        let parse = |json: &str| InjectedFault::read(json).unwrap();
        faults.push(parse(r#"{"path":"/create","times":2,"kind":"drop","after":true}"#));
        faults.push(parse(r#"{"kind":"error","status":429,"retry_after":"1"}"#));
        assert!(matches!(faults.take("/x/load"), Some(Misbehaviour::Error { status: 429, .. })));
        assert!(faults.take("/x/load").is_none());
        assert!(faults.take("/x/create").unwrap().takes_effect());
        assert!(faults.take("/x/create").is_some());
        assert!(faults.take("/x/create").is_none());
    }

    #[test]
    fn what_can_not_be_meant_is_refused() {
        for (wrong, reason) in [
            ("", "it is not JSON"),
            ("[]", "a fault is a JSON object"),
            ("{}", "missing field `kind`"),
            (r#"{"kind":"dorp"}"#, "unknown variant `dorp`"),
            (r#"{"kind":"error"}"#, "missing field `status`"),
            (r#"{"kind":"error","status":99}"#, "99 is not a status"),
            (r#"{"kind":"error","status":0}"#, "0 is not a status"),
            (r#"{"kind":"drop","tims":2}"#, r#"has no "tims"; it may have"#),
            (r#"{"kind":"drop","status":500}"#, r#"has no "status""#),
            (r#"{"kind":"drop","times":0}"#, "at least 1"),
        ] {
            let refused = InjectedFault::read(wrong).unwrap_err();
            assert!(refused.contains(reason), "{wrong}: {refused}");
        }
    }
}
