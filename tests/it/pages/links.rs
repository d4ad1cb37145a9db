// SPDX-License-Identifier: Apache-2.0

//! Links between the repository's pages lead somewhere.

use std::collections::BTreeSet;

use super::{markdown, root};

/// Where a page's links lead to, without those to other hosts.
fn links(text: &str) -> Vec<&str> {
    let prose = || text.split("```").step_by(2);
    let after = |begin, end| {
        prose().flat_map(move |prose| prose.split(begin).skip(1)).filter_map(move |rest: &str| rest.split(end).next())
    };
    let defined = prose().flat_map(str::lines).filter(|line| line.starts_with('[')).filter_map(|line| {
        let (_, target) = line.split_once("]: ")?;
        target.split_whitespace().next()
    });
    let targets = after("](", ')').chain(after("href=\"", '"')).chain(after("src=\"", '"')).chain(defined);
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// The anchors of a page's headings, as code hosts and registries make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.split("```").step_by(2).flat_map(str::lines).filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().replace(' ', "-")
    };
    let written = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    headings.map(anchor).chain(written).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut pages = markdown(&root().join("docs"));
    for folder in ["development", "examples", ".github"] {
        pages.extend(markdown(&root().join(folder)));
    }
    let at_the_top = ["README", "CONTRIBUTING", "SECURITY", "CHANGELOG", "CODE_OF_CONDUCT"];
    pages.extend(at_the_top.map(|name| root().join(format!("{name}.md"))));
    let mut followed = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => page.clone(),
                path => page.parent().unwrap().join(path),
            };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            if !anchor.is_empty() {
                let there = std::fs::read_to_string(&target).unwrap();
                assert!(anchors(&there).contains(anchor), "{}: {link} has no such heading", page.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 20, "{followed}");
}

#[test]
fn a_link_is_found_and_so_is_its_heading() {
    assert_eq!(links("[a][b] <a href=\"c.md\">\n[b]: d.md \"title\"\n[ ] no: link"), ["c.md", "d.md"]);
    assert_eq!(links("a [b](c.md#d) and `x` [e](https://x.example)\n```\n[f](g)\n```\n[h](#i)"), ["c.md#d", "#i"]);
    let text = "# One: two `three`\n```\n# no heading\n```\n<a id=\"four--five\"></a>";
    assert_eq!(anchors(text), BTreeSet::from(["one-two-three".to_owned(), "four--five".to_owned()]));
}
