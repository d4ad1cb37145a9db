// SPDX-License-Identifier: Apache-2.0

//! Finds the real CLIs and runs them on configurations in folders of their own, offline, against
//! the provider that was built.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

/// An installed CLI.
#[derive(Clone, Debug)]
pub struct Cli {
    /// `terraform` or `tofu`.
    pub name: &'static str,
    /// Its program.
    pub program: PathBuf,
}

/// What a command came to.
#[derive(Debug)]
pub struct Output {
    /// The exit code.
    pub code: i32,
    /// Standard output, without colours.
    pub stdout: String,
    /// Standard error, without colours.
    pub stderr: String,
}

/// A folder with a configuration, and the environment to run a CLI on it.
pub struct Workspace {
    cli: Cli,
    folder: TempDir,
    environment: BTreeMap<String, String>,
}

/// The CLIs found: by `TF_BIN` and `TOFU_BIN`, else by their names on `PATH`.
pub fn installed() -> Vec<Cli> {
    [("terraform", "TF_BIN"), ("tofu", "TOFU_BIN")]
        .into_iter()
        .filter_map(|(name, variable)| find(name, variable))
        .collect()
}

/// Runs a test with each CLI found. With none it prints that it was skipped, and fails where
/// `REQUIRE_CLI=1` asks for one.
pub fn each(test: &str, run: impl Fn(&Cli)) {
    let found = installed();
    if found.is_empty() {
        assert_ne!(
            std::env::var("REQUIRE_CLI").as_deref(),
            Ok("1"),
            "REQUIRE_CLI=1, but neither terraform nor tofu is on PATH"
        );
        eprintln!("skipped: {test}: neither terraform nor tofu is on PATH (or named by TF_BIN, TOFU_BIN)");
    }
    for cli in found {
        run(&cli);
    }
}

fn find(name: &'static str, variable: &str) -> Option<Cli> {
    if let Some(named) = std::env::var_os(variable).filter(|named| !named.is_empty()) {
        let program = PathBuf::from(named);
        assert!(program.is_file(), "{variable} names {}, which is no file", program.display());
        return Some(Cli { name, program });
    }
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let paths = std::env::var_os("PATH")?;
    let program = std::env::split_paths(&paths).map(|folder| folder.join(&file)).find(|program| program.is_file())?;
    Some(Cli { name, program })
}

/// A CLI that was started. Its plugins inherit its standard input, and nobody reads that.
pub struct Running {
    child: Child,
    log: PathBuf,
}

