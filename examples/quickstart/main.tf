terraform {
  required_version = ">= 1.0"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}

# project_id, management_key and base_url come from DESCOPE_PROJECT_ID, DESCOPE_MANAGEMENT_KEY and DESCOPE_BASE_URL.
provider "descope" {}

variable "session" {
  description = "How long an access token lives."
  type        = string
  default     = "10 minutes"
}

resource "descope_mcp_server" "calendar" {
  name               = "Calendar"
  audience_whitelist = ["https://calendar.example.com/mcp"]

  approved_scopes = {
    permissions_scopes = [
      { name = "calendar.read", description = "See your appointments", values = ["Calendar Reader"] },
    ]
  }

  dynamic_registration = {
    enabled = true
  }

  session_settings = {
    enabled                      = true
    refresh_token_expiration     = "4 weeks"
    session_token_expiration     = var.session
    key_session_token_expiration = "10 minutes"
  }
}

output "id" {
  value = descope_mcp_server.calendar.id
}

output "discovery" {
  value = descope_mcp_server.calendar.oauth_authorization_server_url
}
