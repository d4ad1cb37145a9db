// SPDX-License-Identifier: Apache-2.0

//! What a resource's rules say of a configuration: judged once, since several steps of a plan ask. Made by
//! `lifecycle`, for `validate` and `plan`.

use std::cell::OnceCell;

use crate::diag::Diagnostics;
use crate::engine::{Config, ManagedResource, Rule};

/// The rules of a resource with what each says of one configuration.
pub struct Said<'a> {
    resource: &'a ManagedResource,
    config: &'a Config,
    said: OnceCell<Vec<Diagnostics>>,
}

// === impl Said ===

impl<'a> Said<'a> {
    /// What the rules of a resource say of this configuration.
    pub fn of(resource: &'a ManagedResource, config: &'a Config) -> Self {
        Self { resource, config, said: OnceCell::new() }
    }

    /// Each rule with its messages.
    pub fn rules(&self) -> impl Iterator<Item = (&'a Rule, &Diagnostics)> {
        let judged = || self.resource.rules.iter().map(|rule| (rule.judge)(self.config.object())).collect();
        self.resource.rules.iter().zip(self.said.get_or_init(judged))
    }

    /// What one of them says.
    pub fn by(&self, rule: &Rule) -> Option<&Diagnostics> {
        self.rules().find_map(|(other, said)| std::ptr::eq(rule, other).then_some(said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, config, number, object};
    use crate::value::Value;

    #[test]
    fn each_rule_is_told_with_what_it_says_itself() {
        let room = Value::Object(object([("open", false.into()), ("desks", number(3))]));
        let closed = config([("name", "Main".into()), ("reading_room", room)]);
        let said = Said::of(&BRANCH, &closed);
        for (rule, messages) in said.rules() {
            assert_eq!(*messages, (rule.judge)(closed.object()));
            assert_eq!(said.by(rule), Some(messages));
        }
        assert!(said.rules().any(|(_, messages)| messages.has_errors()));
        let another = Rule { says: &[], judge: |_| Diagnostics::none() };
        assert_eq!(said.by(&another), None);
    }
}
