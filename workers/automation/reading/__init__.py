"""Reading an automation: from YAML or a document, in any spelling that Home Assistant takes, to a plan. Pure."""
