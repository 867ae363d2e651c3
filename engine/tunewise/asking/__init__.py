"""What an auditor asks of a log: which records, why this option, why not that one."""
