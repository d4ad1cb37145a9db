//! What happens between the protocol and a remote system: pure functions that walk tables (validate, plan, body, settle,
//! refresh) and the operations made of them (`lifecycle`). Knows neither the wire nor Descope: `protocol` calls it, `provider`
//! implements [`Provider`], [`Connection`] and [`Operations`] for it.

pub mod adoption;
pub mod body;
pub mod creation;
pub mod derive;
mod deviations;
mod fingerprint;
pub mod generate;
pub mod identity;
pub mod lifecycle;
pub mod lookup;
pub mod phase;
pub mod plan;
mod private;
pub mod reconcile;
pub mod remote;
pub mod rewrites;
pub mod run;
pub mod settle;
pub mod upgrade;
pub mod validate;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::diag::Diagnostics;
use crate::raw::RawObject;
use crate::schema::{Attribute, Mode, Table, Wire};
use crate::value::{Object, Type, Value};

pub use phase::{Config, Plan, State};
pub use run::Run;
pub use upgrade::Upgrade;

/// What an operation on the remote system comes to, later.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, Diagnostics>> + Send + 'a>>;

/// A rule across attributes; it must say nothing while an attribute that it reads is unknown.
pub type Rule = fn(&Config) -> Diagnostics;

/// A type of managed resource: data, but for the operations that a [`Connection`] gives it.
pub struct Resource {
    /// The type's name in configuration.
    pub type_name: &'static str,
    /// What it is, in Markdown.
    pub docs: &'static str,
    /// Its attributes.
    pub table: &'static Table,
    /// How stored states of each older version become those of the next. There is one more version than there are upgrades.
    pub upgrades: &'static [Upgrade],
    /// Rules across attributes.
    pub rules: &'static [Rule],
    /// Rules for a configuration that creates an object, where nothing remote can fill in what it leaves out.
    pub creation_rules: &'static [Rule],
    /// The attributes that tell an object from all others, for the CLI's resource identity.
    pub identity: &'static [Identifier],
    /// The attributes each of which finds an object, for reading one that is not managed.
    pub found_by: &'static [&'static str],
}

/// One attribute of a resource's identity.
pub struct Identifier {
    /// Its name in the table, too.
    pub name: &'static str,
    /// Whether an import by identity has to give it; else the provider knows a value for it.
    pub required: bool,
}

/// A function of the provider: pure, and callable without configuration.
pub struct Function {
    /// Its name in `provider::descope::NAME`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What it does, in Markdown.
    pub docs: &'static str,
    /// Its parameters, all of them text: name and documentation.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The type of its result.
    pub returns: fn() -> Type,
    /// The function itself, on as many texts as it has parameters.
    pub call: fn(&[&str]) -> Result<Value, Blame>,
}

/// An action: something that is done once, when it is asked for, and leaves nothing in the state.
pub struct Action {
    /// The type's name in configuration.
    pub type_name: &'static str,
    /// What it does, in Markdown.
    pub docs: &'static str,
    /// What it is told.
    pub table: &'static Table,
    /// Rules across attributes.
    pub rules: &'static [Rule],
}

/// Where work under way says how far it is, a line at a time.
pub type Progress<'a> = &'a (dyn Fn(String) + Send + Sync);

/// Why a function refuses its arguments: the position of the blamed one, and a sentence.
pub type Blame = (usize, String);

/// A provider: its block, its resources, and how a connection is made of its configuration.
pub trait Provider: Send + Sync + 'static {
    /// What the provider is, in Markdown.
    fn docs(&self) -> &'static str;

    /// The attributes of the provider block.
    fn table(&self) -> &'static Table;

    /// The managed resources in the order of the docs.
    fn resources(&self) -> &'static [Resource];

    /// The functions in the order of the docs.
    fn functions(&self) -> &'static [Function];

    /// The actions in the order of the docs.
    fn actions(&self) -> &'static [Action];

    /// Makes a connection, without using the network: nothing is needed before it is used. Values may be unknown in a plan.
    /// `stop` is tripped when the CLI asks running work to end.
    fn configure(&self, config: &Config, stop: CancellationToken) -> Result<Arc<dyn Connection>, Diagnostics>;
}

/// A configured provider.
pub trait Connection: Surroundings {
    /// The setting that depends on something not applied yet, if there is one: then nothing remote can be asked of this object.
    fn undecided(&self, at: &Object) -> Option<&'static str>;

    /// What is wrong with its settings, which each operation would fail of: a plan tells it already.
    fn faults(&self) -> Diagnostics;

    /// What happened over it so far.
    fn run(&self) -> &Run;

    /// The operations of one resource type.
    fn operations(self: Arc<Self>, resource: &'static Resource) -> Box<dyn Operations>;

    /// Carries an action out.
    fn invoke<'a>(
        self: Arc<Self>,
        action: &'static Action,
        config: &'a Config,
        progress: Progress<'a>,
    ) -> Reply<'a, ()>;
}

/// What a connection knows of itself that attributes are derived from: `{provider.NAME}` in templates.
pub trait Surroundings: Send + Sync {
    /// The value of that name for an object of these attributes, if it is known already.
    fn lookup(&self, name: &str, object: &Object) -> Option<String>;
}

/// What can be done to objects of one type in the remote system. `at` holds the attributes that tell where the object is.
pub trait Operations: Send + Sync {
    /// Creates an object of these members; answers what came of it.
    fn create<'a>(&'a self, at: &'a Object, body: RawObject) -> Reply<'a, RawObject>;

    /// The object as it is, or `None` when it is certain that there is none.
    fn load<'a>(&'a self, at: &'a Object) -> Reply<'a, Option<RawObject>>;

    /// Replaces the object by this one, whole; answers what came of it, or `None` when it is certain that there is none.
    fn update<'a>(&'a self, at: &'a Object, body: RawObject) -> Reply<'a, Option<RawObject>>;

    /// Deletes the object; that it is gone already is success.
    fn delete<'a>(&'a self, at: &'a Object) -> Reply<'a, ()>;

    /// Finds the object that has these attributes of `found_by` and place; answers the attributes that tell where it is.
    fn find<'a>(&'a self, by: &'a Object) -> Reply<'a, Object>;

    /// Finds what a person wants to import; answers the attributes that tell where it is.
    fn import<'a>(&'a self, id: &'a str) -> Reply<'a, Object>;

    /// All objects in the place that `at` tells, each as the remote system has it, with the name that a person knows it by.
    fn list<'a>(&'a self, at: &'a Object) -> Reply<'a, Vec<(String, RawObject)>>;

    /// Waits, unless work is to end before.
    fn pause(&self, length: Duration) -> Reply<'_, ()>;

    /// How a message names the object: "MCP server MS…".
    fn describe(&self, at: &Object) -> String;
}

// === impl Resource ===

impl Resource {
    /// The version of the shape of its state.
    pub fn version(&self) -> i64 {
        i64::try_from(self.upgrades.len()).unwrap_or(i64::MAX)
    }

    /// The attribute that, set in a configuration, names an existing object to adopt: assigned remotely, yet configurable.
    pub fn adopts_by(&self) -> Option<&'static Attribute> {
        let adopts = |row: &&Attribute| matches!((row.wire, row.mode), (Wire::Assigned(_), Mode::Optional));
        self.table.attributes.iter().find(adopts)
    }

    /// The attributes that choose where to look for objects: what an import by identity may leave out.
    pub fn places(&self) -> impl Iterator<Item = &'static Attribute> {
        self.identity.iter().filter(|part| !part.required).filter_map(|part| self.table.attribute(part.name))
    }
}
