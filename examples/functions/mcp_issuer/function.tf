output "mcp_issuer" {
  value = provider::descope::mcp_issuer("https://api.descope.com", "P2x", "MS35d") # "https://api.descope.com/v1/apps/agentic/P2x/MS35d"
}
