"""What each approach costs, line by line, and when one overtakes another."""
