//! The provider process: puts the layers together and serves.

use std::process::ExitCode;
use std::sync::Arc;

use terraform_provider_descope::engine::SystemClock;
use terraform_provider_descope::plugin::{self, Identity};
use terraform_provider_descope::protocol;
use terraform_provider_descope::provider::{Descope, Environment};
use tokio_util::sync::CancellationToken;

const IDENTITY: Identity = Identity {
    name: "terraform-provider-descope",
    version: env!("CARGO_PKG_VERSION"),
    addresses: &["registry.terraform.io/seed-02068dc7/descope", "registry.opentofu.org/seed-02068dc7/descope"],
    explanation: "This is a provider plugin for Terraform and OpenTofu. It is started by them, not by hand. Name it in a configuration:

  terraform {
    required_providers {
      descope = {
        source = \"seed-02068dc7/descope\"
      }
    }
  }

and run `terraform plan` or `tofu plan`. To debug the provider, start it with -debug and follow what it prints.
Its README shows how to try it out without an account.",
};

fn main() -> ExitCode {
    let stop = CancellationToken::new();
    plugin::run(&IDENTITY, stop.clone(), || {
        let provider = Arc::new(Descope::new(Environment::of_process()));
        protocol::routes(provider, Arc::new(SystemClock::default()), stop)
    })
}
