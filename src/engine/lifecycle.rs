//! The operations on one resource instance, made of the pure steps and a remote system's [`Operations`]. Called by `protocol`.
//! Each answers what to store together with what to tell, since a failure must not lose what is known.

use std::sync::Arc;
use std::time::Duration;

use super::body::{self, BodyError};
use super::derive::{Scope, derive};
use super::deviations::{Harm, deviated, passed_over_perhaps, show, store};
use super::phase::{attribute, empty};
use super::private::Private;
use super::rewrites::Rewrites;
use super::settle::{Settled, settle};
use super::{
    Config, Connection, Operations, Plan, Resource, State, Surroundings, adoption, creation, identity, reconcile,
    remote,
};
use crate::diag::{Diagnostic, Diagnostics};
use crate::raw::RawObject;
use crate::schema::Attribute;
use crate::value::{Object, Path, Value};

/// What to store, and what to tell.
#[derive(Debug)]
pub struct Outcome {
    /// The object to store; `None` where there is none.
    pub state: Option<State>,
    /// Messages, errors among them if it failed.
    pub diagnostics: Diagnostics,
    /// The object's private data from now on; `None` where it stays what it was.
    pub private: Option<Vec<u8>>,
}

/// A resource type with a remote system to act on.
pub struct Lifecycle {
    resource: &'static Resource,
    operations: Box<dyn Operations>,
    connection: Arc<dyn Connection>,
}

/// How long an object that was created a moment ago may take to be found.
const FOUND_WITHIN: Duration = Duration::from_secs(5);

/// The longest pause between two looks for it.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

// === impl Outcome ===

impl Outcome {
    /// A success after which this is what is known.
    pub fn done(state: Option<State>) -> Self {
        Self::told(state, Diagnostics::none())
    }

    /// Messages after which this is what is known.
    pub fn told(state: Option<State>, diagnostics: impl Into<Diagnostics>) -> Self {
        Self { state, diagnostics: diagnostics.into(), private: None }
    }
}

// === impl Lifecycle ===

impl Lifecycle {
    /// The operations on a type over a connection.
    pub fn new(resource: &'static Resource, connection: &Arc<dyn Connection>) -> Self {
        Self { resource, operations: connection.clone().operations(resource), connection: connection.clone() }
    }

    /// All objects at a place, each with the name that a person knows it by.
    pub async fn list(&self, place: &Object) -> Result<Vec<(String, Outcome)>, Diagnostics> {
        let found = self.operations.list(place).await?;
        Ok(found.into_iter().map(|(name, found)| (name, self.placed(place, &found))).collect())
    }

    /// What attributes are derived from.
    fn around(&self) -> &dyn Surroundings {
        &*self.connection
    }

    /// Creates the object, or adopts the existing one that the configuration names.
    pub async fn create(&self, plan: &Plan, config: &Config, private: &[u8]) -> Outcome {
        let mut at = plan.object().clone();
        derive(self.resource.table, &mut at, self.around(), Scope::Missing);
        if let Some(row) = adoption::adopts(self.resource, config) {
            return self.adopt(&at, plan, config, Private::read(private), Path::of(row.name)).await;
        }
        let body = match body::create(self.resource, plan, config) {
            Ok(body) => body,
            Err(error) => return Outcome::told(None, self.body_failure(error)),
        };
        match self.operations.create(&at, body).await {
            Ok(answer) => {
                let private = creation::remember(self.resource, config);
                let outcome = self.settled(plan, config, None, &answer, private, Harm::Taints);
                outcome
                    .state
                    .iter()
                    .for_each(|state| self.connection.run().created.note(self.resource, state.object()));
                outcome
            }
            Err(diagnostics) => Outcome::told(None, diagnostics),
        }
    }

