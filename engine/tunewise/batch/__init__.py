"""Evaluates an inventory into a folder, and goes on where it was interrupted."""
