"""From a wish and the home as it is now to an automation as Home Assistant writes it. Pure."""

from workers.query.wishing.document import Drafted, drafted
from workers.query.wishing.states import NotSayable

__all__ = ["Drafted", "NotSayable", "drafted"]
