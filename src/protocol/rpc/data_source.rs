// SPDX-License-Identifier: Apache-2.0

//! ValidateDataResourceConfig and ReadDataSource.

use super::super::shared::{Respond, Shared, not_offered};
use super::super::span::about_look_up;
use super::super::{decode, encode, wire};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::DataSource;
use crate::engine::lifecycle::read_data_source as read_it;
use crate::engine::steps::look_up::validate_reads;
use crate::value::Value;

pub(in crate::protocol) async fn validate_data_resource_config(
    shared: &Shared,
    request: wire::validate_data_resource_config::Request,
) -> wire::validate_data_resource_config::Response {
    let said = data_source(shared, &request.type_name).and_then(|source| {
        let config = decode::config(request.config.as_ref(), source.reads.table())?;
        Ok(validate_reads(&source.reads, &config))
    });
    Respond::with(said.unwrap_or_else(Diagnostics::from))
}

pub(in crate::protocol) async fn read_data_source(
    shared: &Shared,
    request: wire::read_data_source::Request,
) -> wire::read_data_source::Response {
    shared.respond(read(shared, request).await)
}

async fn read(
    shared: &Shared,
    request: wire::read_data_source::Request,
) -> Result<wire::read_data_source::Response, Diagnostics> {
    let source = data_source(shared, &request.type_name)?;
    let config = decode::config(request.config.as_ref(), source.reads.table())?;
    about_look_up(&source.reads, config.object());
    let (object, said) = read_it(source, &shared.session()?, &config).await?;
    object.iter().for_each(|object| about_look_up(&source.reads, object));
    let value = object.map_or(Value::Null, Value::Object);
    Ok(wire::read_data_source::Response {
        state: Some(encode::dynamic(&value, source.reads.table().ty())?),
        diagnostics: encode::diagnostics(&shared.told(said)),
        ..Default::default()
    })
}

fn data_source(shared: &Shared, type_name: &str) -> Result<&'static DataSource, Diagnostic> {
    let found = shared.catalogue().data_sources.iter().find(|source| source.type_name == type_name);
    found.copied().ok_or_else(|| not_offered("data source", type_name))
}
