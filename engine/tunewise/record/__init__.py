"""What was found out about a case, as one value, and as the JSON object that programs read."""
