// SPDX-License-Identifier: Apache-2.0

//! How many requests each operation makes, and a refresh and a deletion of many servers, by a client of its
//! own. Each operation is done by a fresh process, which has no answers that it could share.

use serde_json::json;
use tokio_stream::StreamExt;

use crate::common::Told;
use crate::common::report::Report;
use crate::driver::{Driver, Servers, TYPE, aged};
use crate::support::core::V;
use crate::support::emulator::Emulator;
use crate::support::wire::tfplugin6 as tf;

const NAME: &str = "server 0";

/// Counts everything.
pub async fn count(report: &mut Report) -> Told {
    let mut rows = Vec::new();
    for (what, requests) in operations().await? {
        report.figure(what, f64::from(u32::try_from(requests.len())?));
        rows.push([what.to_owned(), requests.len().to_string(), requests.join(", ")]);
    }
    report.table("Requests of one operation", ["", "requests", "which"], &rows)?;
    let mut rows = Vec::new();
    let servers = Servers::new(&config("")).await?;
    for (what, planted, read, gone) in [
        ("1 server among 3,500", 0..3500, 3499..3500, 0),
        ("500 unchanged servers", 0..0, 0..500, 0),
        ("2,000 servers, 100 of them gone", 0..0, 1600..3600, 100),
    ] {
        servers.plant(planted);
        servers.emulator.forget_requests();
        let driver = Driver::start(&servers.emulator).await?;
        let (missing, _) = servers.read(&driver, read).await?;
        if missing != gone {
            return Err(format!("{what}: {missing} servers are gone").into());
        }
        let requests = asked(&servers.emulator);
        let lists = requests.iter().filter(|request| *request == "all").count();
        report.figure(format!("refresh of {what}: requests"), f64::from(u32::try_from(requests.len())?));
        report.figure(format!("refresh of {what}: lists"), f64::from(u32::try_from(lists)?));
        rows.push([
            what.to_owned(),
            (requests.len() - lists).to_string(),
            lists.to_string(),
            requests.len().to_string(),
        ]);
    }
    report.table("Requests of a refresh", ["", "loads", "lists", "all requests"], &rows)?;
    deletions(&servers, report).await
}

/// What many deletions ask for. The lists must not become more with the deletions.
async fn deletions(servers: &Servers, report: &mut Report) -> Told {
    let mut rows = Vec::new();
    for count in [30, 60, 300] {
        servers.emulator.control("POST", "reset", "");
        servers.plant(0..count);
        let driver = Driver::start(&servers.emulator).await?;
        servers.destroy(&driver, 0..count).await?;
        let requests = asked(&servers.emulator);
        let left = servers.emulator.servers().len();
        if left > 0 {
            return Err(format!("{left} of {count} servers are left").into());
        }
        let counted = |end: &str| requests.iter().filter(|request| *request == end).count();
        let what = format!("deletion of {count} servers");
        report.figure(format!("{what}: requests"), f64::from(u32::try_from(requests.len())?));
        report.figure(format!("{what}: lists"), f64::from(u32::try_from(counted("all"))?));
        let of = |end: &str| counted(end).to_string();
        rows.push([count.to_string(), of("delete"), of("load"), of("all"), requests.len().to_string()]);
    }
    report.table("Requests of deletions", ["servers", "deletions", "loads", "lists", "all requests"], &rows)
}

fn config(description: &str) -> V {
    V::object([("name", V::text(NAME)), ("description", V::text(description))])
}

