# With Terraform 1.8, OpenTofu 1.7 or a newer one.
terraform {
  required_version = ">= 1.7"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}

output "mcp_issuer" {
  value = provider::descope::mcp_issuer("https://api.descope.com", "P2x", "MS35d") # "https://api.descope.com/v1/apps/agentic/P2x/MS35d"
}
