"""An organisation's policy over a rulebook: read, applied for a day, and told."""
