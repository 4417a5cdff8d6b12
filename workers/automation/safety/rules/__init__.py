"""The rules, each a small pure function over what an automation does."""
