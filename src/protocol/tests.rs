// SPDX-License-Identifier: Apache-2.0

//! The RPCs over the made-up provider of `library`: the layer knows nothing of Descope, and private
//! data, identities and messages travel as the protocol wants. Byte-level cases are in the codecs.

use std::sync::{Arc, Mutex};

use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;

use super::rpc::{
    action, data_source, ephemeral, identity, list, provider, resource_change, resource_config, resource_state,
};
use super::shared::Shared;
use super::{decode, wire};
use crate::engine::memory::Memory;
use crate::engine::steps::validate::validate;
use crate::library::{BOOK, BRANCH, Library, Store, TestClock};
use crate::schema::Table;
use crate::shown::keep_secret;
use crate::value::{Object, Value};

const BOOK_TYPE: &str = "library_book";

/// A configured library.
struct Rpc {
    shared: Arc<Shared>,
    store: Arc<Mutex<Store>>,
}

impl Rpc {
    async fn new() -> Self {
        let clock = Arc::new(TestClock::default());
        let store = Arc::new(Mutex::new(Store::new(clock.clone())));
        let library = Arc::new(Library { store: store.clone() });
        let shared = Arc::new(Shared::new(library, clock, CancellationToken::new(), Default::default()));
        let request = wire::configure_provider::Request { config: json(r#"{"city":"Ulm"}"#), ..Default::default() };
        assert!(provider::configure_provider(&shared, request).await.diagnostics.is_empty());
        Self { shared, store }
    }

    /// Plans and applies a configuration of a book.
    async fn applied(
        &self,
        prior: Option<wire::DynamicValue>,
        private: &[u8],
        config: &str,
    ) -> wire::apply_resource_change::Response {
        let plan = wire::plan_resource_change::Request {
            type_name: BOOK_TYPE.to_owned(),
            prior_state: prior.clone(),
            proposed_new_state: json(config),
            config: json(config),
            prior_private: private.to_vec().into(),
            ..Default::default()
        };
        let planned = resource_change::plan_resource_change(&self.shared, plan).await;
        assert!(planned.diagnostics.is_empty(), "{planned:?}");
        let apply = wire::apply_resource_change::Request {
            type_name: BOOK_TYPE.to_owned(),
            prior_state: prior,
            planned_state: planned.planned_state,
            config: json(config),
            planned_private: planned.planned_private,
            ..Default::default()
        };
        resource_change::apply_resource_change(&self.shared, apply).await
    }
}

fn json(text: &str) -> Option<wire::DynamicValue> {
    Some(wire::DynamicValue { json: text.as_bytes().to_vec().into(), msgpack: Default::default() })
}

fn object(value: Option<&wire::DynamicValue>, table: &Table) -> Object {
    match decode::dynamic(value, table.ty()) {
        Ok(Value::Object(object)) => object,
        other => panic!("not an object: {other:?}"),
    }
}

fn summaries(diagnostics: &[wire::Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|message| message.summary.as_str()).collect()
}

const EMMA: &str = r#"{"branch_id":"B1","title":"Emma","donor":"Ann","code_version":1}"#;

#[tokio::test]
async fn everything_in_the_catalogue_is_offered() {
    let rpc = Rpc::new().await;
    let metadata = provider::get_metadata(&rpc.shared, Default::default()).await;
    let resources: Vec<&str> = metadata.resources.iter().map(|entry| entry.type_name.as_str()).collect();
    assert_eq!(resources, ["library_branch", "library_book"]);
    assert_eq!(metadata.data_sources.len() + metadata.ephemeral_resources.len() + metadata.actions.len(), 4);
    let schema = provider::get_provider_schema(&rpc.shared, Default::default()).await;
    let mut data_sources: Vec<&String> = schema.data_source_schemas.keys().collect();
    data_sources.sort();
    assert_eq!(data_sources, ["library_branch", "library_opening_hours"]);
    assert_eq!(schema.resource_schemas[BOOK_TYPE].version, 1);
    let book = schema.resource_schemas[BOOK_TYPE].block.as_ref().unwrap();
    let row = |name: &str| book.attributes.iter().find(|row| row.name == name).unwrap();
    assert!(row("access_code").sensitive && row("access_code").computed && row("donor").write_only);
    assert!(row("deletion_protection").description.ends_with("Default: `false`."));
    assert!(row("timeouts").nested_type.is_some() && row("timeouts").optional && !row("timeouts").computed);
    let identities = identity::get_resource_identity_schemas(&rpc.shared, Default::default()).await;
    let parts: Vec<(&str, bool)> = identities.identity_schemas[BOOK_TYPE]
        .identity_attributes
        .iter()
        .map(|part| (part.name.as_str(), part.required_for_import))
        .collect();
    assert_eq!(parts, [("city", false), ("branch_id", true), ("id", true)]);
}

#[tokio::test]
async fn an_object_lives_with_its_private_data_and_identity() {
    let rpc = Rpc::new().await;
    let created = rpc.applied(None, b"", EMMA).await;
    assert!(created.diagnostics.is_empty() && created.new_identity.is_some(), "{created:?}");
    let book = object(created.new_state.as_ref(), BOOK.table);
    assert_eq!((&book["id"], &book["access_code"], &book["donor"]), (&"1".into(), &"code-1".into(), &Value::Null));
    assert!(String::from_utf8_lossy(&created.private).contains("donor"));

    let read = wire::read_resource::Request {
        type_name: BOOK_TYPE.to_owned(),
        current_state: created.new_state.clone(),
        private: created.private.clone(),
        ..Default::default()
    };
    let read = resource_state::read_resource(&rpc.shared, read).await;
    assert_eq!((read.diagnostics.len(), &read.private), (0, &created.private));
    assert_eq!(object(read.new_state.as_ref(), BOOK.table), book);

    let rotated = rpc.applied(read.new_state, &read.private, &EMMA.replace(":1}", ":2}")).await;
    assert_eq!(object(rotated.new_state.as_ref(), BOOK.table)["access_code"], "code-2".into());

    // The CLI hands the private data of an object that is gone to the plan of the next one.
    let later = Rpc::new().await;
    let read = wire::read_resource::Request {
        type_name: BOOK_TYPE.to_owned(),
        current_state: rotated.new_state,
        private: br#"{"adopted":"1"}"#.to_vec().into(),
        ..Default::default()
    };
    let read = resource_state::read_resource(&later.shared, read).await;
    assert_eq!(summaries(&read.diagnostics), ["The object is gone (1)"], "another one's is not folded into it");
    assert_eq!(Memory::read(&read.private), Memory::default());
}

#[tokio::test]
async fn a_destruction_is_judged_when_it_is_planned_and_when_it_is_applied() {
    let rpc = Rpc::new().await;
    let protected = EMMA.replace(":1}", r#":1,"deletion_protection":true}"#);
    let created = rpc.applied(None, b"", &protected).await;
    let plan = wire::plan_resource_change::Request {
        type_name: BOOK_TYPE.to_owned(),
        prior_state: created.new_state.clone(),
        prior_private: created.private.clone(),
        ..Default::default()
    };
    let planned = resource_change::plan_resource_change(&rpc.shared, plan).await;
    assert_eq!(summaries(&planned.diagnostics), ["The book is protected"]);
    assert_eq!(planned.planned_private, created.private);
    let apply = wire::apply_resource_change::Request {
        type_name: BOOK_TYPE.to_owned(),
        prior_state: created.new_state.clone(),
        planned_private: created.private,
        ..Default::default()
    };
    let applied = resource_change::apply_resource_change(&rpc.shared, apply).await;
    assert_eq!(summaries(&applied.diagnostics), ["The book is protected"]);
    assert_eq!(object(applied.new_state.as_ref(), BOOK.table)["id"], "1".into(), "the state is kept");
    assert!(rpc.store.lock().unwrap().objects.contains_key("1"));
}

#[tokio::test]
async fn a_failed_call_keeps_the_state_that_the_cli_has() {
    let rpc = Rpc::new().await;
    let broken = Some(wire::DynamicValue { msgpack: b"\xc1".to_vec().into(), json: Default::default() });
    let apply = wire::apply_resource_change::Request {
        type_name: BOOK_TYPE.to_owned(),
        prior_state: broken.clone(),
        ..Default::default()
    };
    let applied = resource_change::apply_resource_change(&rpc.shared, apply).await;
    assert!(applied.new_state.is_none() && applied.diagnostics.len() == 1);
    let plan = wire::plan_resource_change::Request {
        type_name: BOOK_TYPE.to_owned(),
        prior_state: broken,
        prior_private: b"kept".to_vec().into(),
        ..Default::default()
    };
    let planned = resource_change::plan_resource_change(&rpc.shared, plan).await;
    assert_eq!((planned.diagnostics.len(), planned.planned_private.as_ref()), (1, &b"kept"[..]));
}

#[tokio::test]
async fn an_ephemeral_resource_gets_its_private_data_back() {
    let rpc = Rpc::new().await;
    let type_name = || "library_visitor_pass".to_owned();
    let open = wire::open_ephemeral_resource::Request {
        type_name: type_name(),
        config: json(r#"{"branch_id":"B1"}"#),
        ..Default::default()
    };
    let opened = ephemeral::open_ephemeral_resource(&rpc.shared, open).await;
    assert!(opened.diagnostics.is_empty() && opened.renew_at.is_some(), "{opened:?}");
    let renew = wire::renew_ephemeral_resource::Request { type_name: type_name(), private: opened.private };
    let renewed = ephemeral::renew_ephemeral_resource(&rpc.shared, renew).await;
    let close = wire::close_ephemeral_resource::Request { type_name: type_name(), private: renewed.private };
    assert!(ephemeral::close_ephemeral_resource(&rpc.shared, close).await.diagnostics.is_empty());
    assert_eq!(rpc.store.lock().unwrap().taken_calls(), ["open ", "renew P-1", "close P-1"]);
}

#[tokio::test]
async fn streams_carry_what_was_found_and_how_far_the_work_is() {
    let rpc = Rpc::new().await;
    rpc.store.lock().unwrap().plant("7", r#"{"id":"7","branch":"B1","title":"Emma","author":"Austen"}"#);
    rpc.store.lock().unwrap().plant("8", r#"{"id":"8","branch":"B1","title":"Ulysses","author":"Joyce"}"#);
    let request = wire::list_resource::Request {
        type_name: BOOK_TYPE.to_owned(),
        config: json(r#"{"branch_id":"B1","author":"Joyce"}"#),
        include_resource_object: true,
        limit: 0,
    };
    let events: Vec<_> = list::list_resource(rpc.shared.clone(), request).map(Result::unwrap).collect().await;
    let [ulysses] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((ulysses.display_name.as_str(), ulysses.identity.is_some()), ("Ulysses", true));
    assert_eq!(object(ulysses.resource_object.as_ref(), BOOK.table)["author"], "Joyce".into());

    let request = wire::invoke_action::Request {
        action_type: "library_ring_bell".to_owned(),
        config: json(r#"{"branch_id":"B1","times":2}"#),
        ..Default::default()
    };
    let events: Vec<_> = action::invoke_action(rpc.shared.clone(), request).map(Result::unwrap).collect().await;
    use wire::invoke_action::event::Type;
    let types: Vec<Option<Type>> = events.into_iter().map(|event| event.r#type).collect();
    let [Some(Type::Progress(_)), Some(Type::Progress(_)), Some(Type::Completed(done))] = types.as_slice() else {
        panic!("{types:?}")
    };
    assert!(done.diagnostics.is_empty());
}

#[tokio::test]
async fn what_streams_show_holds_no_secret_and_steers_no_terminal() {
    const HIDDEN: &str = "(a secret in a stream)\\u{7}";
    keep_secret("a secret in a stream", "Sv4jMx9tQb6wZk2p", &[]);
    let rpc = Rpc::new().await;
    let planted = r#"{"id":"7","branch":"B1","title":"Sv4jMx9tQb6wZk2p\u0007"}"#;
    rpc.store.lock().unwrap().plant("7", planted);
    let (type_name, config) = (BOOK_TYPE.to_owned(), json(r#"{"branch_id":"B1"}"#));
    let request = wire::list_resource::Request { type_name, config, ..Default::default() };
    let events: Vec<_> = list::list_resource(rpc.shared.clone(), request).map(Result::unwrap).collect().await;
    assert_eq!(events[0].display_name, HIDDEN);

    let (action_type, config) =
        ("library_ring_bell".to_owned(), json(r#"{"branch_id":"Sv4jMx9tQb6wZk2p\u0007","times":1}"#));
    let request = wire::invoke_action::Request { action_type, config, ..Default::default() };
    let events: Vec<_> = action::invoke_action(rpc.shared.clone(), request).map(Result::unwrap).collect().await;
    let Some(wire::invoke_action::event::Type::Progress(progress)) = &events[0].r#type else { panic!("{events:?}") };
    assert_eq!(progress.message, format!("Ding in {HIDDEN}"));
}

#[tokio::test]
async fn every_operation_tells_what_happened_on_the_way_whether_it_succeeds_or_fails() {
    let rpc = Rpc::new().await;
    rpc.store.lock().unwrap().plant("7", r#"{"id":"7","branch":"B1","title":"Emma"}"#);
    let shared = &rpc.shared;
    let state = || json(r#"{"city":"Ulm","branch_id":"B1","id":"7","title":"Emma"}"#);
    // Sets the aside, calls, and looks for it in the answer.
    macro_rules! tells {
        ($rpc:path, $request:expr) => {{
            rpc.store.lock().unwrap().aside = true;
            let answer = $rpc(shared, $request).await;
            assert!(summaries(&answer.diagnostics).contains(&"A long wait"), "{}: {answer:?}", stringify!($rpc));
            answer
        }};
    }
    for known in [true, false] {
        let name = |name: &str| if known { name.to_owned() } else { "nonsense".to_owned() };
        let import = wire::import_resource_state::Request {
            type_name: name(BOOK_TYPE),
            id: "B1/7".to_owned(),
            ..Default::default()
        };
        tells!(resource_state::import_resource_state, import);
        let read =
            wire::read_resource::Request { type_name: name(BOOK_TYPE), current_state: state(), ..Default::default() };
        tells!(resource_state::read_resource, read);
        let plan = |proposed| wire::plan_resource_change::Request {
            type_name: name(BOOK_TYPE),
            prior_state: state(),
            proposed_new_state: proposed,
            config: json(EMMA),
            ..Default::default()
        };
        tells!(resource_change::plan_resource_change, plan(json(EMMA)));
        let destroyed = tells!(resource_change::plan_resource_change, plan(json("null")));
        let apply = wire::apply_resource_change::Request {
            type_name: name(BOOK_TYPE),
            prior_state: state(),
            planned_state: destroyed.planned_state,
            ..Default::default()
        };
        tells!(resource_change::apply_resource_change, apply);
        let source = wire::read_data_source::Request {
            type_name: name("library_opening_hours"),
            config: json(r#"{"branch_id":"B1","day":"Monday"}"#),
            ..Default::default()
        };
        tells!(data_source::read_data_source, source);
        let (pass, config) = (name("library_visitor_pass"), json(r#"{"branch_id":"B1"}"#));
        let open = wire::open_ephemeral_resource::Request { type_name: pass.clone(), config, ..Default::default() };
        let private = tells!(ephemeral::open_ephemeral_resource, open).private;
        let renew = wire::renew_ephemeral_resource::Request { type_name: pass.clone(), private };
        let private = tells!(ephemeral::renew_ephemeral_resource, renew).private;
        let close = wire::close_ephemeral_resource::Request { type_name: pass, private };
        tells!(ephemeral::close_ephemeral_resource, close);

        rpc.store.lock().unwrap().aside = true;
        let list = wire::list_resource::Request {
            type_name: name(BOOK_TYPE),
            config: json(r#"{"branch_id":"B1"}"#),
            ..Default::default()
        };
        let events: Vec<_> = list::list_resource(shared.clone(), list).map(Result::unwrap).collect().await;
        assert!(summaries(&events.last().unwrap().diagnostic).contains(&"A long wait"), "{events:?}");
        rpc.store.lock().unwrap().aside = true;
        let invoke = wire::invoke_action::Request {
            action_type: name("library_ring_bell"),
            config: json(r#"{"branch_id":"B1","times":1}"#),
            ..Default::default()
        };
        let events: Vec<_> = action::invoke_action(shared.clone(), invoke).map(Result::unwrap).collect().await;
        let Some(wire::invoke_action::event::Type::Completed(done)) = &events.last().unwrap().r#type else {
            panic!("{events:?}")
        };
        assert!(summaries(&done.diagnostics).contains(&"A long wait"), "{done:?}");
    }
}

#[tokio::test]
async fn configurations_of_every_kind_of_entry_are_judged() {
    let rpc = Rpc::new().await;
    let resource = wire::validate_resource_config::Request {
        type_name: BOOK_TYPE.to_owned(),
        config: json(EMMA),
        ..Default::default()
    };
    let judged = resource_config::validate_resource_config(&rpc.shared, resource).await;
    assert_eq!(summaries(&judged.diagnostics), ["Write-only attribute"], "this CLI does not know them");
    let request = |type_name: &str, config| wire::validate_data_resource_config::Request {
        type_name: type_name.to_owned(),
        config: json(config),
    };
    for (type_name, config, said) in [
        ("library_opening_hours", r#"{"branch_id":"B1"}"#, &[][..]),
        ("library_opening_hours", r#"{"branch_id":"B1","hours":"x"}"#, &["Read-only attribute"]),
        ("library_branch", "{}", &["Missing value"]),
        ("library_map", "{}", &["Not in this version of the provider"]),
    ] {
        let judged = data_source::validate_data_resource_config(&rpc.shared, request(type_name, config)).await;
        assert_eq!(summaries(&judged.diagnostics), said, "{type_name} {config}");
    }
}

#[tokio::test]
async fn states_of_older_versions_and_of_other_providers_are_read() {
    let rpc = Rpc::new().await;
    let raw = |text: &str| Some(wire::RawState { json: text.as_bytes().to_vec().into(), flatmap: Default::default() });
    let stored = r#"{"id":"7","branch_id":"B1","city":"Ulm","name":"Emma"}"#;
    let request =
        wire::upgrade_resource_state::Request { type_name: BOOK_TYPE.to_owned(), version: 0, raw_state: raw(stored) };
    let upgraded = resource_state::upgrade_resource_state(&rpc.shared, request).await;
    assert_eq!(object(upgraded.upgraded_state.as_ref(), BOOK.table)["title"], "Emma".into());
    let request = wire::move_resource_state::Request {
        source_provider_address: "registry.example/fork/library".to_owned(),
        source_type_name: BOOK_TYPE.to_owned(),
        source_state: raw(stored),
        source_private: b"kept".to_vec().into(),
        target_type_name: BOOK_TYPE.to_owned(),
        ..Default::default()
    };
    let moved = resource_state::move_resource_state(&rpc.shared, request).await;
    assert!(moved.target_identity.is_some() && moved.target_private.as_ref() == b"kept", "{moved:?}");
}

#[tokio::test]
async fn generated_configuration_leaves_out_what_the_provider_gives() {
    let rpc = Rpc::new().await;
    let state = r#"{"id":"B1","city":"Ulm","name":"Main","page_url":"x","motto":""}"#;
    let request =
        wire::generate_resource_config::Request { type_name: "library_branch".to_owned(), state: json(state) };
    let generated = resource_config::generate_resource_config(&rpc.shared, request).await;
    let config = object(generated.config.as_ref(), BRANCH.table);
    let set: Vec<&str> = config.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect();
    assert_eq!(set, ["motto", "name"], "an empty motto is governed; the city is the provider's");
}

/// What a list of so many empty elements needs to be decoded and judged: how many allocations, and how many
/// bytes of them.
fn needed(name: &str, element: u8, length: u32) -> (u64, u64) {
    let head = [&[0x81, 0xa0 | u8::try_from(name.len()).unwrap()][..], name.as_bytes(), &[0xdd], &length.to_be_bytes()];
    let elements = vec![element; usize::try_from(length).unwrap()];
    let msgpack = [head.concat(), elements].concat();
    let value = wire::DynamicValue { msgpack: msgpack.into(), json: Default::default() };
    let used = allocation_counter::measure(|| {
        let config = decode::config(Some(&value), BRANCH.table).unwrap();
        assert!(validate(BRANCH.table, &[], &config).iter().count() < 30);
    });
    (used.count_total, used.bytes_total)
}

#[test]
fn a_message_of_empty_elements_is_judged_in_proportion_to_its_length() {
    // How many allocations an element may take, messages that are not shown not among them.
    for (name, element, most) in [("shelves", 0x80, 20), ("shelves", 0xc0, 4), ("genres", 0xa0, 1), ("genres", 0xc0, 1)]
    {
        let (few, many) = (needed(name, element, 10_000), needed(name, element, 40_000));
        assert!(many.0 / 40_000 < most, "{name}, {element:x}: {} allocations for an element", many.0 / 40_000);
        for (few, many) in [(few.0, many.0), (few.1, many.1)] {
            assert!(many < 5 * few, "{name}, {element:x}: {few} for ten thousand, {many} for forty thousand");
        }
    }
}
