# With Terraform 1.10, OpenTofu 1.11 or a newer one.
terraform {
  required_version = ">= 1.10"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}

# Neither the state nor a plan stores what was read.
ephemeral "descope_mcp_server" "example" {
  name = "Calendar"
}
