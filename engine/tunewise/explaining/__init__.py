"""What rules mean, why they fired, which was decisive, what is missing: read from a record and its rulebook."""
