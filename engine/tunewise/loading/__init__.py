"""Reads a folder of YAML into a rulebook, or says everything that is wrong with it."""
