# With Terraform 1.8, OpenTofu 1.7 or a newer one.
terraform {
  required_version = ">= 1.7"
}

output "duration_seconds" {
  value = provider::descope::duration_seconds("4 weeks") # 2419200
}
