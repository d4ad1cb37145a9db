# With Terraform 1.10, OpenTofu 1.11 or a newer one. Neither plan nor state hold what was read.
ephemeral "descope_mcp_server" "example" {
  name = "Calendar"
}

terraform {
  required_version = ">= 1.10"
}