/// Whether `env` can give signals back what they do by default.
pub fn restores_signals() -> bool {
    let tried = Command::new("env").args(["--default-signal=HUP,INT,TERM", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Whether this process ignores SIGHUP, as one does that was started by `nohup`, and whoever it starts.
#[cfg(unix)]
pub fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

/// Ends a test that hangs. It is shorter than a provider waits for a host that never connects.
const HANG: Duration = Duration::from_secs(30);

// === impl Running ===

impl Running {
    /// Sends a signal to the CLI alone.
    pub fn signal(&self, name: &str) {
        self.kill(name, &self.child.id().to_string());
    }

    /// Sends a signal to the CLI and all its plugins.
    pub fn signal_group(&self, name: &str) {
        self.kill(name, &format!("-{}", self.child.id()));
    }

    fn kill(&self, name: &str, target: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), "--", target]).status();
        assert!(sent.expect("`kill` starts").success());
    }

    /// Waits for the end of the CLI. Returns its output.
    pub fn ended(&mut self) -> String {
        let start = Instant::now();
        while self.child.try_wait().expect("a child of ours").is_none() {
            assert!(start.elapsed() < HANG, "the CLI hangs");
            std::thread::sleep(Duration::from_millis(10));
        }
        std::fs::read_to_string(&self.log).expect("the output")
    }

    /// Whether a process still has the CLI's standard input open.
    pub fn has_left_processes(&mut self) -> bool {
        self.child.stdin.as_mut().expect("a pipe").write_all(b"x").is_ok()
    }

    /// Waits until no process is left of the CLI and its plugins.
    #[track_caller]
    pub fn all_gone(&mut self) {
        let start = Instant::now();
        while self.has_left_processes() {
            assert!(start.elapsed() < HANG, "a process outlived the CLI");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// === impl Cli ===

impl Cli {
    /// Its version: major and minor.
    pub fn version(&self) -> (u32, u32) {
        let output = Command::new(&self.program).args(["version", "-json"]).env_remove("TF_CLI_CONFIG_FILE").output();
        let document: serde_json::Value =
            serde_json::from_slice(&output.expect("the CLI starts").stdout).expect("`version -json` prints JSON");
        let version = document["terraform_version"].as_str().expect("a version").to_owned();
        let mut numbers = version.split(['.', '-']).map(|number| number.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }

    /// Whether it has a feature: since which minor version of `terraform`, and of `tofu`, if at all. Says so if not.
    pub fn has(&self, feature: &str, terraform: u32, tofu: Option<u32>) -> bool {
        let (major, minor) = self.version();
        let since = if self.name == "tofu" { tofu } else { Some(terraform) };
        let has = since.is_some_and(|since| (major, minor) >= (1, since));
        if !has {
            eprintln!("skipped: {feature}: {} {major}.{minor} does not have it", self.name);
        }
        has
    }
}

// === impl Output ===

impl Output {
    /// Whatever a test is about: no message says where something is twice in a row.
    fn of(output: &std::process::Output) -> Self {
        let output = Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(!repeats_itself(&output.prose()), "{}", output.all());
        output
    }

    /// Both streams, for messages.
    pub fn all(&self) -> String {
        format!("exit code {}\n{}{}", self.code, self.stdout, self.stderr)
    }

    /// Both streams as one line with single spaces and no frame characters, since the CLI breaks lines where it likes.
    pub fn prose(&self) -> String {
        let words = format!("{} {}", self.stdout, self.stderr).replace(['│', '╷', '╵'], " ");
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Whether a text has "in project X in project X".
fn repeats_itself(prose: &str) -> bool {
    let words: Vec<&str> = prose.split(' ').collect();
    let place = |three: &[&str]| match three {
        ["in", "project", name] => Some(name.trim_matches([':', ',', '.', ';']).to_owned()),
        _ => None,
    };
    words.windows(6).any(|six| place(&six[..3]).is_some_and(|first| place(&six[3..]) == Some(first)))
}

// === impl Workspace ===

impl Workspace {
    /// A folder with this `main.tf`. The CLI will find the provider binary in `binary`'s folder.
    pub fn new(cli: &Cli, binary: &Path, main_tf: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // A folder with nothing but the binary: beside it, cargo's `.d` file would be taken for the
        // provider on Windows.
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).expect("the binary's folder");
        let link = bin.join(format!("terraform-provider-descope{}", std::env::consts::EXE_SUFFIX));
        #[cfg(unix)]
        std::os::unix::fs::symlink(binary, &link).expect("a link to the binary");
        #[cfg(not(unix))]
        std::fs::copy(binary, &link).map(drop).expect("a copy of the binary");
        let bin = bin.display().to_string().replace('\\', "/");
        let rc = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"seed-02068dc7/descope\" = \"{bin}\"\n  }}\n  direct \
             {{}}\n}}\n"
        );
        std::fs::write(folder.path().join("cli.rc"), rc).expect("the CLI's configuration");
        for name in ["work", "tmp"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder in the workspace");
        }
        let workspace = Self { cli: cli.clone(), folder, environment: BTreeMap::new() };
        workspace.write("main.tf", main_tf);
        workspace
    }

    /// Gives the CLI this configuration in place of the one with the development override.
    pub fn configure_cli(&self, text: &str) {
        std::fs::write(self.folder.path().join("cli.rc"), text).expect("the CLI's configuration");
    }

    /// Removes what `init` installed. The lock file stays.
    pub fn uninstall(&self) {
        std::fs::remove_dir_all(self.folder.path().join("data")).expect("the CLI's folder for providers");
    }

    /// Sets an environment variable for the commands to come.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Unsets an environment variable that was set.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.environment.remove(name);
        self
    }

    /// The folder of the configuration.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes a file of the configuration.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a file of the configuration");
    }

    /// Reads a file in the configuration's folder.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    /// Makes the objects in the state an hour older. One that was created less than half a minute ago
    /// counts as new: that it is not found proves nothing.
    pub fn age_objects(&self) {
        let mut state: serde_json::Value =
            serde_json::from_str(&self.read("terraform.tfstate")).expect("the state is JSON");
        for resource in state["resources"].as_array_mut().expect("resources") {
            for instance in resource["instances"].as_array_mut().expect("instances") {
                let Some(private) = instance["private"].as_str() else { continue };
                let private = STANDARD.decode(private).expect("private data is base64");
                let mut private: serde_json::Value = serde_json::from_slice(&private).expect("ours is JSON");
                let time =
                    if private["doubt"].is_object() { &mut private["doubt"]["since"] } else { &mut private["created"] };
                *time = (time.as_u64().expect("the time of the creation") - 3600).into();
                instance["private"] = STANDARD.encode(private.to_string()).into();
            }
        }
        self.write("terraform.tfstate", &state.to_string());
    }

    /// Runs the CLI.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command();
        let output = command.args(arguments).stdin(Stdio::null()).output().expect("the CLI starts");
        Output::of(&output)
    }

    /// Starts the CLI in a process group of its own, as one that ignores a signal (or none).
    #[cfg(unix)]
    pub fn start(&self, arguments: &[&str], ignored: &str) -> Running {
        use std::os::unix::process::CommandExt;
        let cli = self.command();
        let log = self.folder.path().join("log");
        let out = std::fs::File::create(&log).expect("a file for the output");
        let ignore = if ignored.is_empty() { String::new() } else { format!("trap '' {ignored}; ") };
        // A signal that the test run ignores, such as SIGHUP under `nohup`, would be ignored by the CLI, and a shell
        // can't undo that.
        let mut command = match restores_signals() {
            true => Command::new("env"),
            false => Command::new("sh"),
        };
        if restores_signals() {
            command.args(["--default-signal=HUP,INT,TERM", "sh"]);
        }
        command.args(["-c", &format!(r#"{ignore}exec "$0" "$@""#)]).arg(cli.get_program()).args(arguments);
        for (name, value) in cli.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let (stdout, stderr) = (out.try_clone().expect("another handle"), out);
        let command = command.current_dir(self.path()).stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
        Running { child: command.process_group(0).spawn().expect("the CLI starts"), log }
    }

    /// What is in the folder for temporary files.
    pub fn temporary_files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join("tmp")).expect("the folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    /// Runs the CLI with a text as its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        std::fs::write(self.folder.path().join("input"), format!("{input}\n")).expect("a file for the input");
        let input = std::fs::File::open(self.folder.path().join("input")).expect("the input");
        let output = self.command().args(arguments).stdin(input).output().expect("the CLI starts");
        Output::of(&output)
    }

    /// The CLI with this workspace's environment and none of the caller's settings.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.cli.program);
        let ours = |name: &str| name.starts_with("TF_") || name.starts_with("DESCOPE_") || name.starts_with("TOFU_");
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command
            .current_dir(self.path())
            .env("TMPDIR", self.folder.path().join("tmp"))
            .env("TF_CLI_CONFIG_FILE", self.folder.path().join("cli.rc"))
            .env("TF_DATA_DIR", self.folder.path().join("data"))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("TF_CLI_ARGS", "-no-color")
            .env("CHECKPOINT_DISABLE", "1")
            .envs(&self.environment);
        command
    }

    /// Runs the CLI and asserts that it succeeds.
    #[track_caller]
    pub fn succeed(&self, arguments: &[&str]) -> Output {
        self.expect(arguments, 0)
    }

    /// Runs the CLI and asserts its exit code.
    #[track_caller]
    pub fn expect(&self, arguments: &[&str], code: i32) -> Output {
        let output = self.run(arguments);
        assert_eq!(output.code, code, "{} {}: {}", self.cli.name, arguments.join(" "), output.all());
        output
    }

    /// Applies the configuration.
    #[track_caller]
    pub fn apply(&self) -> Output {
        self.succeed(&["apply", "-auto-approve"])
    }

    /// Asserts that a plan finds nothing to do.
    #[track_caller]
    pub fn assert_no_changes(&self) -> Output {
        self.expect(&["plan", "-detailed-exitcode"], 0)
    }

    /// The attributes of a resource in the state.
    pub fn state(&self, address: &str) -> serde_json::Value {
        let shown = self.succeed(&["show", "-json"]);
        let document: serde_json::Value = serde_json::from_str(&shown.stdout).expect("`show -json` prints JSON");
        let resources = document["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        let found = resources.into_iter().find(|resource| resource["address"] == address);
        found.map(|mut resource| resource["values"].take()).unwrap_or_default()
    }
}
