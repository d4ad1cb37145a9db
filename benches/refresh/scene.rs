// SPDX-License-Identifier: Apache-2.0

//! Many servers that a CLI manages, without applying them: one is applied, and what is stored of it, by
//! the CLI and by the API, is repeated.

use serde_json::{Value, json};

use crate::common::{Told, emulator, provider};
use crate::support::cli::{Cli, Workspace, installed};
use crate::support::emulator::Emulator;
use crate::support::hcl::{FULL, HEAD};

/// The name of the server that is applied.
const FIRST: &str = "server 0";

/// Servers that are managed and that the API has.
pub struct Scene {
    pub emulator: Emulator,
    pub workspace: Workspace,
    size: Size,
    /// The state after the one server was applied.
    state: Value,
    /// The server's id, and its JSON as the API has it.
    id: String,
    stored: String,
}

/// The CLI.
pub fn cli() -> Told<Cli> {
    Ok(installed().into_iter().next().ok_or("neither terraform nor tofu is on PATH (or named by TF_BIN, TOFU_BIN)")?)
}

/// How much is configured of each server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Its name, a description and two tags.
    Small,
    /// Every attribute.
    Full,
}

impl Size {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Full => "full",
        }
    }

    /// The arguments of a server.
    fn arguments(self) -> String {
        let full = || FULL.split_once("{\n").and_then(|(_, rest)| rest.rsplit_once('}')).map(|(body, _)| body);
        let body = match self {
            Self::Small => "  name = \"Calendar\"\n  description = \"Books\"\n  tags = [\"a\", \"b\"]\n",
            Self::Full => full().unwrap_or_default(),
        };
        body.replace("\"Calendar\"", "\"server ${count.index}\"")
    }

    fn servers(self, count: usize) -> String {
        format!("{HEAD}resource \"descope_mcp_server\" \"x\" {{\n  count = {count}\n{}}}\n", self.arguments())
    }
}

/// Instances of the built-in resource with this input.
fn built_in(input: &Value, count: usize) -> String {
    // JSON is an expression of the CLI's language.
    let input = input.to_string().replace(&format!("\"{FIRST}\""), "\"server ${count.index}\"");
    format!("resource \"terraform_data\" \"x\" {{\n  count = {count}\n  input = {input}\n}}\n")
}

/// How many bytes of a state the built-in resource needs for an input: it stores it and its type twice.
fn stored_twice(input: &Value) -> usize {
    const REST: usize = 250;
    2 * (input.to_string().len() + type_length(input)) + REST
}

fn type_length(value: &Value) -> usize {
    match value {
        Value::Object(members) => {
            "[\"object\",{}]".len()
                + members.iter().map(|(name, value)| name.len() + 4 + type_length(value)).sum::<usize>()
        }
        Value::Array(elements) => {
            "[\"tuple\",[]]".len() + elements.iter().map(|value| type_length(value) + 1).sum::<usize>()
        }
        _ => "\"string\"".len(),
    }
}

/// So many of a server's attributes that the built-in resource needs as much of a state for them as the server needs.
fn as_large(instance: &Value) -> Told<Value> {
    let size = instance.to_string().len();
    let attributes = instance.get("attributes").and_then(Value::as_object).ok_or("no attributes")?;
    let name = attributes.iter().filter(|(name, _)| *name == "name");
    let others = attributes.iter().filter(|(name, _)| *name != "name");
    let mut input = serde_json::Map::new();
    for (name, value) in name.chain(others) {
        input.insert(name.clone(), value.clone());
        if stored_twice(&input.clone().into()) > size {
            input.remove(name);
        }
    }
    Ok(input.into())
}

/// An id of the same length as another.
fn numbered(id: &str, number: usize) -> String {
    let kept = id.len().saturating_sub(6);
    format!("{}{number:06}", id.get(..kept).unwrap_or_default())
}

/// Something of the first server, as that of another.
pub fn renumbered(text: &str, id: &str, number: usize) -> String {
    text.replace(id, &numbered(id, number)).replace(&format!("\"{FIRST}\""), &format!("\"server {number}\""))
}

/// The state with so many instances of its only resource.
fn repeated(state: &Value, id: &str, count: usize) -> Told<Value> {
    let mut state = state.clone();
    let instances = state.pointer_mut("/resources/0/instances").and_then(Value::as_array_mut).ok_or("no instances")?;
    let first = instances.first().ok_or("no instance")?.to_string();
    instances.clear();
    for number in 0..count {
        let mut instance: Value = serde_json::from_str(&renumbered(&first, id, number))?;
        if let Some(instance) = instance.as_object_mut() {
            instance.insert("index_key".to_owned(), number.into());
        }
        instances.push(instance);
    }
    Ok(state)
}

