// SPDX-License-Identifier: Apache-2.0

//! The CLI configuration that makes Terraform and OpenTofu use this build of the program, for a person
//! who has not installed a release. Called by `mod`.

use std::path::Path;

/// A CLI configuration with an override for the folder of this program, for each host of registries.
/// Fails if no such file can name the folder.
pub(super) fn cli_config(addresses: &[&str], executable: &Path) -> Result<String, String> {
    let folder = executable.parent().and_then(Path::to_str).ok_or_else(|| {
        format!(
            "The folder of {} can't be named in a CLI configuration: its path is not valid UTF-8.",
            executable.display()
        )
    })?;
    if folder.contains('$') {
        return Err(format!(
            "The folder {folder:?} can't be named in a CLI configuration: Terraform takes what follows a `$` for an \
             environment variable. Use the program in another folder."
        ));
    }
    let folder = quoted(folder);
    let overrides: Vec<String> = addresses.iter().map(|address| format!("    \"{address}\" = {folder}")).collect();
    Ok(format!(
        "# Terraform and OpenTofu use the provider in this folder while TF_CLI_CONFIG_FILE names this file.\n# With it, \
         `init` is not needed for this provider.\nprovider_installation {{\n  dev_overrides {{\n{}\n  }}\n\n  # All \
         other providers come from where they always do.\n  direct {{}}\n}}",
        overrides.join("\n")
    ))
}

/// A text as the first version of HCL writes it, which CLI configurations are in. It knows no templates with `%`.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_overridden_for_each_registry() {
        let text = cli_config(&["a.example/x/y", "b.example/x/y"], Path::new("/opt/x y/bin/provider")).unwrap();
        assert!(text.contains("    \"a.example/x/y\" = \"/opt/x y/bin\"\n    \"b.example/x/y\" = \"/opt/"), "{text}");
        assert!(text.starts_with('#') && text.ends_with("}"));
    }

    #[test]
    fn what_hcl_would_read_differently_is_escaped() {
        assert_eq!(quoted("C:\\a \"b\" %{c}\nd"), r#""C:\\a \"b\" %{c}\nd""#);
    }

    #[test]
    fn a_folder_in_which_terraform_would_see_a_variable_is_refused() {
        let refused = cli_config(&["a.example/x/y"], Path::new("/opt/$HOME/provider")).unwrap_err();
        assert!(refused.contains("an environment variable"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/opt/\xff/provider"));
        assert!(cli_config(&["a.example/x/y"], path).unwrap_err().contains("not valid UTF-8"));
    }
}