    /// Changes the object in place.
    pub async fn update(&self, prior: &State, plan: &Plan, config: &Config, private: &[u8]) -> Outcome {
        let (safe, private) = (Some(prior.clone()), Private::read(private));
        let changed = match self.load(prior.object(), &private).await {
            Ok(Some(loaded)) => self.overlaid(prior.object(), plan, config, &loaded, private, Harm::None).await,
            Ok(None) => Ok(None),
            Err(diagnostics) => Err(diagnostics),
        };
        match changed {
            Ok(Some(outcome)) => outcome,
            Ok(None) => {
                let detail = format!(
                    "{} was there when the plan was made and is gone now: it was deleted outside Terraform in between. \
                     Nothing was changed. Plan again: the new plan will create it anew.",
                    self.operations.describe(prior.object())
                );
                Outcome::told(safe, Diagnostic::error("The object is gone", detail))
            }
            Err(diagnostics) => Outcome::told(safe, diagnostics),
        }
    }

    /// Brings a state up to date. An object that is certainly gone leaves the state, with a warning.
    pub async fn read(&self, state: &State, private: &[u8]) -> Outcome {
        let private = Private::read(private);
        match self.load(state.object(), &private).await {
            Ok(Some(loaded)) => self.refreshed(state, &loaded, &private.rewrites),
            Ok(None) if let Some(moved) = self.looked_elsewhere(state) => Outcome::told(Some(state.clone()), moved),
            Ok(None) => {
                let detail = format!(
                    "{} no longer exists: it was deleted outside Terraform. It is removed from the state, and planned anew if the \
                     configuration still declares it.",
                    self.operations.describe(state.object())
                );
                Outcome::told(None, Diagnostic::warning("The object is gone", detail))
            }
            Err(diagnostics) => Outcome::told(Some(state.clone()), diagnostics),
        }
    }

    /// What to tell if an object was looked for at another address than the one where it was when it was stored: that it is not there says
    /// nothing of it.
    fn looked_elsewhere(&self, state: &State) -> Option<Diagnostic> {
        let mut now = state.object().clone();
        derive(self.resource.table, &mut now, self.around(), Scope::Anew);
        let differs =
            |row: &&Attribute| attribute(&now, row.name) != state.get(row.name) && !state.get(row.name).is_null();
        let row = self.resource.table.attributes.iter().find(differs)?;
        let detail = format!(
            "{} was not found, but it was looked for at another address than before: its `{}` would be {}, and was {}. So it counts as \
             neither there nor gone, and the state is unchanged. Configure the address that it was created with; or, if it really moved, remove it \
             from the state with `state rm` and import it.",
            self.operations.describe(state.object()),
            row.name,
            show(attribute(&now, row.name)),
            show(state.get(row.name)),
        );
        Some(Diagnostic::error("Looked for at another address", detail))
    }

    /// Deletes the object, unless it was adopted in the same run.
    pub async fn delete(&self, state: &State, private: &[u8]) -> Outcome {
        let private = Private::read(private);
        let intended = private.adopting.is_some() && private.adopting == identity::texts(self.resource, state.object());
        if intended || self.connection.run().adopted.hold(self.resource, state.object()) {
            let detail = format!(
                "{} was adopted in this run, or is going to be, by a configuration that has its id, so it is not deleted: that would leave \
                 the configuration without its object. Only this state forgets it.",
                self.operations.describe(state.object())
            );
            return Outcome::told(None, Diagnostic::warning("Kept, since it was adopted", detail));
        }
        // One that is not found yet would count as deleted, and stay.
        let found = if self.is_fresh(state.object(), &private) {
            self.load(state.object(), &private).await.map(drop)
        } else {
            self.tells(state.object())
        };
        let deleted = match found {
            Ok(()) => self.operations.delete(state.object()).await,
            Err(diagnostics) => Err(diagnostics),
        };
        match deleted {
            Ok(()) => Outcome::done(None),
            Err(diagnostics) => Outcome::told(Some(state.clone()), diagnostics),
        }
    }

