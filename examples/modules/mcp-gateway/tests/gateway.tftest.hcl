# `terraform test` in this folder, with the variables set as descope-emulator prints them: no account is needed.

variables {
  shared_clients = ["claude.ai"]

  servers = {
    Calendar = {
      url         = "https://calendar.example.com/mcp"
      description = "Reads and books appointments"
      clients     = ["*.example.com", "claude.ai"]
      tools = {
        read = { description = "See your appointments" }
        book = { description = "Book appointments", roles = ["Calendar Editor"], optional = true }
      }
    }
    Mail = {
      url     = "https://mail.example.com/mcp"
      trusted = true
      tools   = { read = { description = "Read your mail" } }
    }
  }
}

run "a_plan_needs_no_server" {
  command = plan

  assert {
    condition     = join(" ", output.scopes["Calendar"]) == "calendar.book calendar.read"
    error_message = "The scopes are not the tools."
  }

  assert {
    condition     = descope_mcp_server.gateway["Mail"].session_settings.refresh_token_expiration == "86400 seconds"
    error_message = "A refresh token does not live 24 times as long as an access token."
  }
}

run "each_server_is_made" {
  assert {
    condition     = alltrue([for server in descope_mcp_server.gateway : startswith(server.id, "MS")])
    error_message = "A server has no id."
  }

  assert {
    condition     = strcontains(output.discovery["Mail"], descope_mcp_server.gateway["Mail"].id)
    error_message = "The discovery document is not the server's."
  }

  assert {
    condition     = length(descope_mcp_server.gateway["Calendar"].cimd_settings.domain_policies) == 2
    error_message = "A domain that is named twice has two policies."
  }
}

run "a_server_that_no_client_may_use_accepts_none" {
  variables {
    shared_clients = []
  }

  assert {
    condition     = !descope_mcp_server.gateway["Mail"].cimd_settings.enabled
    error_message = "Clients may identify themselves though no domain is named."
  }
}

run "a_url_without_https_is_refused" {
  command = plan

  variables {
    servers = { Calendar = { url = "http://calendar.example.com/mcp" } }
  }

  expect_failures = [var.servers]
}
