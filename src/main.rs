// SPDX-License-Identifier: Apache-2.0

//! The provider process. Puts the layers together and serves them.

use std::process::ExitCode;
use std::sync::Arc;

use terraform_provider_descope::descope::log_summary;
use terraform_provider_descope::engine::SystemClock;
use terraform_provider_descope::plugin::{self, Calls, Program};
use terraform_provider_descope::protocol;
use terraform_provider_descope::provider::{Descope, Environment};

/// In the static build for Linux: musl's own takes twice the CPU.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

const PROGRAM: Program = Program {
    name: "terraform-provider-descope",
    version: env!("CARGO_PKG_VERSION"),
    addresses: &["registry.terraform.io/seed-02068dc7/descope", "registry.opentofu.org/seed-02068dc7/descope"],
    explanation: "This is a provider plugin for Terraform and OpenTofu. They start it themselves. To use it, name it \
                  in a configuration:

  terraform {
    required_providers {
      descope = {
        source = \"seed-02068dc7/descope\"
      }
    }
  }

and run `terraform plan` or `tofu plan`. To let them use this build of it, without a registry:

  terraform-provider-descope -cli-config > descope.tfrc
  export TF_CLI_CONFIG_FILE=\"$PWD/descope.tfrc\"

To debug the provider, start it with -debug and follow the instructions that it prints. The README shows how to try it without a
Descope account.",
};

fn main() -> ExitCode {
    let calls = Calls::default();
    // First, since what the environment holds is hidden from then on.
    let provider = Arc::new(Descope::new(Environment::of_process()));
    let ended = plugin::run(&PROGRAM, std::env::args_os().skip(1), &calls, || {
        protocol::routes(provider, Arc::new(SystemClock::default()), calls.stop.clone(), calls.writes.clone())
    });
    log_summary();
    ended
}
