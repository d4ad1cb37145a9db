// SPDX-License-Identifier: Apache-2.0

//! The picture of a plan in the README: what a real CLI prints, with its colours, as SVG.

use std::fmt::Write;

use super::root;
use crate::support::cli::{Cli, each};
use crate::support::hcl::{emulator, rewrite, workspace};

const FILE: &str = "development/plan.svg";

/// A server, and what its owner changes.
const BEFORE: &str = r#"
resource "descope_mcp_server" "calendar" {
  name = "Calendar"
  approved_scopes = {
    permissions_scopes = [{ name = "calendar.read", description = "See your appointments" }]
  }
  dynamic_registration = { enabled = true }
  session_settings = {
    enabled                      = true
    refresh_token_expiration     = "4 weeks"
    session_token_expiration     = "1 hour"
    key_session_token_expiration = "10 minutes"
  }
}
"#;

fn after() -> String {
    let scope = "{ name = \"calendar.read\", description = \"See your appointments\" }";
    let book = "{ name = \"calendar.book\", description = \"Book appointments\", optional = true }";
    BEFORE
        .replace(scope, &format!("{scope}, {book}"))
        .replace("dynamic_registration = { enabled = true }", "dynamic_registration = { enabled = false }")
        .replace("\"1 hour\"", "\"60 minutes\"")
        .replace("key_session_token_expiration = \"10 minutes\"", "key_session_token_expiration = \"5 minutes\"")
}

/// What the CLI prints of the change, from the refresh on.
fn printed(cli: &Cli) -> String {
    let emulator = emulator();
    let mut workspace = workspace(cli, &emulator, BEFORE);
    workspace.apply();
    rewrite(&workspace, &after());
    workspace.set("TF_CLI_ARGS", "");
    let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2).stdout;
    let begin = plan.find("descope_mcp_server.calendar: Refreshing").expect("a refresh");
    let begin = plan[..begin].rfind('\n').map_or(0, |line| line + 1);
    let end = plan.find("\u{2500}").map_or(plan.len(), |rule| plan[..rule].rfind('\n').unwrap_or(rule));
    let id = emulator.only_server();
    format!("$ {} plan\n{}", cli.name, plan[begin..end].replace(&id, "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs").trim_end())
}

/// How a line goes on: the class of its text.
#[derive(Clone, Copy, Default)]
struct Style {
    bold: bool,
    colour: Option<&'static str>,
}

impl Style {
    /// After a sequence of ECMA-48 that selects a rendition.
    fn after(mut self, codes: &str) -> Self {
        for code in codes.split(';') {
            match code {
                "" | "0" => self = Self::default(),
                "1" => self.bold = true,
                "22" => self.bold = false,
                "31" => self.colour = Some("red"),
                "32" => self.colour = Some("green"),
                "33" => self.colour = Some("yellow"),
                "39" => self.colour = None,
                "90" => self.colour = Some("grey"),
                _ => {}
            }
        }
        self
    }

    fn class(self) -> String {
        [self.bold.then_some("bold"), self.colour].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A terminal with this text.
fn svg(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let (width, height) = (760, 44 + 18 * lines.len());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"A plan that changes an MCP server\">\n<style>\n\
         rect {{ fill: #f6f8fa; stroke: #d0d7de }}\n\
         text {{ font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }}\n\
         .bold {{ font-weight: 600 }} .green {{ fill: #116329 }} .red {{ fill: #a40e26 }} .yellow {{ fill: #7d4e00 }} .grey \
         {{ fill: #59636e }}\n\
         @media (prefers-color-scheme: dark) {{\n  rect {{ fill: #0d1117; stroke: #30363d }}\n  text {{ fill: #e6edf3 }}\n  \
         .green {{ fill: #56d364 }} .red {{ fill: #ff7b72 }} .yellow {{ fill: #e3b341 }} .grey {{ fill: #9198a1 }}\n}}\n\
         </style>\n<rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
        width - 1,
        height - 1
    );
    let mut style = Style::default();
    for (number, line) in lines.iter().enumerate() {
        let mut spans = String::new();
        for (position, part) in line.split("\u{1b}[").enumerate() {
            let part = match part.split_once('m') {
                Some((codes, rest)) if position > 0 => {
                    style = style.after(codes);
                    rest
                }
                _ => part,
            };
            match (part.is_empty(), style.class()) {
                (true, _) => {}
                (false, class) if class.is_empty() => spans.push_str(&escaped(part)),
                (false, class) => write!(spans, "<tspan class=\"{class}\">{}</tspan>", escaped(part)).unwrap(),
            }
        }
        if !spans.is_empty() {
            writeln!(svg, "<text x=\"20\" y=\"{}\" xml:space=\"preserve\">{spans}</text>", 34 + 18 * number).unwrap();
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The first line tells which CLI made it, since each prints a little differently.
fn picture(cli: &Cli) -> (String, String) {
    let (major, minor) = cli.version();
    let made = format!("<!-- Made by {} {major}.{minor}. To make it anew: {} -->\n", cli.name, super::ANEW);
    let svg = svg(&printed(cli));
    (made.clone(), format!("{made}{svg}"))
}

#[test]
fn the_picture_of_a_plan_is_current() {
    each("the README's picture", |cli| {
        let (made, picture) = picture(cli);
        let file = root().join(FILE);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&file, &picture).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap();
        match kept.starts_with(&made) {
            true => assert!(kept == picture, "{FILE} is not what the CLI prints: {}", super::ANEW),
            false => eprintln!("skipped: {FILE} was made by another CLI than {}", cli.name),
        }
    });
}

#[test]
fn colours_become_classes() {
    let svg = svg("a\u{1b}[1m\u{1b}[32m+\u{1b}[0m<b>");
    assert!(svg.contains(">a<tspan class=\"bold green\">+</tspan>&lt;b&gt;</text>"), "{svg}");
}
