variable "servers" {
  description = "The MCP servers by their names. `clients` are the domains whose clients may identify themselves to a server, and each tool becomes a scope `SERVER.TOOL`."
  nullable    = false
  type = map(object({
    url         = string
    description = optional(string, "")
    trusted     = optional(bool, false)
    clients     = optional(set(string), [])
    tools = optional(map(object({
      description = string
      roles       = optional(set(string), [])
      optional    = optional(bool, false)
    })), {})
  }))

  validation {
    condition     = alltrue([for server in var.servers : startswith(server.url, "https://")])
    error_message = "The url of each server must begin with https://."
  }
}

variable "shared_clients" {
  description = "The domains whose clients may identify themselves to every server."
  nullable    = false
  type        = set(string)
  default     = []
}

variable "tags" {
  description = "Labels of every server."
  nullable    = false
  type        = set(string)
  default     = ["mcp-gateway"]
}

variable "session" {
  description = "How long an access token lives. A refresh token lives 24 times as long."
  nullable    = false
  type        = string
  default     = "1 hour"
}
