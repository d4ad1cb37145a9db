output "discovery" {
  description = "The URL of each server's discovery document, by the server's name. Clients start there."
  value       = { for name, server in descope_mcp_server.gateway : name => server.oauth_authorization_server_url }
}

output "scopes" {
  description = "The scopes of each server, by the server's name."
  value = {
    for name, server in descope_mcp_server.gateway : name => [
      for scope in server.approved_scopes.permissions_scopes : scope.name
    ]
  }
}
