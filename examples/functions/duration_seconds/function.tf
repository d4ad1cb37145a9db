# With Terraform 1.8, OpenTofu 1.7 or a newer one.
terraform {
  required_version = ">= 1.7"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}

output "duration_seconds" {
  value = provider::descope::duration_seconds("4 weeks") # 2419200
}
