"""Two ways of deciding, side by side: other rules, dates, assumptions, rulebooks."""
