"""An automation in plain sentences. Pure."""
