// SPDX-License-Identifier: Apache-2.0

//! GetResourceIdentitySchemas and UpgradeResourceIdentity.

use super::super::shared::{Shared, respond};
use super::super::{decode, encode, schema, wire};
use super::resource;
use crate::engine::ManagedResource;

pub(in crate::protocol) async fn get_resource_identity_schemas(
    shared: &Shared,
    _: wire::get_resource_identity_schemas::Request,
) -> wire::get_resource_identity_schemas::Response {
    let named = |resource: &&ManagedResource| (resource.type_name.to_owned(), schema::identity(resource.table));
    wire::get_resource_identity_schemas::Response {
        identity_schemas: shared.catalogue().resources.iter().map(named).collect(),
        diagnostics: Vec::new(),
    }
}

pub(in crate::protocol) async fn upgrade_resource_identity(
    shared: &Shared,
    request: wire::upgrade_resource_identity::Request,
) -> wire::upgrade_resource_identity::Response {
    let upgraded = || {
        let resource = resource(shared, &request.type_name)?;
        let identity = decode::raw_identity(request.raw_identity.as_ref(), request.version, resource)?;
        let upgraded_identity = encode::identity(resource, Some(&identity))?;
        Ok(wire::upgrade_resource_identity::Response { upgraded_identity, diagnostics: Vec::new() })
    };
    respond(upgraded())
}
