# With Terraform 1.12, OpenTofu 1.12 or a newer one.
import {
  to = descope_mcp_server.example
  identity = {
    id = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs"
  }
}
