"""What runs rules: their order, their encoding in small integers, durable_rules, and the second opinion."""
