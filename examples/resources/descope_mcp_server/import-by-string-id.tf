import {
  to = descope_mcp_server.example
  id = "name:Calendar"
}
