// SPDX-License-Identifier: Apache-2.0

//! Logs in the format that hosts read: one JSON object per line on standard error, with hclog's
//! keys.
//!
//! A host panics if `@message` is not a string, and misreads a `@timestamp` that doesn't have
//! exactly six fraction digits. Both are written only here.

use std::fmt;
use std::io::Write;
use std::time::SystemTime;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::environment::HostEnvironment;
use crate::shown::shown;

/// The longest text of one field, in bytes. The host splits lines that are too long, and then they
/// are no longer JSON.
const LONGEST_VALUE: usize = 16 << 10;

/// Our crate. Its events are logged at the requested level. Other crates may log headers and
/// bodies, so only their warnings and errors are logged.
const OURS: &str = "terraform_provider_descope";

/// Starts logging. Panics are logged too.
pub(super) fn init(environment: &HostEnvironment) {
    std::panic::set_hook(Box::new(|panic| {
        // A formatted message may contain a secret. A literal one can't.
        let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, panic = message, "the provider panicked: this is a bug");
    }));
    let level = level(environment.log_level.as_deref());
    if level == LevelFilter::OFF {
        return;
    }
    // This only fails if logging was already started, and then there is nothing to do.
    let _ =
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Hclog.with_filter(filter(level))));
}

/// What is logged when the host asks for a level.
fn filter(level: LevelFilter) -> Targets {
    Targets::new().with_default(LevelFilter::WARN.min(level)).with_target(OURS, level)
}

/// The level of a `TF_LOG` variable.
fn level(name: Option<&str>) -> LevelFilter {
    match name.map(str::to_ascii_uppercase).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        // The CLIs treat JSON, and any value that they don't know, as TRACE.
        Some(_) => LevelFilter::TRACE,
    }
}

