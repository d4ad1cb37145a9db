terraform {
  required_version = ">= 1.0"
}

data "descope_mcp_server" "example" {
  name = "Calendar"
}

output "issuer" {
  value = data.descope_mcp_server.example.issuer
}