impl Scene {
    /// A scene with the CLI, an emulator and one server.
    pub fn new(cli: &Cli, size: Size) -> Told<Self> {
        let emulator = Emulator::start(emulator());
        let mut workspace = Workspace::new(cli, provider(), &size.servers(1));
        for (name, value) in emulator.variables() {
            workspace.set(name, &value);
        }
        workspace.apply();
        workspace.age_objects();
        let state = serde_json::from_str(&workspace.read("terraform.tfstate"))?;
        let id = emulator.only_server();
        let stored = emulator.stored(&id);
        emulator.remove(&id);
        Ok(Self { emulator, workspace, size, state, id, stored })
    }

    /// So many servers are managed, and `gone` of them no longer exist.
    pub fn manage(&self, count: usize, gone: usize) -> Told {
        self.emulator.control("POST", "reset", "");
        for number in gone..count {
            self.emulator.plant(&numbered(&self.id, number), &renumbered(&self.stored, &self.id, number));
        }
        self.workspace.write("main.tf", &self.size.servers(count));
        self.workspace.write("terraform.tfstate", &repeated(&self.state, &self.id, count)?.to_string());
        Ok(())
    }

    /// So many more servers exist that nothing here manages.
    pub fn plant_others(&self, count: usize) {
        for number in 0..count {
            let json = renumbered(&self.stored, &self.id, 100_000 + number);
            self.emulator.plant(&numbered(&self.id, 100_000 + number), &json);
        }
    }

    /// Each answer of the API comes so late.
    pub fn delay(&self, ms: u64) {
        self.emulator.control("DELETE", "faults", "");
        if ms > 0 {
            self.emulator.fault(&json!({ "kind": "delay", "ms": ms, "times": u32::MAX }).to_string());
        }
    }

    /// How many requests there were since this was asked last: for one server, for the list, and others.
    pub fn asked(&self) -> (usize, usize, usize) {
        let count = |path| self.emulator.requests(path).len();
        let (loads, lists, all) = (count("/server/load"), count("/servers/all"), count(""));
        self.emulator.forget_requests();
        (loads, lists, all - loads - lists)
    }

    /// So many servers are managed, each by a provider configuration of its own.
    pub fn manage_apart(&self, count: usize) -> Told {
        self.emulator.control("POST", "reset", "");
        let (mut text, mut state) = (HEAD.to_owned(), self.state.clone());
        let resources = state.get_mut("resources").and_then(Value::as_array_mut).ok_or("no resources")?;
        let first = resources.first().ok_or("no resource")?.to_string();
        resources.clear();
        for number in 0..count {
            self.emulator.plant(&numbered(&self.id, number), &renumbered(&self.stored, &self.id, number));
            let arguments = self.size.arguments().replace("${count.index}", &number.to_string());
            text += &format!(
                "provider \"descope\" {{\n  alias = \"p{number}\"\n}}\n\
                 resource \"descope_mcp_server\" \"x{number}\" {{\n  provider = descope.p{number}\n{arguments}}}\n"
            );
            let mut resource: Value = serde_json::from_str(&renumbered(&first, &self.id, number))?;
            let provider = resource.get("provider").and_then(Value::as_str).ok_or("no provider")?.to_owned();
            let members = resource.as_object_mut().ok_or("no resource")?;
            members.insert("name".to_owned(), format!("x{number}").into());
            members.insert("provider".to_owned(), format!("{provider}.p{number}").into());
            let instance = resource.pointer_mut("/instances/0").and_then(Value::as_object_mut).ok_or("no instance")?;
            instance.remove("index_key");
            resources.push(resource);
        }
        self.workspace.write("main.tf", &text);
        self.workspace.write("terraform.tfstate", &state.to_string());
        Ok(())
    }
}

/// A workspace with the built-in resource, whose state is as large as that of the servers of a scene.
pub struct Floor {
    pub workspace: Workspace,
    input: Value,
    state: Value,
    id: String,
}

impl Floor {
    pub fn new(cli: &Cli, scene: &Scene) -> Told<Self> {
        let input = as_large(scene.state.pointer("/resources/0/instances/0").ok_or("no instance")?)?;
        let workspace = Workspace::new(cli, provider(), &built_in(&input, 1));
        workspace.apply();
        let state: Value = serde_json::from_str(&workspace.read("terraform.tfstate"))?;
        let id = state.pointer("/resources/0/instances/0/attributes/id").and_then(Value::as_str);
        let id = id.ok_or("no id")?.to_owned();
        Ok(Self { workspace, input, state, id })
    }

    /// So many instances are managed.
    pub fn manage(&self, count: usize) -> Told {
        self.workspace.write("main.tf", &built_in(&self.input, count));
        self.workspace.write("terraform.tfstate", &repeated(&self.state, &self.id, count)?.to_string());
        Ok(())
    }
}
