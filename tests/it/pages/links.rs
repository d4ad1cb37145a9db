// SPDX-License-Identifier: Apache-2.0

//! Links between the repository's pages lead somewhere.

use std::collections::BTreeSet;

use super::{markdown, root};

/// Where a page's links lead to, without those to other hosts.
fn links(text: &str) -> Vec<&str> {
    let prose = text.split("```").step_by(2);
    let targets = prose.flat_map(|prose| prose.split("](").skip(1)).filter_map(|rest| rest.split(')').next());
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
    pages.extend(markdown(&root().join("development")));
    pages.extend(["README", "CONTRIBUTING", "SECURITY", "CHANGELOG"].map(|name| root().join(format!("{name}.md"))));
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
    assert_eq!(links("a [b](c.md#d) and `x` [e](https://x.example)\n```\n[f](g)\n```\n[h](#i)"), ["c.md#d", "#i"]);
    let text = "# One: two `three`\n```\n# no heading\n```\n<a id=\"four--five\"></a>";
    assert_eq!(anchors(text), BTreeSet::from(["one-two-three".to_owned(), "four--five".to_owned()]));
}
