"""The workers, one package per capability, and where they are wired (`bootstrap.py`) and commanded (`cli/`)."""
