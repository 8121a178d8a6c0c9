# A message when the month's costs reach 10, 20 and 50 dollars, and when 50 are expected.

resource "aws_budgets_budget" "month" {
  name         = "liner"
  budget_type  = "COST"
  limit_amount = "50"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "notification" {
    for_each = [10, 20, 50]
    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = "ACTUAL"
      threshold                  = notification.value
      threshold_type             = "ABSOLUTE_VALUE"
      subscriber_email_addresses = [var.email]
    }
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    notification_type          = "FORECASTED"
    threshold                  = 50
    threshold_type             = "ABSOLUTE_VALUE"
    subscriber_email_addresses = [var.email]
  }
}
