terraform {
  required_version = ">= 1.0"

  required_providers {
    descope = {
      source  = "seed-02068dc7/descope"
      version = "~> 0.1"
    }
  }
}

# The project, the management key and, rarely, the API's address come from DESCOPE_PROJECT_ID,
# DESCOPE_MANAGEMENT_KEY and DESCOPE_BASE_URL, so that no key is stored in a file.
provider "descope" {}
