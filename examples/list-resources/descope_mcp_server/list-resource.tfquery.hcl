# For `terraform query`, with Terraform 1.14 or a newer one.
list "descope_mcp_server" "all" {
  provider = descope
}
