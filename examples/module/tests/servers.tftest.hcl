# `terraform test` in this folder, with the provider's variables set as descope-emulator prints them: no
# account is needed.

variables {
  team = "platform"
  tools = {
    calendar = "https://calendar.example.com/mcp"
    mail     = "https://mail.example.com/mcp"
  }
}

run "a_plan_needs_no_server" {
  command = plan

  assert {
    condition     = descope_mcp_server.tool["mail"].name == "platform: mail"
    error_message = "The name is not the team's and the tool's."
  }

  assert {
    condition     = output.session_seconds == 600
    error_message = "The default lifetime is not ten minutes."
  }
}

run "each_tool_gets_a_server" {
  assert {
    condition     = alltrue([for server in descope_mcp_server.tool : startswith(server.id, "MS")])
    error_message = "A server has no id."
  }

  assert {
    condition     = endswith(output.issuers["mail"], descope_mcp_server.tool["mail"].id)
    error_message = "The issuer does not end in the server's id."
  }
}

run "a_lifetime_is_changed_in_place" {
  variables {
    session = "20 minutes"
  }

  assert {
    condition     = descope_mcp_server.tool["mail"].session_settings.session_token_expiration == "20 minutes"
    error_message = "The lifetime is not the one that was asked for."
  }
}
