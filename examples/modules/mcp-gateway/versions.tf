terraform {
  # Object types with optional attributes, and functions of providers.
  required_version = ">= 1.8"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}
