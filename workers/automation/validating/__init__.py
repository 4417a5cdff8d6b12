"""Whether an automation can work: its schema, templates, references and style. Pure."""
