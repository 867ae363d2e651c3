"""Files of many use cases, read and written: whatever format, header and spelling they come in."""
