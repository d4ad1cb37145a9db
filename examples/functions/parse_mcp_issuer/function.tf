output "parse_mcp_issuer" {
  value = provider::descope::parse_mcp_issuer("https://api.descope.com/v1/apps/agentic/P2x/MS35d").id # "MS35d"
}
