"""The home's past: what happened, in order."""

from shared.history.events import EventRow, History, Span

__all__ = ["EventRow", "History", "Span"]
