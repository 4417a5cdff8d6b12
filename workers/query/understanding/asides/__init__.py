"""What is said to an assistant beside the home itself: the time, lists, timers, announcements, media, itself."""

from workers.query.understanding.asides.aside import Aside
from workers.query.understanding.asides.reader import AsideReader

__all__ = ["Aside", "AsideReader"]
