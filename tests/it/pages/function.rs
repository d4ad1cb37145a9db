// SPDX-License-Identifier: Apache-2.0

//! The page of a function.

use super::entry::{front, one_line, terraform};
use super::schema::{in_signature, type_name};
use crate::support::wire::tfplugin6::Function;

pub fn page(name: &str, function: &Function) -> String {
    let parameters: Vec<String> =
        function.parameters.iter().map(|given| format!("{} {}", given.name, in_signature(&given.r#type))).collect();
    let returns = in_signature(&function.r#return.as_ref().unwrap().r#type);
    let arguments: Vec<String> = (1..)
        .zip(&function.parameters)
        .map(|(number, given)| {
            format!("{number}. `{}` ({}) {}", given.name, type_name(&given.r#type), one_line(&given.description))
        })
        .collect();
    format!(
        "{}\n# function: {name}\n\n{}\n\n## Example Usage\n\n{}\n## Signature\n\n```text\n{name}({}) {returns}\n```\n\n## \
         Arguments\n\n{}\n",
        front(&format!("{name} function - descope"), &function.summary),
        function.description,
        terraform(&format!("functions/{name}/function.tf")),
        parameters.join(", "),
        arguments.join("\n")
    )
}
