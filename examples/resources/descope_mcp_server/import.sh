# By the server's id, in the provider's project:
terraform import descope_mcp_server.example MS35d1Xw1Yo6zozsW7n8BU6xLmnAs

# In another project:
terraform import descope_mcp_server.example P2OUjzAbFtgA8VkEbQzwsPkeR7pw/MS35d1Xw1Yo6zozsW7n8BU6xLmnAs

# By its exact name:
terraform import descope_mcp_server.example "name:Calendar"
