# A module that gives each of a team's tools an MCP server with the same rules.

terraform {
  required_providers {
    descope = {
      source = "seed-02068dc7/descope"
    }
  }
}

variable "team" {
  description = "The team that owns the servers."
  type        = string
}

variable "tools" {
  description = "The URL of each tool's MCP endpoint, by the tool's name."
  type        = map(string)
}

variable "session" {
  description = "How long an access token lives."
  type        = string
  default     = "10 minutes"
}

resource "descope_mcp_server" "tool" {
  for_each = var.tools

  name               = "${var.team}: ${each.key}"
  audience_whitelist = [each.value]
  tags               = [var.team]

  dynamic_registration = {
    # A client that names no scopes when it registers gets none. Leave this out for clients that never
    # name any, such as Claude.
    disable_approved_scopes_as_default = true
  }

  session_settings = {
    session_token_expiration = var.session
  }
}

output "issuers" {
  description = "The issuer of each tool's server, by the tool's name."
  value       = { for name, server in descope_mcp_server.tool : name => server.issuer }
}

output "session_seconds" {
  description = "How long an access token lives, in seconds."
  value       = provider::descope::duration_seconds(var.session)
}
