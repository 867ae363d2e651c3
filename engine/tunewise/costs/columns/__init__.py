"""What each approach costs for many cases at once, equal to the cent to what it costs for each."""
