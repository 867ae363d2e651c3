"""Rules run on facts: their order, their encoding, durable_rules, the second opinion, and what is decided."""
