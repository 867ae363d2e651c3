"""Decision logs: records in a chain, and what an auditor asks of them."""
