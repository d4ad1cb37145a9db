// SPDX-License-Identifier: Apache-2.0

//! Whole lives of a server under faults: the real provider, the emulator, and a seed for each life.
//! In each life, one fault hits one endpoint during one operation, once or always, with whatever
//! else may go on. After each operation, and after the run that follows it without faults: the
//! servers that were made are in the state or named in a message, nothing that nobody manages is
//! lost, and no state is emptied while its server exists.
//!
//! `CHAOS_LIVES` says how many lives there are, `CHAOS_SEED` which is the first. A life that fails
//! names its seed: `CHAOS_LIVES=1 CHAOS_SEED=… cargo test --test it chaos`.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::support::core::{Block, Core, V};
use crate::support::dice::Dice;
use crate::support::emulator::Emulator;
use crate::support::front::{Front, Twist};
use crate::support::hcl::emulator;
use crate::support::plugin::Plugin;
use crate::support::samples::TYPE;
use crate::support::wire::tfplugin6 as tf;

const ENDPOINTS: [&str; 5] = ["/server/create", "/server/load", "/server/update", "/server/delete", "/servers/all"];

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The emulator does this, as its control plane reads it.
    Emulated(&'static str),
    /// The gateway in front of it does this, in HTTP/2 or not.
    Twisted(Twist, bool),
    /// New servers are not found for so long.
    Lag(u32),
    /// The console edits the server during the operation.
    ConsoleEdit,
}

