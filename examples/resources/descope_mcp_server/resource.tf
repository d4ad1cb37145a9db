terraform {
  required_version = ">= 1.0"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}

resource "descope_mcp_server" "example" {
  name                   = "Calendar"
  description            = "Reads and books appointments"
  audience_whitelist     = ["https://calendar.example.com/mcp"]
  approved_callback_urls = ["http://127.0.0.1/callback", "cursor://anysphere.cursor-retrieval/oauth/callback"]
  tags                   = ["team-calendar"]

  approved_scopes = {
    permissions_scopes = [
      { name = "calendar.read", description = "See your appointments", values = ["Calendar Reader"] },
      { name = "calendar.book", description = "Book appointments", optional = true, values = ["Calendar Editor"] },
    ]
    connections_scopes = [
      { name = "google.calendar", description = "Your Google calendar", values = ["calendar.readonly"] },
    ]
  }

  # Clients may register themselves. Those that name no scopes get all approved ones.
  dynamic_registration = {
    enabled                            = true
    disable_approved_scopes_as_default = false
  }

  # Clients of these domains may identify themselves by the URL of their metadata document.
  cimd_settings = {
    enabled = true
    domain_policies = [
      { domain_pattern = "*.example.com", enabled = true },
    ]
  }

  session_settings = {
    enabled                      = true
    refresh_token_expiration     = "4 weeks"
    session_token_expiration     = "10 minutes"
    key_session_token_expiration = "1 hour"
  }
}
