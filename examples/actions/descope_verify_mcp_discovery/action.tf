# With Terraform 1.14 or a newer one. What depends on the server waits until clients can find it.
terraform {
  required_version = ">= 1.14"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}

resource "descope_mcp_server" "example" {
  name            = "Calendar"
  approved_scopes = { permissions_scopes = [{ name = "calendar.read" }] }

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.descope_verify_mcp_discovery.example]
    }
  }
}

action "descope_verify_mcp_discovery" "example" {
  config {
    id      = descope_mcp_server.example.id
    timeout = "30 seconds"
  }
}
