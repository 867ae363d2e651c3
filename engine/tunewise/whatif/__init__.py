"""Other versions of a case, decided again: where the answer turns."""
