// SPDX-License-Identifier: Apache-2.0

//! The steps with an installed CLI.

use super::support::cli::{Cli, Workspace};
use super::{Outcome, Setting, say, screen};

const CONFIGURATION: &str = include_str!("main.tf");
const ADDRESS: &str = "descope_mcp_server.calendar";

/// Takes the steps and stops at the first that fails.
pub fn run(cli: &Cli, mut setting: Setting) -> Outcome {
    say(&format!("Using {} ({}).", cli.name, cli.program.display()));
    let mut workspace = Workspace::new(cli, &setting.provider, CONFIGURATION);
    for (name, value) in setting.emulator.variables() {
        workspace.set(name, &value);
    }
    say(&format!("\n== the configuration\n$ cat main.tf\n{}", CONFIGURATION.trim()));
    let mut steps = Steps { workspace, setting: &mut setting, name: cli.name, number: 0 };
    steps.take("what would be done: no request is needed to plan a creation", &["plan", "-out=calendar.plan"])?;
    steps.take("do what was planned", &["apply", "calendar.plan"])?;
    steps.take("plan again: nothing is left to do", &["plan", "-detailed-exitcode"])?;
    steps.take(
        "change a lifetime: the update sends back everything else as it was",
        &["apply", "-auto-approve", "-var", "session=20 minutes"],
    )?;
    let id = steps.setting.emulator.only_server();
    steps.take("let the CLI forget the server", &["state", "rm", ADDRESS])?;
    steps.take("import it", &["import", "-var", "session=20 minutes", ADDRESS, &id])?;
    steps
        .take("plan once more: nothing is left to do", &["plan", "-detailed-exitcode", "-var", "session=20 minutes"])?;
    steps.take("destroy it", &["destroy", "-auto-approve"])?;
    match steps.setting.emulator.servers().is_empty() {
        true => Ok(()),
        false => Err("a server is left in the emulator".into()),
    }
}

struct Steps<'a> {
    workspace: Workspace,
    setting: &'a mut Setting,
    name: &'static str,
    /// How many were taken.
    number: usize,
}

impl Steps<'_> {
    fn take(&mut self, why: &str, arguments: &[&str]) -> Outcome {
        self.number += 1;
        say(&format!("\n== {}. {why}\n$ {} {}", self.number, self.name, screen::typed(arguments)));
        let output = self.workspace.run(arguments);
        say(&screen::output(&output.stdout, self.number == 1));
        if !output.stderr.is_empty() {
            say(output.stderr.trim_end());
        }
        self.setting.show_requests();
        match output.code {
            0 => Ok(()),
            code => Err(format!("{} {} ended with code {code}", self.name, screen::typed(arguments)).into()),
        }
    }
}
