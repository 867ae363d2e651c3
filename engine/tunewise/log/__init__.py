"""The decision log: records in a chain, what they hold, and whether they still hold."""
