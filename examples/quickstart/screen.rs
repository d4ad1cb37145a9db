// SPDX-License-Identifier: Apache-2.0

//! What a step prints, in about a screen: what the CLI printed, without what it prints each time, and
//! the requests that the API got.

use serde_json::Value;

/// How many lines of a resource in a plan are shown, and of the body of a request.
const MOST: usize = 36;

/// The arguments of a command as a person types them.
pub fn typed(arguments: &[&str]) -> String {
    let quoted = |argument: &&str| match argument.contains(char::is_whitespace) {
        true => format!("\"{argument}\""),
        false => (*argument).to_owned(),
    };
    arguments.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// What the CLI printed, without the warning about the development override if that was shown before,
/// and with what would take more than a screen cut.
pub fn output(printed: &str, first: bool) -> String {
    let mut lines: Vec<&str> = printed.trim().lines().collect();
    let is = |words: &'static str| move |line: &&str| line.starts_with(words);
    if let (false, Some(begin)) = (first, lines.iter().position(is("Warning: Provider development overrides")))
        && let Some(length) = lines.iter().skip(begin).position(|line| line.trim_end().ends_with("releases."))
    {
        lines.drain(begin..=begin + length);
    }
    // The resource of a plan stands between lines that begin with the same four characters and a brace.
    let mut shown: Vec<String> = Vec::new();
    let mut block: Vec<&str> = Vec::new();
    let mut inside = false;
    for line in lines {
        let begins = line.trim_start_matches([' ', '+', '-', '~']).starts_with("resource \"");
        match (inside, line == "    }") {
            (false, _) => {
                inside = begins;
                shown.push(line.to_owned());
            }
            (true, true) => {
                shown.extend(cut(&block, "        "));
                block.clear();
                inside = false;
                shown.push(line.to_owned());
            }
            (true, false) => block.push(line),
        }
    }
    shown.extend(block.into_iter().map(str::to_owned));
    shown.join("\n").trim().to_owned()
}

/// The first of these lines, and how many are left out.
fn cut(lines: &[&str], margin: &str) -> Vec<String> {
    let mut shown: Vec<String> = lines.iter().take(MOST).map(|line| (*line).to_owned()).collect();
    if lines.len() > MOST {
        shown.push(format!("{margin}# ... and {} more lines", lines.len() - MOST));
    }
    shown
}

/// A request that the API got: its body as indented JSON, unless that is empty or short.
pub fn request(request: &Value) -> String {
    let text = |name: &str| request.get(name).map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
    let [method, path, status, body] = ["method", "path", "status", "body"].map(|name| text(name).unwrap_or_default());
    let head = format!("  API <- {method} {path} -> {status}");
    let parsed: Option<Value> = serde_json::from_str(&body).ok();
    let Some(parsed) = parsed.filter(|body| *body != Value::Object(serde_json::Map::new())) else { return head };
    if body.len() < 60 {
        return format!("{head}  {body}");
    }
    let indented = serde_json::to_string_pretty(&parsed).unwrap_or(body);
    let lines: Vec<String> = indented.lines().map(|line| format!("       {line}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    format!("{head}\n{}", cut(&lines, "       ").join("\n"))
}
