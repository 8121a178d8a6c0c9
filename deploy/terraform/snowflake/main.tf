# Role, warehouse with a limit, database, and a user who logs in with a key, for those who keep their
# account in Terraform; `manage.py snowflake_setup` does this and more. Not run: there was no account.

terraform {
  required_version = ">= 1.9"
  required_providers {
    snowflake = {
      source  = "snowflakedb/snowflake"
      version = "~> 2.1"
    }
  }
}

# Names and key of an administrator come from SNOWFLAKE_ORGANIZATION_NAME, SNOWFLAKE_ACCOUNT_NAME,
# SNOWFLAKE_USER, SNOWFLAKE_AUTHENTICATOR=SNOWFLAKE_JWT and SNOWFLAKE_PRIVATE_KEY.
provider "snowflake" {
  role = "ACCOUNTADMIN"
}

variable "public_key" {
  type        = string
  description = "The lines of rsa_key.pub between its first and its last, without line ends."
}

variable "credits" {
  type        = number
  description = "What the warehouse may use in a month; it is suspended when they are used up."
  default     = 10
}

resource "snowflake_account_role" "liner" {
  name = "LINER"
}

resource "snowflake_resource_monitor" "liner" {
  name            = "LINER"
  credit_quota    = var.credits
  frequency       = "MONTHLY"
  start_timestamp = "IMMEDIATELY"
  notify_triggers = [50, 80]
  suspend_trigger = 100
}

resource "snowflake_warehouse" "liner" {
  name                = "LINER"
  warehouse_size      = "XSMALL"
  auto_suspend        = 60
  auto_resume         = "true"
  initially_suspended = true
  resource_monitor    = snowflake_resource_monitor.liner.name
}

# Without Time Travel and Fail-safe: what was erased is gone.
resource "snowflake_database" "plays" {
  name                        = "SPOTIFY_DATA"
  is_transient                = true
  data_retention_time_in_days = 0
}

resource "snowflake_grant_privileges_to_account_role" "database" {
  account_role_name = snowflake_account_role.liner.name
  privileges        = ["USAGE", "CREATE SCHEMA"]
  on_account_object {
    object_type = "DATABASE"
    object_name = snowflake_database.plays.name
  }
}

resource "snowflake_grant_privileges_to_account_role" "warehouse" {
  account_role_name = snowflake_account_role.liner.name
  privileges        = ["USAGE", "OPERATE"]
  on_account_object {
    object_type = "WAREHOUSE"
    object_name = snowflake_warehouse.liner.name
  }
}

resource "snowflake_service_user" "liner" {
  name              = "LINER"
  default_role      = snowflake_account_role.liner.name
  default_warehouse = snowflake_warehouse.liner.name
  rsa_public_key    = var.public_key
}

resource "snowflake_grant_account_role" "user" {
  role_name = snowflake_account_role.liner.name
  user_name = snowflake_service_user.liner.name
}

output "warehouse_url" {
  description = "With the account's own name in its place."
  value       = "snowflake://${snowflake_service_user.liner.name}@ORGANISATION-ACCOUNT/${snowflake_database.plays.name}"
}