const FAULTS: [Fault; 33] = [
    Fault::Emulated(r#""kind":"drop""#),
    Fault::Emulated(r#""kind":"drop","after":true"#),
    Fault::Emulated(r#""kind":"delay","ms":25000"#),
    Fault::Emulated(r#""kind":"error","status":429"#),
    Fault::Emulated(r#""kind":"error","status":429,"retry_after":"1""#),
    Fault::Emulated(r#""kind":"error","status":400,"code":"E111009""#),
    Fault::Emulated(r#""kind":"error","status":500"#),
    Fault::Emulated(r#""kind":"error","status":500,"after":true"#),
    Fault::Emulated(r#""kind":"error","status":502,"after":true"#),
    Fault::Emulated(r#""kind":"error","status":503"#),
    Fault::Emulated(r#""kind":"error","status":503,"after":true"#),
    Fault::Emulated(r#""kind":"error","status":524,"after":true"#),
    Fault::Emulated(r#""kind":"error","status":404,"code":"E112102""#),
    Fault::Emulated(r#""kind":"error","status":401,"code":"E011008""#),
    Fault::Emulated(r#""kind":"body","status":200,"content_type":"text/html","body":"<p>Hello""#),
    Fault::Emulated(r#""kind":"body","status":200,"content_type":"text/html","body":"<p>Hello","after":true"#),
    Fault::Emulated(r#""kind":"body","status":404,"content_type":"text/html","body":"<p>Not found""#),
    Fault::Emulated(r#""kind":"body","status":200,"content_type":"application/json","body":"{}""#),
    Fault::Emulated(r#""kind":"body","status":200,"content_type":"application/json","body":"{}","after":true"#),
    Fault::Emulated(r#""kind":"body","status":200,"content_type":"application/json","body":"null""#),
    Fault::Emulated(r#""kind":"body","status":200,"content_type":"application/json","body":"{\"status\":\"ok\"}""#),
    Fault::Emulated(r#""kind":"body","status":200,"content_type":"application/json","body":"{\"servers\":[],\"tot""#),
    Fault::Emulated(
        r#""kind":"body","status":200,"content_type":"application/json","body":"{\"servers\":{},\"server\":[]}""#,
    ),
    Fault::Emulated(
        r#""kind":"body","status":200,"content_type":"application/json","body":"{\"errorCode\":\"E011002\"}""#,
    ),
    Fault::Twisted(Twist::CutBefore, false),
    Fault::Twisted(Twist::CutAfter(0), false),
    Fault::Twisted(Twist::CloseIdle, false),
    Fault::Twisted(Twist::Refuse, true),
    Fault::Twisted(Twist::Goodbye, true),
    Fault::Twisted(Twist::AbruptGoodbye, true),
    Fault::Twisted(Twist::CutAfter(0), true),
    Fault::Lag(8000),
    Fault::ConsoleEdit,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Create,
    Refresh,
    Update,
    Delete,
}

const STAGES: [Stage; 4] = [Stage::Create, Stage::Refresh, Stage::Update, Stage::Delete];

/// A field that no row describes, in the spelling that must stay.
const UNKNOWN: &str = r#""future":{"n":1.10,"s":"\u00e9"}"#;

/// An object as a CLI stores it, and what it was told.
#[derive(Clone, Debug)]
struct Kept {
    value: V,
    private: Vec<u8>,
}

struct Life {
    emulator: Emulator,
    front: Option<Front>,
    fault: Fault,
    endpoint: &'static str,
    always: bool,
    stage: Stage,
    /// How many requests had taken effect when the console edited the server.
    requests_before_edit: OnceLock<usize>,
}

/// A run of a CLI: one provider process.
struct Run {
    core: Core,
    _plugin: Plugin,
}

type Told<T> = Result<T, String>;

impl Life {
    async fn born(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let case = usize::try_from(seed).unwrap() % (FAULTS.len() * ENDPOINTS.len() * 2);
        let (mut fault, rest) = (FAULTS[case % FAULTS.len()], case / FAULTS.len());
        let emulator = emulator();
        if let Fault::Twisted(Twist::CutAfter(_), http2) = fault {
            fault = Fault::Twisted(Twist::CutAfter(dice.below(1001)), http2);
        }
        let front = match fault {
            Fault::Twisted(_, false) => Some(Front::http1(emulator.address()).await),
            Fault::Twisted(_, true) => Some(Front::http2(emulator.address()).await),
            _ => None,
        };
        // The operations that call the endpoint come more often.
        let stages: &[Stage] = match rest % ENDPOINTS.len() {
            0 => &[Stage::Create],
            2 => &[Stage::Update],
            3 => &[Stage::Delete],
            _ => &STAGES,
        };
        let stage = stages[dice.below(stages.len())];
        emulator.plant("MS2decoy00000000000000000001", r#"{"name":"x","odd":1.10}"#);
        emulator.plant("MS2decoy00000000000000000002", r#"{"name":"other","description":"d"}"#);
        let endpoint = ENDPOINTS[rest % ENDPOINTS.len()];
        Self {
            emulator,
            front,
            fault,
            endpoint,
            always: rest / ENDPOINTS.len() == 1,
            stage,
            requests_before_edit: OnceLock::new(),
        }
    }

    async fn run(&self) -> Told<Run> {
        let mut variables = self.emulator.variables().to_vec();
        if let Some(front) = &self.front {
            variables[0].1 = front.url.clone();
            if let Some(certificate) = &front.certificate {
                variables.push(("SSL_CERT_FILE", certificate.path().display().to_string()));
            }
        }
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
        Ok(Run { core: Core::connect(plugin.channel().await).await?, _plugin: plugin })
    }

    fn arm(&self) {
        let times = if self.always { 100_000 } else { 1 };
        match self.fault {
            Fault::Emulated(kind) => {
                self.emulator.fault(&format!(r#"{{"path":"{}","times":{times},{kind}}}"#, self.endpoint));
            }
            Fault::Twisted(twist, _) => self.front.as_ref().unwrap().arm(self.endpoint, twist, times),
            Fault::Lag(ms) => self.emulator.switch(&format!(r#"{{"hide_new_ms":{ms}}}"#)),
            // Long enough for an edit before the request takes effect.
            Fault::ConsoleEdit => {
                let fault = format!(r#"{{"path":"{}","kind":"delay","ms":600,"before":true}}"#, self.endpoint);
                self.emulator.fault(&fault);
            }
        }
    }

    fn disarm(&self) {
        self.emulator.control("DELETE", "faults", "");
        self.emulator.switch(r#"{"hide_new_ms":0}"#);
        if let Some(front) = &self.front {
            front.disarm();
        }
    }

    /// The servers that this life made.
    fn made(&self) -> Vec<String> {
        let servers = self.emulator.servers();
        servers.keys().filter(|id| !id.starts_with("MS2decoy")).cloned().collect()
    }

    fn decoys_are_untouched(&self) -> Told<()> {
        let first = self.emulator.stored("MS2decoy00000000000000000001");
        let second = self.emulator.stored("MS2decoy00000000000000000002");
        let whole = first.contains(r#""odd":1.10"#) && second.contains(r#""description":"d""#);
        whole.then_some(()).ok_or_else(|| format!("a server of others changed: {first} {second}"))
    }

    /// Every server that was made is in the state or named.
    fn nobody_is_lost(&self, kept: Option<&Kept>, told: &str) -> Told<()> {
        let id = kept.map(id).unwrap_or_default();
        let doubtful = kept.is_some_and(is_doubtful);
        for made in self.made() {
            if made != id && !told.contains(&made) && !doubtful {
                return Err(format!("{made} is neither in the state ({id:?}) nor named: {told}"));
            }
        }
        self.decoys_are_untouched()
    }

    async fn live(&self) -> Told<()> {
        let mut run = self.run().await?;
        // Made.
        let config = config(run.core.block(TYPE), "d");
        let (mut kept, told) = self.under_fault(Stage::Create, &mut run, None, Some(&config)).await?;
        self.nobody_is_lost(kept.as_ref(), &told)?;
        if kept.as_ref().is_none_or(|kept| id(kept).is_empty()) {
            let mut next = self.run().await?;
            kept = next.recover(self, kept, &config).await?;
        }
        let kept = kept.ok_or("nothing was created")?;
        let [own] = &self.made()[..] else { return Err(format!("not one server: {:?}", self.made())) };
        let own = own.clone();
        if id(&kept) != own {
            return Err(format!("the state has {:?} and the server is {own}", id(&kept)));
        }
        // Something that nobody manages here.
        self.emulator.edit(&own, &format!("{{{UNKNOWN}}}"));

        // Refreshed.
        let mut run = self.run().await?;
        let kept = self.aged(&kept);
        let (refreshed, told) = self.under_fault(Stage::Refresh, &mut run, Some(&kept), Some(&config)).await?;
        let kept = refreshed.ok_or_else(|| format!("the state was emptied: {told}"))?;

        // Changed.
        let changed = changed_config(run.core.block(TYPE));
        let mut run = self.run().await?;
        let (updated, told) = self.under_fault(Stage::Update, &mut run, Some(&kept), Some(&changed)).await?;
        let mut kept = updated.ok_or_else(|| format!("the state was emptied: {told}"))?;
        let whole = |stored: &str| stored.contains(UNKNOWN) && stored.contains(&own);
        let stored = self.emulator.stored(&own);
        if !whole(&stored) {
            return Err(format!("an unknown field is lost: {stored}"));
        }
        if !told.is_empty() || !stored.contains(r#""description":"e""#) {
            let mut next = self.run().await?;
            kept = next.recover(self, Some(kept), &changed).await?.ok_or("the state was emptied by a recovery")?;
            let stored = self.emulator.stored(&own);
            if !whole(&stored) || !stored.contains(r#""description":"e""#) {
                return Err(format!("a change is lost: {stored}"));
            }
        }
        let stored = self.emulator.stored(&own);
        if self.edit_must_last() && !stored.contains("console.example") {
            return Err(format!("an edit of the console is lost: {stored}"));
        }

        // Deleted.
        let mut run = self.run().await?;
        let (left, told) = self.under_fault(Stage::Delete, &mut run, Some(&self.aged(&kept)), None).await?;
        match left {
            Some(left) => {
                if told.is_empty() {
                    return Err("a deletion kept the state and said nothing".to_owned());
                }
                let mut next = self.run().await?;
                let (left, told) = next.apply(Some(&left), None).await?;
                if left.is_some() {
                    return Err(format!("a deletion without faults failed: {told}"));
                }
            }
            None => self.nobody_is_lost(None, "")?,
        }
        match self.made().is_empty() {
            true => self.decoys_are_untouched(),
            false => Err(format!("left behind: {:?}", self.made())),
        }
    }

    /// The numbers of the requests to this endpoint, in the order in which they took effect.
    fn sequences(&self, endpoint: &str) -> Vec<usize> {
        let number = |request: &serde_json::Value| usize::try_from(request["sequence"].as_u64().unwrap()).unwrap();
        self.emulator.requests(endpoint).iter().map(number).collect()
    }

    /// Whether the console edited the server, and the next update, if there is one, was built from
    /// what a later load answered. An edit between a load and its update is lost, since the API has
    /// no versions.
    fn edit_must_last(&self) -> bool {
        let Some(&before) = self.requests_before_edit.get() else { return false };
        let first = |endpoint: &str| self.sequences(endpoint).into_iter().find(|sequence| *sequence > before);
        match (first("/server/update"), first("/server/load")) {
            (None, _) => true,
            (Some(update), load) => load.is_some_and(|load| load < update),
        }
    }

    /// The object an hour later, unless the emulator hides what is new by its own clock.
    fn aged(&self, kept: &Kept) -> Kept {
        if matches!(self.fault, Fault::Lag(_)) { kept.clone() } else { aged(kept) }
    }

    /// One operation, under the fault if this is its stage.
    async fn under_fault(
        &self,
        stage: Stage,
        run: &mut Run,
        prior: Option<&Kept>,
        config: Option<&V>,
    ) -> Told<(Option<Kept>, String)> {
        if self.stage == stage {
            self.arm();
        }
        let edit = async {
            if matches!(self.fault, Fault::ConsoleEdit) && self.stage == stage {
                tokio::time::sleep(std::time::Duration::from_millis(150)).await;
                if let [own] = &self.made()[..] {
                    self.emulator.edit(own, r#"{"logo":"https://console.example/l.png"}"#);
                    let _ = self.requests_before_edit.set(self.sequences("").len());
                }
            }
        };
        let operation = async {
            match (stage, prior) {
                (Stage::Refresh, Some(prior)) => run.read(prior).await,
                _ => run.apply(prior, config).await,
            }
        };
        let (done, ()) = tokio::join!(operation, edit);
        self.disarm();
        done
    }
}

impl Run {
    /// A refresh: what is stored then, and the errors.
    async fn read(&mut self, kept: &Kept) -> Told<(Option<Kept>, String)> {
        let block = self.core.block(TYPE).clone();
        let request = tf::read_resource::Request {
            type_name: TYPE.to_owned(),
            current_state: Some(block.encode(&kept.value)),
            private: kept.private.clone(),
            ..Default::default()
        };
        let answer = self.core.client.read_resource(request).await.map_err(|status| status.to_string())?.into_inner();
        let told = errors(&answer.diagnostics);
        // After an error, a CLI keeps what it had.
        let value = block.decode(answer.new_state.as_ref())?;
        Ok(match (told.is_empty(), value) {
            (false, _) => (Some(kept.clone()), told),
            (true, V::Null) => (None, told),
            (true, value) => (Some(Kept { value, private: answer.private }), told),
        })
    }

    /// A plan and its apply: what is stored then, and what was told, warnings included.
    async fn apply(&mut self, prior: Option<&Kept>, config: Option<&V>) -> Told<(Option<Kept>, String)> {
        let block = self.core.block(TYPE).clone();
        let state = |kept: Option<&Kept>| Some(block.encode(&kept.map_or(V::Null, |kept| kept.value.clone())));
        let private = prior.map(|kept| kept.private.clone()).unwrap_or_default();
        let proposed = config.map_or(V::Null, |config| config.clone());
        let request = tf::plan_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: state(prior),
            proposed_new_state: Some(block.encode(&proposed)),
            config: Some(block.encode(&proposed)),
            prior_private: private,
            ..Default::default()
        };
        let client = &mut self.core.client;
        let planned = client.plan_resource_change(request).await.map_err(|status| status.to_string())?.into_inner();
        let told = errors(&planned.diagnostics);
        if !told.is_empty() {
            return Ok((prior.cloned(), told));
        }
        let request = tf::apply_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: state(prior),
            planned_state: planned.planned_state,
            config: Some(block.encode(&proposed)),
            planned_private: planned.planned_private,
            ..Default::default()
        };
        let applied = client.apply_resource_change(request).await.map_err(|status| status.to_string())?.into_inner();
        let all: Vec<String> =
            applied.diagnostics.iter().map(|told| format!("{}: {}", told.summary, told.detail)).collect();
        let told = if errors(&applied.diagnostics).is_empty() { String::new() } else { all.join("\n") };
        let named = all.join("\n");
        let kept = match block.decode(applied.new_state.as_ref())? {
            V::Null => None,
            value => Some(Kept { value, private: applied.private }),
        };
        Ok((kept, if told.is_empty() && named.contains("Created twice") { named } else { told }))
    }

    /// The next runs, without faults: refreshes, plans and applies until the configuration is there.
    async fn recover(&mut self, life: &Life, kept: Option<Kept>, config: &V) -> Told<Option<Kept>> {
        let mut kept = kept.as_ref().map(aged);
        if let Some(old) = kept {
            let (read, told) = self.read(&old).await?;
            if !told.is_empty() {
                return Err(format!("a refresh without faults failed: {told}"));
            }
            // What is tainted is replaced.
            if is_doubtful(&old)
                && let Some(found) = &read
            {
                let (left, told) = self.apply(Some(found), None).await?;
                if left.is_some() {
                    return Err(format!("a doubtful server was not replaced: {told}"));
                }
                kept = None;
            } else {
                kept = read;
            }
        }
        let (applied, told) = self.apply(kept.as_ref(), Some(config)).await?;
        life.nobody_is_lost(applied.as_ref(), &told)?;
        match told.is_empty() {
            true => Ok(applied),
            false => Err(format!("an apply without faults failed: {told}")),
        }
    }
}

fn errors(diagnostics: &[tf::Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|message| message.severity == 1);
    errors.map(|message| format!("{}: {}", message.summary, message.detail)).collect::<Vec<_>>().join("\n")
}

fn id(kept: &Kept) -> String {
    match kept.value.get("id") {
        V::Text(id) => id.clone(),
        _ => String::new(),
    }
}

fn is_doubtful(kept: &Kept) -> bool {
    let private: serde_json::Value = serde_json::from_slice(&kept.private).unwrap_or_default();
    private["doubt"].is_object()
}

/// The object an hour later: it is not new any more.
fn aged(kept: &Kept) -> Kept {
    let mut private: serde_json::Value = serde_json::from_slice(&kept.private).unwrap_or_default();
    for time in ["/created", "/doubt/since"] {
        if let Some(time) = private.pointer_mut(time) {
            *time = (time.as_u64().unwrap() - 3600).into();
        }
    }
    let private = if private.is_null() { kept.private.clone() } else { private.to_string().into_bytes() };
    Kept { private, ..kept.clone() }
}

fn config(block: &Block, description: &str) -> V {
    let seconds = |name| (name, V::text("20 seconds"));
    let limits = V::object(["create", "read", "update", "delete"].map(seconds));
    let attributes = [("name", V::text("x")), ("description", V::text(description)), ("timeouts", limits)];
    block.complete(&V::object(attributes))
}

fn changed_config(block: &Block) -> V {
    config(block, "e")
}

#[tokio::test]
async fn no_fault_loses_doubles_or_overwrites_anything() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let (lives, first) = (number("CHAOS_LIVES", 66), number("CHAOS_SEED", 0));
    // Steps through the cases, so that few lives see all faults and many see all pairs.
    let seeds: Vec<u64> = (0..lives).map(|life| if lives == 1 { first } else { first + life * 31 }).collect();
    let (next, failures) = (Arc::new(AtomicU64::new(0)), Arc::new(std::sync::Mutex::new(Vec::new())));
    let lanes = (0..16).map(|_| {
        let (next, failures, seeds) = (next.clone(), failures.clone(), seeds.clone());
        tokio::spawn(async move {
            while let Some(seed) = seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap()) {
                let life = Life::born(*seed).await;
                if let Err(reason) = life.live().await {
                    let Life { fault, endpoint, always, stage, .. } = life;
                    let case = format!("seed {seed}: {fault:?} at {endpoint} in {stage:?}, always: {always}: {reason}");
                    failures.lock().unwrap().push(case);
                }
            }
        })
    });
    for lane in lanes.collect::<Vec<_>>() {
        lane.await.unwrap();
    }
    let failures = failures.lock().unwrap();
    eprintln!("{lives} lives, {} failures", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
