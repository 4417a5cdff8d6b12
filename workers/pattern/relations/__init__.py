"""What follows what: pairs of changes, their chance, and how one explains another. Pure."""
