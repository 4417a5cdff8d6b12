"""From orders to the actions of Home Assistant, checked against the home as it is now. Pure."""

from workers.query.acting.acted import acted
from workers.query.acting.deeds import Deeds, NotAble, NothingToDo, OutOfRange, TooMuch, WhichValue

__all__ = ["Deeds", "NotAble", "NothingToDo", "OutOfRange", "TooMuch", "WhichValue", "acted"]
