//! Generated configurations and prior states, held against core's rules by the small core: every plan is legal, every result is what was
//! planned, and after an apply there is nothing left to do, however the API answers. Two thousand configurations and a thousand edited
//! prior states a run. A failure names its seed: put it into `SEEDS` to see it again first.

use std::path::Path;

use serde_json::{Value as Json, json};

use crate::support::core::{Action, Core, Stored, V};
use crate::support::dice::Dice;
use crate::support::emulator::{Emulator, PROJECT};
use crate::support::hcl::emulator;
use crate::support::plugin::Plugin;

const TYPE: &str = "descope_mcp_server";

/// Cases for each way to answer.
const CASES: u64 = 170;

/// Seeds that once failed.
const SEEDS: [u64; 0] = [];

impl Dice {
    fn pick(&mut self, texts: &[&str]) -> V {
        V::text(texts[self.below(texts.len())])
    }

    fn flag(&mut self) -> V {
        V::Bool(self.one_in(2))
    }

    fn set(&mut self, texts: &[&str]) -> V {
        V::List(texts.iter().filter(|_| self.one_in(2)).map(|text| V::text(text)).collect())
    }

    /// A value, or nothing.
    fn maybe(&mut self, value: impl FnOnce(&mut Self) -> V) -> V {
        if self.one_in(2) { value(self) } else { V::Null }
    }

    fn scopes(&mut self) -> V {
        let mut names = ["read", "write", "mcp:tools.call", "admin"].to_vec();
        let count = self.below(4);
        let scopes = (0..count).map(|_| {
            let name = names.remove(self.below(names.len()));
            V::object([
                ("name", V::text(name)),
                ("description", self.maybe(|dice| dice.pick(&["", "d", "é"]))),
                ("optional", self.maybe(Dice::flag)),
                ("values", self.maybe(|dice| dice.set(&["r1", "r2", "r3"]))),
            ])
        });
        V::List(scopes.collect())
    }

    fn policies(&mut self) -> V {
        let mut patterns = ["a.example", "*.b.example", "c.example"].to_vec();
        let count = self.below(3);
        let policies = (0..count).map(|_| {
            let pattern = patterns.remove(self.below(patterns.len()));
            V::object([("domain_pattern", V::text(pattern)), ("enabled", self.maybe(Dice::flag))])
        });
        V::List(policies.collect())
    }

    fn session_settings(&mut self) -> V {
        let session = self.maybe(|dice| dice.pick(&["", "10 minutes", "60 minutes", "1 hour"]));
        let refresh = self.maybe(|dice| dice.pick(&["", "4 weeks", "28 days", "1 day"]));
        let key = self.maybe(|dice| dice.pick(&["", "1 hour", "60 minutes", "1 day"]));
        // A creation with settings enabled needs all three.
        let whole =
            [&session, &refresh, &key].iter().all(|length| !matches!(length, V::Null) && **length != V::text(""));
        V::object([
            ("enabled", self.maybe(|dice| V::Bool(whole && dice.one_in(2)))),
            ("session_token_expiration", session),
            ("refresh_token_expiration", refresh),
            ("key_session_token_expiration", key),
            ("user_template_id", self.maybe(|dice| dice.pick(&["", "JTu"]))),
            ("key_template_id", self.maybe(|dice| dice.pick(&["", "JTk"]))),
        ])
    }

