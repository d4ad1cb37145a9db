# One MCP server for each entry of `servers`. All have the same rules: clients identify themselves by the URL of their metadata
# document (CIMD), nobody registers by hand, and each tool is a scope that users consent to.

locals {
  session_seconds = provider::descope::duration_seconds(var.session)

  # A domain that several servers name is one entry of each server's list.
  clients = { for name, server in var.servers : name => sort(setunion(var.shared_clients, server.clients)) }
}

resource "descope_mcp_server" "gateway" {
  for_each = var.servers

  name               = each.key
  description        = each.value.description
  audience_whitelist = [each.value.url]
  tags               = var.tags

  # Users of trusted servers are not asked for consent.
  skip_consent_screen = each.value.trusted

  approved_scopes = {
    permissions_scopes = [
      for tool, settings in each.value.tools : {
        name        = "${lower(each.key)}.${tool}"
        description = settings.description
        optional    = settings.optional
        values      = settings.roles
      }
    ]
  }

  cimd_settings = {
    enabled         = length(local.clients[each.key]) > 0
    domain_policies = [for domain in local.clients[each.key] : { domain_pattern = domain, enabled = true }]
  }

  dynamic_registration = { enabled = false }

  session_settings = {
    enabled                      = true
    session_token_expiration     = var.session
    key_session_token_expiration = var.session
    refresh_token_expiration     = "${24 * local.session_seconds} seconds"
  }
}
