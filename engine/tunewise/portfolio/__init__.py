"""What a whole inventory comes to: counts, money, close calls, and what is missing."""
