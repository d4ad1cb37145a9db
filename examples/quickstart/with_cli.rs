//! The steps with an installed CLI.

use super::support::cli::{Cli, Workspace};
use super::{Outcome, Setting, say};

const CONFIGURATION: &str = include_str!("main.tf");
const ADDRESS: &str = "descope_mcp_server.calendar";

/// Takes the steps and stops at the first that fails.
pub fn run(cli: &Cli, mut setting: Setting) -> Outcome {
    say(&format!("Using {} ({}).", cli.name, cli.program.display()));
    let mut workspace = Workspace::new(cli, &setting.provider, CONFIGURATION);
    for (name, value) in setting.emulator.variables() {
        workspace.set(name, &value);
    }
    let mut steps = Steps { workspace, setting: &mut setting, name: cli.name };
    steps.take("what would be done", &["plan"])?;
    steps.take("do it", &["apply", "-auto-approve"])?;
    steps.take("nothing is left to do", &["plan", "-detailed-exitcode"])?;
    steps.take(
        "a change is one update of the whole object",
        &["apply", "-auto-approve", "-var", "session=20 minutes"],
    )?;
    let id = steps.setting.emulator.only_server();
    steps.take("forget the server", &["state", "rm", ADDRESS])?;
    steps.take("and find it again", &["import", "-var", "session=20 minutes", ADDRESS, &id])?;
    steps.take("nothing is left to do", &["plan", "-detailed-exitcode", "-var", "session=20 minutes"])?;
    steps.take("clean up", &["destroy", "-auto-approve"])?;
    match steps.setting.emulator.servers().is_empty() {
        true => Ok(()),
        false => Err("a server is left in the emulator".into()),
    }
}

struct Steps<'a> {
    workspace: Workspace,
    setting: &'a mut Setting,
    name: &'static str,
}

impl Steps<'_> {
    fn take(&mut self, why: &str, arguments: &[&str]) -> Outcome {
        say(&format!("\n== {why}\n$ {} {}", self.name, arguments.join(" ")));
        let output = self.workspace.run(arguments);
        say(output.stdout.trim_end());
        if !output.stderr.is_empty() {
            say(output.stderr.trim_end());
        }
        self.setting.show_requests();
        match output.code {
            0 => Ok(()),
            code => Err(format!("{} {} ended with code {code}", self.name, arguments.join(" ")).into()),
        }
    }
}
