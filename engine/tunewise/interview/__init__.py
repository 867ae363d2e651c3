"""Asks a person about a use case, and keeps the answers as a case file."""
