"""The `homeiq` command: a file per group of commands. `terminal.py` is what they all speak through."""
