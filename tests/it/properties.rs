// SPDX-License-Identifier: Apache-2.0

//! Generated configurations and prior states, held against core's rules by the small core: every
//! plan is legal, every result is what was planned, and after an apply there is nothing left to do,
//! however the API answers. The same configurations and edited prior states in each run;
//! `PROPERTY_CASES` asks for more. A failure is shrunk and printed as small as it still fails.

use std::cell::RefCell;
use std::path::Path;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value as Json;
use terraform_provider_descope::schema::{Attribute, Source};

use crate::support::core::{Action, Core, Stored, V};
use crate::support::emulator::Emulator;
use crate::support::generated::{Life, lives};
use crate::support::hcl::emulator;
use crate::support::plugin::Plugin;
use crate::support::samples::{TYPE, table, whole};
use crate::support::sent::created;

/// Cases for each way to answer, unless `PROPERTY_CASES` says how many.
const CASES: u32 = 85;

/// Refreshes, plans, applies if there is something to do, and expects that to be all.
async fn reach(core: &mut Core, stored: &Stored, config: &V) -> Result<Stored, String> {
    let read = core.read(TYPE, stored).await?.ok_or("the object is gone")?;
    let plan = core.plan(TYPE, Some(&read), config).await?;
    match plan.action {
        Action::Nothing => Ok(read),
        Action::Update => {
            let applied = core.apply(TYPE, Some(&read), &plan, config).await?;
            core.settled(TYPE, &applied, config).await
        }
        other => Err(format!("{other:?} is no change in place")),
    }
}

async fn live(core: &mut Core, emulator: &Emulator, shuffled: bool, life: &Life) -> Result<(), String> {
    let block = core.block(TYPE).clone();
    let (first, second) = (block.complete(&life.first), block.complete(&life.second));
    let plan = core.plan(TYPE, None, &block.complete(&life.first_in_plan())).await?;
    let created = core.apply(TYPE, None, &plan, &first).await?;
    let created = core.settled(TYPE, &created, &first).await?;
    let V::Text(id) = created.value.get("id").clone() else { return Err("there is no id".to_owned()) };

    emulator.edit(&id, &life.edit.to_string());
    let repaired = reach(core, &created, &first).await?;

    let changed = match core.plan(TYPE, Some(&repaired), &block.complete(&life.second_in_plan())).await? {
        plan if plan.action == Action::Update => core.apply(TYPE, Some(&repaired), &plan, &second).await?,
        plan if plan.action == Action::Nothing => repaired,
        plan => return Err(format!("{:?} is no change in place", plan.action)),
    };
    // What an unknown value turned out to be may ask for more.
    let changed = reach(core, &changed, &second).await?;

    let imported = core.import(TYPE, &id).await?;
    let is_local = |row: &&Attribute| row.source == Source::Local && *second.get(row.name) != V::Null;
    let imported = match shuffled || table().attributes.iter().any(|row| is_local(&row)) {
        // The order of a list that comes in another order each time can't be known from one answer,
        // and what only the provider knows from none: it is put right once.
        true => reach(core, &imported, &second).await,
        false => core.settled(TYPE, &imported, &second).await,
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

fn hold(switches: &str, seed: u8) {
    // A row that disagrees with the API's description is named as that, before it shows in an answer.
    created(&whole("x"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let emulator = emulator();
    emulator.switch(switches);
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (_plugin, core) = runtime.block_on(async {
        let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
        let core = Core::connect(plugin.channel().await).await.unwrap();
        (plugin, RefCell::new(core))
    });
    let cases = std::env::var("PROPERTY_CASES").map_or(CASES, |text| text.parse().expect("a number"));
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 1000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]));
    let shuffled = serde_json::from_str::<Json>(switches).unwrap()["shuffle"] == true;
    let lived = runner.run(&lives(), |life| {
        let mut core = core.borrow_mut();
        runtime.block_on(live(&mut core, &emulator, shuffled, &life)).map_err(TestCaseError::fail)
    });
    if let Err(failure) = lived {
        panic!("answers {switches}: {failure}");
    }
    assert!(emulator.servers().is_empty());
}

macro_rules! ways_to_answer {
    ($( $name:ident: $switches:literal, $seed:literal; )*) => {
        $(
            #[test]
            fn $name() {
                hold($switches, $seed);
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
    zero_values_null_shuffled: r#"{"zeros":"null","shuffle":true,"registration_off_by_default":true,
        "unknown_is_null":true}"#, 6;
}
