// SPDX-License-Identifier: Apache-2.0

//! The page of the provider, and of each resource, data source and so on.

use super::schema::{section, type_name};
use super::{ANEW, GENERATED, root};
use crate::support::wire::tfplugin6::{ResourceIdentitySchema, Schema};

/// A kind of entry.
pub struct Kind {
    /// What a title calls it.
    title: &'static str,
    /// Where its pages are, below `docs/` and below `examples/`.
    pub folder: &'static str,
    /// The file of its example.
    example: &'static str,
    /// Whether its objects are imported.
    imported: bool,
}

pub const RESOURCE: Kind = Kind { title: "Resource", folder: "resources/", example: "resource.tf", imported: true };
pub const DATA_SOURCE: Kind =
    Kind { title: "Data Source", folder: "data-sources/", example: "data-source.tf", imported: false };
pub const EPHEMERAL_RESOURCE: Kind = Kind {
    title: "Ephemeral Resource",
    folder: "ephemeral-resources/",
    example: "ephemeral-resource.tf",
    imported: false,
};
pub const LIST_RESOURCE: Kind =
    Kind { title: "List Resource", folder: "list-resources/", example: "list-resource.tfquery.hcl", imported: false };
pub const ACTION: Kind = Kind { title: "Action", folder: "actions/", example: "action.tf", imported: false };

/// What whoever finds the first page must know before anything else.
const NOT_COVERED: &str = "It manages MCP servers only: no OAuth clients and their secrets yet, no policies, no consents, and no \
                           Resources (ids that begin with `RS`). It was tested against an emulator of Descope's API, and not yet \
                           against live Descope.";

/// The first page.
pub fn provider(schema: &Schema) -> String {
    let block = schema.block.as_ref().unwrap();
    let guides: Vec<String> = super::guides::all()
        .iter()
        .map(|guide| format!("- [{}](guides/{}): {}", guide.title, guide.file, guide.description))
        .collect();
    format!(
        "{}\n# descope Provider\n\n{}\n\n{NOT_COVERED}\n\n## Example Usage\n\n{}\n{}\n## Guides\n\n{}\n",
        // The first page belongs to no group.
        front("Provider: descope", &block.description).replace("subcategory: \"\"\n", ""),
        block.description,
        terraform("provider/provider.tf"),
        section(&block.attributes),
        guides.join("\n")
    )
}

impl Kind {
    /// The page of the entry of this name.
    pub fn page(&self, name: &str, schema: &Schema, identity: Option<&ResourceIdentitySchema>) -> String {
        let block = schema.block.as_ref().unwrap();
        let mut page = format!(
            "{}\n# {name} ({})\n\n{}\n\n## Example Usage\n\n{}\n{}",
            front(&format!("{name} {} - descope", self.title), &block.description),
            self.title,
            block.description,
            terraform(&format!("{}{name}/{}", self.folder, self.example)),
            section(&block.attributes)
        );
        if self.imported {
            let example = |file: &str| format!("{}{name}/{file}", self.folder);
            page.push_str(&format!(
                "\n## Import\n\nWith an `import` block, by any of the texts that the command below takes, `PROJECT_ID/name:NAME`, or the server's issuer:\n\n{}\nBy its \
                 [identity](https://developer.hashicorp.com/terraform/language/import#identity):\n\n{}{}\nOr by the \
                 command:\n\n{}",
                terraform(&example("import-by-string-id.tf")),
                terraform(&example("import-by-identity.tf")),
                identity.map(identity_section).unwrap_or_default(),
                code("shell", &example("import.sh"))
            ));
        }
        page
    }
}

/// The attributes of an identity.
fn identity_section(identity: &ResourceIdentitySchema) -> String {
    let mut text = "\n### Identity Schema\n".to_owned();
    for (heading, required) in [("Required", true), ("Optional", false)] {
        let parts = identity.identity_attributes.iter().filter(|part| part.required_for_import == required);
        let lines = parts
            .map(|part| format!("- `{}` ({}) {}\n", part.name, type_name(&part.r#type), one_line(&part.description)));
        let lines: String = lines.collect();
        if !lines.is_empty() {
            text.push_str(&format!("\n{heading}:\n\n{lines}"));
        }
    }
    text
}

/// What the registries read above a page. A description is its first paragraph.
pub fn front(title: &str, description: &str) -> String {
    let first = one_line(description.split("\n\n").next().unwrap());
    format!(
        "---\npage_title: \"{title}\"\nsubcategory: \"\"\ndescription: |-\n  {first}\n---\n\n{GENERATED}{ANEW} -->\n"
    )
}

/// A text without line breaks.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An example, as a page shows it.
pub fn terraform(example: &str) -> String {
    code("terraform", example)
}

fn code(language: &str, example: &str) -> String {
    let text = std::fs::read_to_string(root().join("examples").join(example))
        .unwrap_or_else(|error| panic!("examples/{example}, which its page shows: {error}"));
    format!("```{language}\n{}\n```\n", text.trim_end())
}
