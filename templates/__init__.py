"""The shapes of reports: jinja2 templates and what they embed."""
