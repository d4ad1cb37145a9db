output "duration_seconds" {
  value = provider::descope::duration_seconds("4 weeks") # 2419200
}