/// What was asked of the API since this was asked last, by the ends of the paths.
fn asked(emulator: &Emulator) -> Vec<String> {
    let end = |request: serde_json::Value| {
        let path = request.get("path").and_then(serde_json::Value::as_str).unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let asked = emulator.requests("").into_iter().map(end).collect();
    emulator.forget_requests();
    asked
}

/// The requests of each operation, in the order of a server's life.
async fn operations() -> Told<Vec<(&'static str, Vec<String>)>> {
    let emulator = Emulator::start(crate::common::emulator());
    let mut all = Vec::new();
    let mut stored = {
        let mut driver = Driver::start(&emulator).await?;
        let config = driver.core.block(TYPE).complete(&config(""));
        let stored = driver.apply(None, &config).await?;
        all.push(("create", asked(&emulator)));
        stored
    };
    {
        let mut driver = Driver::start(&emulator).await?;
        driver.core.read(TYPE, &stored).await?.ok_or("the server is gone")?;
        all.push(("refresh", asked(&emulator)));
    }
    {
        let mut driver = Driver::start(&emulator).await?;
        let changed = driver.core.block(TYPE).complete(&config("Something else"));
        let planned = driver.core.plan(TYPE, Some(&stored), &changed).await?;
        all.push(("plan of a change", asked(&emulator)));
        stored = driver.core.apply(TYPE, Some(&stored), &planned, &changed).await?;
        all.push(("update", asked(&emulator)));
    }
    let id = emulator.only_server();
    for (what, import_id) in [("import by id", id.clone()), ("import by name", format!("name:{NAME}"))] {
        let mut driver = Driver::start(&emulator).await?;
        driver.core.import(TYPE, &import_id).await?;
        all.push((what, asked(&emulator)));
    }
    look_ups(&emulator, &id, &mut all).await?;
    {
        let mut driver = Driver::start(&emulator).await?;
        stored.private = aged(&stored.private)?;
        driver.core.destroy(TYPE, &stored).await?;
        all.push(("delete", asked(&emulator)));
    }
    for what in ["refresh of a server that is gone from an empty project", "refresh of a server that is gone"] {
        let mut driver = Driver::start(&emulator).await?;
        // The core of the tests insists that private data stays, which is not so for one that is gone.
        if driver.core.read(TYPE, &stored).await.is_ok_and(|read| read.is_some()) {
            return Err("a deleted server was read".into());
        }
        all.push((what, asked(&emulator)));
        emulator.plant("MSother", r#"{"id":"MSother","name":"Other"}"#);
    }
    Ok(all)
}

/// Data source, ephemeral resource and listing.
async fn look_ups(emulator: &Emulator, id: &str, all: &mut Vec<(&'static str, Vec<String>)>) -> Told {
    let config = |by: serde_json::Value| Some(tf::DynamicValue { json: by.to_string().into(), msgpack: Vec::new() });
    let type_name = TYPE.to_owned();
    for (what, by) in [("data source by id", json!({ "id": id })), ("data source by name", json!({ "name": NAME }))] {
        let driver = Driver::start(emulator).await?;
        let request =
            tf::read_data_source::Request { type_name: type_name.clone(), config: config(by), ..Default::default() };
        quiet(&driver.client().read_data_source(request).await?.into_inner().diagnostics)?;
        all.push((what, asked(emulator)));
    }
    for (what, by) in
        [("ephemeral resource by id", json!({ "id": id })), ("ephemeral resource by name", json!({ "name": NAME }))]
    {
        let driver = Driver::start(emulator).await?;
        let request = tf::open_ephemeral_resource::Request {
            type_name: type_name.clone(),
            config: config(by),
            ..Default::default()
        };
        quiet(&driver.client().open_ephemeral_resource(request).await?.into_inner().diagnostics)?;
        all.push((what, asked(emulator)));
    }
    let driver = Driver::start(emulator).await?;
    let request =
        tf::list_resource::Request { type_name, config: config(json!({})), include_resource_object: true, limit: 100 };
    let mut found = driver.client().list_resource(request).await?.into_inner();
    while let Some(event) = found.next().await {
        quiet(&event?.diagnostic)?;
    }
    all.push(("list", asked(emulator)));
    Ok(())
}

fn quiet(messages: &[tf::Diagnostic]) -> Told {
    match messages.first() {
        Some(message) => Err(format!("{}: {}", message.summary, message.detail).into()),
        None => Ok(()),
    }
}
