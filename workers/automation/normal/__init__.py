"""The normal form of a plan: what is left of it when all that means nothing is gone. Pure."""