    fn config(&mut self) -> V {
        let scopes = |dice: &mut Self| {
            V::object([
                ("permissions_scopes", dice.maybe(Dice::scopes)),
                ("attributes_scopes", dice.maybe(Dice::scopes)),
                ("connections_scopes", dice.maybe(Dice::scopes)),
            ])
        };
        let registration = |dice: &mut Self| {
            V::object([
                ("enabled", dice.maybe(Dice::flag)),
                ("disable_approved_scopes_as_default", dice.maybe(Dice::flag)),
                ("flow_id", dice.maybe(|dice| dice.pick(&["", "assess"]))),
            ])
        };
        let cimd = |dice: &mut Self| {
            V::object([("enabled", dice.maybe(Dice::flag)), ("domain_policies", dice.maybe(Dice::policies))])
        };
        V::object([
            ("name", self.pick(&["a", "b", "ümlaut"])),
            ("project_id", self.maybe(|dice| dice.pick(&[PROJECT]))),
            ("description", self.maybe(|dice| dice.pick(&["", "d", "\u{e9}", "a \"quoted\"\nline"]))),
            ("logo", self.maybe(|dice| dice.pick(&["", "https://x.example/l.png"]))),
            ("login_page_url", self.maybe(|dice| dice.pick(&["", "https://x.example/login?flow=f"]))),
            ("audience_whitelist", self.maybe(|dice| dice.set(&["https://a.example/mcp", "https://b.example/mcp"]))),
            ("approved_callback_urls", self.maybe(|dice| dice.set(&["http://127.0.0.1/cb", "https://x.example/cb"]))),
            ("tags", self.maybe(|dice| dice.set(&["t1", "t2", "t3"]))),
            ("skip_consent_screen", self.maybe(Dice::flag)),
            ("force_add_all_authorization_info", self.maybe(Dice::flag)),
            ("dynamic_registration", self.maybe(registration)),
            ("approved_scopes", self.maybe(scopes)),
            ("session_settings", self.maybe(Dice::session_settings)),
            ("cimd_settings", self.maybe(cimd)),
        ])
    }

    /// The same configuration while some of what it says is not known yet.
    fn veil(&mut self, config: &V) -> V {
        match config {
            V::Null => V::Null,
            _ if self.one_in(8) => V::Unknown,
            V::Object(attributes) => {
                V::Object(attributes.iter().map(|(name, value)| (name.clone(), self.veil(value))).collect())
            }
            V::List(elements) => V::List(elements.iter().map(|element| self.veil(element)).collect()),
            known => known.clone(),
        }
    }

    /// What somebody does in the console.
    fn edit(&mut self) -> Json {
        let edits = [
            json!({ "description": "edited" }),
            // Not in normal form C, in which the CLI holds all texts.
            json!({ "description": "e\u{301}" }),
            json!({ "description": null, "tags": null, "sessionSettings": null }),
            json!({ "tags": ["t3", "new", "t1"] }),
            json!({ "skipConsentScreen": true, "loginPageURL": "https://console.example/" }),
            json!({ "dynamicRegistration": { "enabled": true, "unheardOf": 1.5 } }),
            json!({ "dynamicRegistration": {} }),
            json!({ "approvedScopes": { "permissionsScopes": [{ "name": "write", "values": ["r2", "r1"] }, { "name": "console" }] } }),
            json!({ "approvedScopes": { "attributesScopes": [{ "name": "read", "optional": true, "more": "x" }] } }),
            json!({ "sessionSettings": { "enabled": true, "sessionTokenExpiration": 3600, "sessionTokenExpirationUnit": "seconds" } }),
            json!({ "sessionSettings": { "refreshTokenExpiration": 3, "refreshTokenExpirationUnit": "fortnights" } }),
            json!({ "cimdSettings": { "enabled": true, "domainPolicies": { "policies": [{ "domainPattern": "c.example" }] } } }),
            json!({ "cimdSettings": { "domainPolicies": null } }),
            json!({ "unheardOf": { "deep": [1, 2, { "x": "y" }] } }),
        ];
        edits[self.below(edits.len())].clone()
    }
}

/// Refreshes, plans, and expects nothing to do.
async fn settled(core: &mut Core, stored: &Stored, config: &V) -> Result<Stored, String> {
    let read = core.read(TYPE, stored).await?.ok_or("the object is gone")?;
    if read.value != stored.value {
        return Err(format!("a refresh right after an apply found drift:\n{:?}\n{:?}", stored.value, read.value));
    }
    match core.plan(TYPE, Some(&read), config).await? {
        plan if plan.action == Action::Nothing => Ok(read),
        plan => Err(format!("the second plan is not empty: {:?}\n{:?}\n{:?}", plan.action, read.value, plan.value)),
    }
}