struct Hclog;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Hclog {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let line = line(event, &context, SystemTime::now());
        // A single write per line keeps the lines of several threads apart.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

fn line<S>(event: &Event<'_>, context: &Context<'_, S>, now: SystemTime) -> String
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut fields = Fields::default();
    event.record(&mut fields);
    let metadata = event.metadata();
    let mut entry = Map::new();
    let level = match *metadata.level() {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    entry.insert("@level".into(), level.into());
    entry.insert("@message".into(), fields.message.into());
    entry.insert("@timestamp".into(), humantime::format_rfc3339_micros(now).to_string().into());
    entry.insert("@module".into(), metadata.target().replace(OURS, "provider").replace("::", ".").into());
    // What the operation is about, and then what happened: an event's own fields win.
    for span in context.event_scope(event).into_iter().flatten() {
        if let Some(outer) = span.extensions().get::<Fields>() {
            for (name, value) in &outer.others {
                fields.others.entry(name.as_str()).or_insert_with(|| value.clone());
            }
        }
    }
    entry.extend(fields.others);
    format!("{}\n", Value::Object(entry))
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            ("message", other) => self.message = other.to_string(),
            (name, value) => drop(self.others.insert(name.to_owned(), value)),
        }
    }

    fn text(&mut self, field: &Field, text: &str) {
        let mut text = shown(text);
        if text.len() > LONGEST_VALUE {
            let cut = text.char_indices().map(|(index, _)| index).take_while(|index| *index <= LONGEST_VALUE).last();
            text.truncate(cut.unwrap_or(0));
            text.push('…');
        }
        match field.name() {
            "place" => self.place(&text),
            _ => self.put(field, text.into()),
        }
    }

    /// Where an object is, with each part under its own name, as the lines of requests have it: `project` and not
    /// `project_id`.
    fn place(&mut self, parts: &str) {
        for part in parts.split(' ') {
            let (name, value) = part.split_once('=').unwrap_or(("place", part));
            self.others.insert(name.trim_end_matches("_id").to_owned(), value.into());
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Kept(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Kept {
        fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            Hclog.on_new_span(attributes, id, context);
        }

        fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
            Hclog.on_record(id, values, context);
        }

        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            self.0.lock().unwrap().push(line(event, &context, SystemTime::UNIX_EPOCH));
        }
    }

    #[test]
    fn lines_say_what_they_are_about() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let subscriber = tracing_subscriber::registry().with(Kept(kept.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let outer =
                tracing::error_span!("rpc", tf_rpc = "ReadResource", id = tracing::field::Empty, path = "/outer");
            let _entered = outer.enter();
            outer.record("id", "MS1");
            tracing::error_span!("inner", attempt = 2).in_scope(|| tracing::warn!(path = "/own", "said"));
        });
        let entry: Value = serde_json::from_str(&kept.lock().unwrap()[0]).unwrap();
        assert_eq!(
            (&entry["tf_rpc"], &entry["id"], &entry["attempt"]),
            (&"ReadResource".into(), &"MS1".into(), &2.into())
        );
        assert_eq!((&entry["path"], &entry["@message"]), (&"/own".into(), &"said".into()));
    }

    #[test]
    fn lines_are_hclogs() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let subscriber = tracing_subscriber::registry().with(Kept(kept.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(status = 429, path = "/x", long = "é".repeat(LONGEST_VALUE), "slow \"down\"");
        });
        let lines = kept.lock().unwrap();
        let entry: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(entry["@message"], "slow \"down\"");
        assert_eq!(entry["@level"], "warn");
        assert_eq!(entry["@timestamp"], "1970-01-01T00:00:00.000000Z");
        assert_eq!(entry["@module"], "provider.plugin.log.tests");
        assert_eq!((&entry["status"], &entry["path"]), (&429.into(), &"/x".into()));
        assert!(lines[0].len() < 64 << 10 && lines[0].ends_with("}\n"));
    }

    #[test]
    fn no_line_holds_a_secret_or_steers_a_terminal() {
        crate::shown::keep_secret("a secret in a log", "Tw5hNz8kQc3vXj7r", &[]);
        let kept = Arc::new(Mutex::new(Vec::new()));
        let subscriber = tracing_subscriber::registry().with(Kept(kept.clone()));
        let odd = "Tw5hNz8kQc3vXj7r\u{7}";
        tracing::subscriber::with_default(subscriber, || {
            tracing::error_span!("rpc", name = odd)
                .in_scope(|| tracing::warn!(id = %odd, reason = format!("of {odd}"), "about {odd}"));
        });
        let entry: Value = serde_json::from_str(&kept.lock().unwrap()[0]).unwrap();
        const HIDDEN: &str = "(a secret in a log)\\u{7}";
        assert_eq!((&entry["name"], &entry["id"]), (&HIDDEN.into(), &HIDDEN.into()));
        assert_eq!(entry["reason"], format!("of {HIDDEN}"));
        assert_eq!(entry["@message"], format!("about {HIDDEN}"));
    }

    #[test]
    fn other_crates_log_only_warnings() {
        let debug = filter(LevelFilter::DEBUG);
        assert!(debug.would_enable("terraform_provider_descope::engine", &Level::DEBUG));
        assert!(!debug.would_enable("terraform_provider_descope::engine", &Level::TRACE));
        assert!(debug.would_enable("hyper_util::client", &Level::WARN));
        assert!(!debug.would_enable("hyper_util::client", &Level::INFO));
        let error = filter(LevelFilter::ERROR);
        assert!(error.would_enable("rustls", &Level::ERROR) && !error.would_enable("rustls", &Level::WARN));
    }

    #[test]
    fn levels_are_the_clis() {
        assert_eq!(level(None), LevelFilter::OFF);
        assert_eq!(level(Some("warn")), LevelFilter::WARN);
        assert_eq!(level(Some("info")), LevelFilter::INFO);
        assert_eq!(level(Some("Debug")), LevelFilter::DEBUG);
        assert_eq!(level(Some("JSON")), LevelFilter::TRACE);
    }
}
