"""The home's past: what happened, in order."""

from shared.history.columns import Columns
from shared.history.event import NOBODY, Context, Event, Span
from shared.history.history import History

__all__ = ["NOBODY", "Columns", "Context", "Event", "History", "Span"]