    /// The object as it is. One that was created a moment ago and is not found yet is waited for.
    async fn load(&self, at: &Object, private: &Private) -> Result<Option<RawObject>, Diagnostics> {
        self.tells(at)?;
        let (mut waited, mut pause) = (Duration::ZERO, Duration::from_millis(250));
        loop {
            let loaded = self.operations.load(at).await?;
            if loaded.is_some() || waited >= FOUND_WITHIN || !self.is_fresh(at, private) {
                return Ok(loaded);
            }
            self.operations.pause(pause).await?;
            (waited, pause) = (waited + pause, LONGEST_PAUSE.min(pause * 2));
        }
    }

    fn is_fresh(&self, at: &Object, private: &Private) -> bool {
        private.is_fresh() || self.connection.run().created.hold(self.resource, at)
    }

    /// Finds an object to import; the read that follows fills in the rest.
    pub async fn import(&self, id: &str) -> Outcome {
        self.found(self.operations.import(id).await)
    }

    /// What an identity names; the read that follows fills in the rest. Parts that may be left out are the provider's.
    pub async fn import_identified(&self, identity: &Object) -> Outcome {
        match self.tells(identity) {
            Ok(()) => self.found(self.operations.find(identity).await),
            Err(diagnostics) => Outcome::told(None, diagnostics),
        }
    }

    /// Whether these attributes tell an object from all others. Asked after without them, any object would count as gone.
    fn tells(&self, at: &Object) -> Result<(), Diagnostics> {
        let lacking = |name: &str| attribute(at, name).as_str().is_none_or(|text| text.trim().is_empty());
        match self.resource.identity.iter().find(|part| part.required && lacking(part.name)) {
            None => Ok(()),
            Some(part) => {
                let detail = format!(
                    "There is no `{}`, which tells the object from all others, so nothing is asked or done. If it is missing in the state, \
                     remove the object from it with `state rm` and import it again.",
                    part.name
                );
                Err(Diagnostic::error("Incomplete identity", detail).into())
            }
        }
    }

    /// The stub of an object that was found, for the read that follows.
    fn found(&self, found: Result<Object, Diagnostics>) -> Outcome {
        match found {
            Ok(found) => {
                let mut object = empty(self.resource.table);
                object.extend(found);
                Outcome::done(Some(State::new(object)))
            }
            Err(diagnostics) => Outcome::told(None, diagnostics),
        }
    }

    /// Reads an object that is not managed, found by what the configuration says of it.
    pub async fn look_up(&self, config: &Config) -> Outcome {
        let found = match self.operations.find(config.object()).await {
            Ok(found) => found,
            Err(diagnostics) => return Outcome::told(None, diagnostics),
        };
        match self.load(&found, &Private::default()).await {
            Ok(Some(loaded)) => self.placed(&found, &loaded),
            Ok(None) => {
                let detail = format!("{} does not exist.", self.operations.describe(&found));
                let given = self.resource.found_by.iter().find(|name| !config.get(name).is_null());
                let message = Diagnostic::error("Not found", detail);
                Outcome::told(None, given.map_or(message.clone(), |name| message.at(Path::of(name))))
            }
            Err(diagnostics) => Outcome::told(None, diagnostics),
        }
    }

    /// The state of an object that was found at this place.
    fn placed(&self, place: &Object, found: &RawObject) -> Outcome {
        let mut object = empty(self.resource.table);
        object.extend(place.clone());
        derive(self.resource.table, &mut object, self.around(), Scope::Missing);
        self.refreshed(&State::new(object), found, &Rewrites::default())
    }

    async fn adopt(&self, at: &Object, plan: &Plan, config: &Config, private: Private, path: Path) -> Outcome {
        // Before anything is asked, so that a deletion of the same object that runs beside this one is held off.
        self.connection.run().adopted.note(self.resource, at);
        let adopted = match self.operations.load(at).await {
            Ok(Some(loaded)) => self.overlaid(at, plan, config, &loaded, private, Harm::Taints).await,
            Ok(None) => Ok(None),
            Err(diagnostics) => Err(diagnostics),
        };
        match adopted {
            Ok(Some(outcome)) => outcome,
            Ok(None) => {
                let detail = format!(
                    "{} does not exist, so it can't be adopted. An id in the configuration names an existing object; remove it to \
                     have a new one created.",
                    self.operations.describe(at)
                );
                Outcome::told(None, Diagnostic::error("Nothing to adopt", detail).at(path))
            }
            Err(diagnostics) => Outcome::told(None, diagnostics),
        }
    }

