# For `terraform query`, with Terraform 1.14 or a newer one. A configuration beside it names the provider.
list "descope_mcp_server" "all" {
  provider = descope
}

# In another project than the provider's:
list "descope_mcp_server" "tools" {
  provider = descope

  config {
    project_id = "P2OUjzAbFtgA8VkEbQzwsPkeR7pw"
  }
}
