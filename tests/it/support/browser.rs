// SPDX-License-Identifier: Apache-2.0

//! Opens pages in a real browser without a window: Chromium, or one made of it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The names under which it is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// For how long a page's clock runs before it is looked at. It runs faster than ours while nothing happens.
const PAGE_TIME: &str = "--virtual-time-budget=6000";

/// Ends a browser that hangs.
const HANG: Duration = Duration::from_secs(120);

/// An installed browser.
pub struct Browser(PathBuf);

/// A page, after its scripts have run.
pub struct Page {
    /// Its elements, as HTML.
    pub dom: String,
    /// What is in the browser's console.
    pub complaints: Vec<String>,
}

/// The browser: `CHROMIUM_BIN`, else one on `PATH`. With none it prints that the test was skipped, and
/// fails where `REQUIRE_BROWSER=1` asks for one.
pub fn find(test: &str) -> Option<Browser> {
    if let Some(named) = std::env::var_os("CHROMIUM_BIN").filter(|named| !named.is_empty()) {
        let program = PathBuf::from(named);
        assert!(program.is_file(), "CHROMIUM_BIN names {}, which is no file", program.display());
        return Some(Browser(program));
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&paths).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    let found = all.into_iter().find(|program| program.is_file());
    if found.is_none() {
        assert_ne!(
            std::env::var("REQUIRE_BROWSER").as_deref(),
            Ok("1"),
            "REQUIRE_BROWSER=1, but no Chromium is on PATH"
        );
        eprintln!("skipped: {test}: no Chromium is on PATH (or named by CHROMIUM_BIN)");
    }
    found.map(Browser)
}

impl Browser {
    /// Opens a page, lets it run for some seconds of its own time, and looks at it.
    pub fn open(&self, url: &str) -> Page {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = ["out", "log"].map(|name| folder.path().join(name));
        let [out, log] = files.each_ref().map(|file| std::fs::File::create(file).expect("a file for the output"));
        let mut child = Command::new(&self.0)
            .args(["--headless", "--disable-gpu", "--enable-logging=stderr", PAGE_TIME, "--dump-dom"])
            // Its sandbox needs rights that containers, and root, do not have. The page is ours.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(url)
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(log)
            .spawn()
            .expect("the browser starts");
        let start = Instant::now();
        let status = loop {
            match child.try_wait().expect("a child of ours") {
                Some(status) => break status,
                None if start.elapsed() < HANG => std::thread::sleep(Duration::from_millis(20)),
                None => {
                    let _ = child.kill();
                    break child.wait().expect("a child of ours");
                }
            }
        };
        let [dom, log] =
            files.map(|file| String::from_utf8_lossy(&std::fs::read(file).expect("the output")).into_owned());
        assert!(status.success() && dom.contains("</html>"), "the browser ended with {status}: {log}");
        let complaints = log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
        Page { dom, complaints }
    }
}

impl Page {
    /// All its text, without a space where an element ends.
    pub fn text(&self) -> String {
        let body = self.dom.split_once("<body").map_or("", |(_, body)| body);
        let pieces = body.split('<').map(|piece| piece.split_once('>').map_or("", |(_, text)| text));
        let text: String = pieces.collect();
        let escapes = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&amp;", "&")];
        escapes.iter().fold(text, |text, (escape, sign)| text.replace(escape, sign))
    }
}
