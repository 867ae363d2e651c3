"""Inventories past one machine: files in, files out, their rows evaluated by the workers of a Ray cluster."""
