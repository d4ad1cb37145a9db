// SPDX-License-Identifier: Apache-2.0

//! The RPCs of ephemeral resources: validate, open, renew, close.

use super::super::shared::{Respond, Shared, not_offered};
use super::super::span::about_look_up;
use super::super::{decode, encode, wire};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::EphemeralResource;
use crate::engine::lifecycle::ephemeral;
use crate::engine::steps::look_up::validate_reads;
use crate::value::Value;

pub(in crate::protocol) async fn validate_ephemeral_resource_config(
    shared: &Shared,
    request: wire::validate_ephemeral_resource_config::Request,
) -> wire::validate_ephemeral_resource_config::Response {
    let said = ephemeral_resource(shared, &request.type_name).and_then(|resource| {
        let config = decode::config(request.config.as_ref(), resource.reads.table())?;
        Ok(validate_reads(&resource.reads, &config))
    });
    Respond::with(said.unwrap_or_else(Diagnostics::from))
}

pub(in crate::protocol) async fn open_ephemeral_resource(
    shared: &Shared,
    request: wire::open_ephemeral_resource::Request,
) -> wire::open_ephemeral_resource::Response {
    shared.respond(open(shared, request).await)
}

async fn open(
    shared: &Shared,
    request: wire::open_ephemeral_resource::Request,
) -> Result<wire::open_ephemeral_resource::Response, Diagnostics> {
    let resource = ephemeral_resource(shared, &request.type_name)?;
    let config = decode::config(request.config.as_ref(), resource.reads.table())?;
    about_look_up(&resource.reads, config.object());
    let (opened, said) = ephemeral::open(resource, &shared.session()?, &config).await?;
    opened.iter().for_each(|opened| about_look_up(&resource.reads, &opened.object));
    let ty = resource.reads.table().ty();
    let result = match opened.as_ref() {
        Some(opened) => encode::dynamic(&Value::Object(opened.object.clone()), ty)?,
        None => encode::dynamic(&Value::Null, ty)?,
    };
    let (renew_at, private) = opened.map(|opened| (opened.renew_at, opened.private)).unwrap_or_default();
    Ok(wire::open_ephemeral_resource::Response {
        result: Some(result),
        diagnostics: encode::diagnostics(&shared.told(said)),
        renew_at: renew_at.map(Into::into),
        private: Some(private).filter(|private| !private.is_empty()).map(Into::into),
        ..Default::default()
    })
}

pub(in crate::protocol) async fn renew_ephemeral_resource(
    shared: &Shared,
    request: wire::renew_ephemeral_resource::Request,
) -> wire::renew_ephemeral_resource::Response {
    shared.respond(renew(shared, request).await)
}

async fn renew(
    shared: &Shared,
    request: wire::renew_ephemeral_resource::Request,
) -> Result<wire::renew_ephemeral_resource::Response, Diagnostics> {
    let resource = ephemeral_resource(shared, &request.type_name)?;
    let private = request.private.map(|private| private.to_vec()).unwrap_or_default();
    let renewed = ephemeral::renew(resource, &shared.session()?, private).await?;
    Ok(wire::renew_ephemeral_resource::Response {
        renew_at: renewed.renew_at.map(Into::into),
        private: Some(renewed.private).filter(|private| !private.is_empty()).map(Into::into),
        diagnostics: encode::diagnostics(&shared.told(Diagnostics::none())),
    })
}

pub(in crate::protocol) async fn close_ephemeral_resource(
    shared: &Shared,
    request: wire::close_ephemeral_resource::Request,
) -> wire::close_ephemeral_resource::Response {
    Respond::with(shared.told(close(shared, request).await.err().unwrap_or_default()))
}

async fn close(shared: &Shared, request: wire::close_ephemeral_resource::Request) -> Result<(), Diagnostics> {
    let resource = ephemeral_resource(shared, &request.type_name)?;
    let private = request.private.map(|private| private.to_vec()).unwrap_or_default();
    ephemeral::close(resource, &shared.session()?, private).await
}

fn ephemeral_resource(shared: &Shared, type_name: &str) -> Result<&'static EphemeralResource, Diagnostic> {
    let found = shared.catalogue().ephemeral_resources.iter().find(|resource| resource.type_name == type_name);
    found.copied().ok_or_else(|| not_offered("ephemeral resource", type_name))
}