/// Refreshes, plans, applies if there is something to do, and expects that to be all.
async fn reach(core: &mut Core, stored: &Stored, config: &V) -> Result<Stored, String> {
    let read = core.read(TYPE, stored).await?.ok_or("the object is gone")?;
    let plan = core.plan(TYPE, Some(&read), config).await?;
    match plan.action {
        Action::Nothing => Ok(read),
        Action::Update => {
            let applied = core.apply(TYPE, Some(&read), &plan, config).await?;
            settled(core, &applied, config).await
        }
        other => Err(format!("{other:?} is no change in place")),
    }
}

async fn case(core: &mut Core, emulator: &Emulator, shuffled: bool, seed: u64) -> Result<(), String> {
    let mut dice = Dice::new(seed);
    let complete = |core: &Core, config: &V| core.block(TYPE).complete(config);
    let first = dice.config();
    let (veiled, first) = (complete(core, &dice.veil(&first)), complete(core, &first));
    // The name alone may not be veiled away: the root object is always known.
    let veiled = if veiled == V::Unknown { first.clone() } else { veiled };
    let plan = core.plan(TYPE, None, &veiled).await?;
    let created = core.apply(TYPE, None, &plan, &first).await?;
    let created = settled(core, &created, &first).await?;
    let V::Text(id) = created.value.get("id").clone() else { return Err("there is no id".to_owned()) };

    emulator.edit(&id, &dice.edit().to_string());
    let repaired = reach(core, &created, &first).await?;

    // A project that is not known yet would be a replacement, and an object is never unknown as a whole.
    let second = dice.config();
    let mut veiled = complete(core, &dice.veil(&second));
    if let V::Object(attributes) = &mut veiled {
        attributes.insert("project_id".to_owned(), second.get("project_id").clone());
    }
    let second = complete(core, &second);
    let changed = match core.plan(TYPE, Some(&repaired), if veiled == V::Unknown { &second } else { &veiled }).await? {
        plan if plan.action == Action::Update => core.apply(TYPE, Some(&repaired), &plan, &second).await?,
        plan if plan.action == Action::Nothing => repaired,
        plan => return Err(format!("{:?} is no change in place", plan.action)),
    };
    // What an unknown value turned out to be may ask for more.
    let changed = reach(core, &changed, &second).await?;

    let imported = core.import(TYPE, &id).await?;
    let imported = match shuffled {
        // The order of a list that comes in another order each time can't be known from one answer: it is put right once.
        true => reach(core, &imported, &second).await,
        false => settled(core, &imported, &second).await,
    };
    imported.map_err(|reason| format!("after an import: {reason}"))?;
    // What is written down for an object asks for nothing but that object.
    let generated = core.generate(TYPE, &changed).await?;
    match core.plan(TYPE, Some(&changed), &generated).await?.action {
        Action::Nothing => {}
        other => return Err(format!("a generated configuration asks for {other:?}: {generated:?}")),
    }
    core.destroy(TYPE, &changed).await
}

async fn hold(switches: &str, offset: u64) {
    let emulator = emulator();
    emulator.switch(switches);
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    for seed in SEEDS.into_iter().chain((0..CASES).map(|case| offset * 1_000_003 + case)) {
        if let Err(reason) = case(&mut core, &emulator, switches.contains("shuffle"), seed).await {
            panic!("seed {seed}, answers {switches}: {reason}");
        }
    }
    assert!(emulator.servers().is_empty());
}

macro_rules! ways_to_answer {
    ($( $name:ident: $switches:literal, $offset:literal; )*) => {
        $(
            #[tokio::test]
            async fn $name() {
                hold($switches, $offset).await;
            }
        )*
    };
}

ways_to_answer! {
    zero_values_sent: r#"{}"#, 1;
    zero_values_omitted: r#"{"zeros":"omitted"}"#, 2;
    zero_values_null: r#"{"zeros":"null"}"#, 3;
    zero_values_sent_shuffled: r#"{"shuffle":true,"numbers_as_strings":true}"#, 4;
    zero_values_omitted_shuffled: r#"{"zeros":"omitted","shuffle":true,"login_page_spelling":"loginPageUrl"}"#, 5;
    zero_values_null_shuffled: r#"{"zeros":"null","shuffle":true,"registration_off_by_default":true,"unknown_is_null":true}"#, 6;
}
