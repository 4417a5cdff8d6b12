"""Writing an automation: from a plan to Home Assistant's current form, as a document and as YAML. Pure."""
