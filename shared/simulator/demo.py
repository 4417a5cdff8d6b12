"""The demo home: two floors, nine areas, sixty entities, and names that are easily confused."""

from importlib.resources import files


def demo_home() -> bytes:
    """The home as `homeiq import home` reads it."""
    return files("shared.simulator").joinpath("demo_home.json").read_bytes()
