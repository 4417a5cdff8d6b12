"""The safety rules: what an automation must not do to a home and to those who live in it. Pure."""