    /// Lays what is managed over the loaded object and has that stored; `None` if there is no object any more.
    async fn overlaid(
        &self,
        at: &Object,
        plan: &Plan,
        config: &Config,
        loaded: &RawObject,
        private: Private,
        harm: Harm,
    ) -> Result<Option<Outcome>, Diagnostics> {
        let body = body::update(self.resource, plan, config, loaded, &private.rewrites);
        let body = body.map_err(|error| self.body_failure(error))?;
        let answer = self.operations.update(at, body).await?;
        let before = remote::read(self.resource.table, loaded, &Path::root(), &mut Vec::new());
        Ok(answer.map(|answer| self.settled(plan, config, Some(&before), &answer, private, harm)))
    }

    /// What to store and to tell after the object was stored, in the place of one that was `before`.
    fn settled(
        &self,
        plan: &Plan,
        config: &Config,
        before: Option<&Object>,
        answer: &RawObject,
        private: Private,
        harm: Harm,
    ) -> Outcome {
        let table = self.resource.table;
        let mut faults = Vec::new();
        let stored = remote::read(table, answer, &Path::root(), &mut faults);
        let Settled { mut object, deviations, rewrites, passed_over } =
            settle(self.resource, plan, config, &stored, before, &private.rewrites);
        derive(table, &mut object, self.around(), Scope::Missing);
        let mut diagnostics = Diagnostics::none();
        for deviation in deviations {
            if harm == Harm::None {
                store(&mut object, deviation.path.steps(), &deviation.stored);
            }
            diagnostics.push(deviated(&deviation, harm));
        }
        for path in passed_over {
            diagnostics.push(passed_over_perhaps(&path));
        }
        for message in remote::report(&faults).iter() {
            diagnostics.push(harm.soften(message.clone()));
        }
        let private = Some(Private { rewrites, adopting: None, ..private }.write());
        Outcome { state: Some(State::new(known(object))), diagnostics, private }
    }

    fn refreshed(&self, state: &State, loaded: &RawObject, rewrites: &Rewrites) -> Outcome {
        let table = self.resource.table;
        let mut faults = Vec::new();
        let current = remote::read(table, loaded, &Path::root(), &mut faults);
        if !faults.is_empty() {
            return Outcome::told(Some(state.clone()), remote::report(&faults));
        }
        let mut object = reconcile::refresh(table, state.object(), &current, rewrites);
        derive(table, &mut object, self.around(), Scope::Anew);
        Outcome::done(Some(State::new(object)))
    }

    fn body_failure(&self, error: BodyError) -> Diagnostic {
        match error {
            BodyError::Loaded(path, unexpected) => {
                let detail = format!(
                    "What the API holds for this attribute is not what its description says: {unexpected}. Writing over it would \
                     lose it, so nothing was changed."
                );
                Diagnostic::error("The API's answer can't be understood", detail).at(path)
            }
            BodyError::Undecided(path) => {
                let detail = format!(
                    "`{path}` is still unknown although the apply has begun. Nothing was changed. This is a bug in the provider: \
                     please report it."
                );
                Diagnostic::error("Undecided value", detail).at(path)
            }
        }
    }
}

/// The object with nothing unknown left: what nobody could tell is null, as the CLI itself would store it.
fn known(object: Object) -> Object {
    let settle = |value: Value| match value {
        Value::Unknown(_) => Value::Null,
        Value::Object(nested) => Value::Object(known(nested)),
        other => other,
    };
    object.into_iter().map(|(name, value)| (name, settle(value))).collect()
}
