"""Homes that do not exist: for the demo, and for tests that need to know the truth."""
