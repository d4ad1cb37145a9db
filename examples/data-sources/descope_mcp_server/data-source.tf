terraform {
  required_version = ">= 1.0"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}

data "descope_mcp_server" "example" {
  name = "Calendar"
}

output "issuer" {
  value = data.descope_mcp_server.example.issuer
}
