"""Reads asides: what is said to an assistant beside the home itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from shared.home import Registry
from workers.query.past.question import PastQuestion
from workers.query.understanding.asides.aside import (
    Announcement,
    Aside,
    Clock,
    ListDeed,
    MediaSearch,
    OnList,
    Remark,
    Tells,
    TimerDeed,
)
from workers.query.understanding.asides.grammar import Heard, heard, load
from workers.query.understanding.asides.timers import Timers
from workers.query.understanding.orders.order import CannotBe, Missing
from workers.query.understanding.reading import (
    Ambiguous,
    NameAlone,
    NoSuchThing,
    NotApplicable,
    OutOfReach,
    Question,
    Reach,
    Unclear,
    UnknownName,
)
from workers.query.understanding.tokens import plainly
from workers.query.understanding.wishes import words as wish_words
from workers.query.understanding.wishes.lengths import Lengths

R = TypeVar("R")
_UNREAD = (CannotBe, Missing, NameAlone, NoSuchThing, NotApplicable, Unclear, UnknownName)
_SURE = (Clock, OnList, Remark)
"""Asides that no thing of the home is meant by, whatever it may be called."""
_SHOPPING = ("shopping", "grocery", "groceries")
_ANY_LIST = ("list", "to do", "todo", "task", "tasks")
_LONGEST_ITEM = 255


class AsideReader:
    """Reads the asides said to one home."""

    def __init__(self, registry: Registry, language: str) -> None:
        self._grammar = load(language)
        words = wish_words.load(language)
        self._timers = Timers(registry, Lengths(words)) if words is not None else None
        self._lists = _lists_of(registry)
        self._known = {name: name for name in (*self._lists, *_SHOPPING, *_ANY_LIST)}
        self._satellites = tuple(each for each in registry.entities if each.startswith("assist_satellite."))

    def read(self, sentence: str) -> Aside | None:
        """The aside that a sentence is as a whole, or None."""
        if self._grammar is None:
            return None
        said = sentence.strip().rstrip("?!. ")
        found = [each for one in heard(said, self._grammar, self._known) if (each := self._aside(one)) is not None]
        return min(found, key=_vagueness, default=None)

    def after(self, reading: R, sentence: str) -> R | Aside:
        """A reading of the home, or the aside that the sentence is instead."""
        if not _open(reading):
            return reading
        found = self.read(sentence)
        if found is None or (isinstance(found, MediaSearch | Announcement) and not _unread(reading)):
            return reading
        return found if isinstance(found, _SURE) or not _is_about_something(reading) else reading

    def _aside(self, one: Heard) -> Aside | None:
        slots, intent = one.slots, one.intent
        if intent == "clock":
            return Clock(Tells(str(slots["tells"])), int(slots.get("days", 0)))
        if intent in list(ListDeed):
            return self._on_list(ListDeed(intent), str(slots.get("item", "")), str(slots["list"]))
        if intent.endswith("_timer"):
            return self._with_timer(TimerDeed(intent.removesuffix("_timer")), slots)
        if intent == "announce":
            return Announcement(str(slots["message"]), self._satellites)
        return MediaSearch(str(slots["search"])) if intent == "search" else Remark(str(slots["key"]))

    def _on_list(self, deed: ListDeed, item: str, name: str) -> OnList | None:
        if len(item) > _LONGEST_ITEM or (not item and deed is not ListDeed.LENGTH):
            return None
        every = tuple(dict.fromkeys(each for found in self._lists.values() for each in found))
        shopping = tuple(dict.fromkeys(each for word in _SHOPPING for each in self._lists.get(word, ())))
        if name == "list":
            return OnList(deed, item, shopping if len(shopping) == 1 else every)
        if name in _ANY_LIST and name not in self._lists:
            return OnList(deed, item, every if len(every) == 1 else (), name)
        return OnList(deed, item, self._lists.get(name, shopping if name in _SHOPPING else ()), name)

    def _with_timer(self, deed: TimerDeed, slots: Mapping[str, str | int]) -> Aside | None:
        if self._timers is None:
            return None
        by = slots.get("length")
        found = self._timers.read(deed, str(slots["timer"]), str(by) if by is not None else None)
        return None if found is not None and found.length is None and "bare" in slots else found


def _lists_of(registry: Registry) -> dict[str, tuple[str, ...]]:
    """The to-do lists by their names, with and without the word "list"."""
    lists: dict[str, dict[str, None]] = {}
    for each in registry.entities.values():
        for name in (each.name, *each.aliases) if each.domain == "todo" else ():
            said = plainly(name)
            for key in {said, said.removesuffix(" list")} - {"list", ""}:
                lists.setdefault(key, {})[each.entity_id] = None
    return {name: tuple(found) for name, found in lists.items()}


def _vagueness(aside: Aside) -> tuple[int, int]:
    """How little an aside says for sure: words that stand for anything say least."""
    match aside:
        case Clock() | Remark():
            return 0, 0
        case OnList():
            return 1 if aside.lists else 3, len(aside.item)
        case Announcement():
            return 2, len(aside.message)
        case MediaSearch():
            return 5, len(aside.words)
        case _:
            return 2 if aside.deed is not TimerDeed.START else 4, len(aside.said)


def _unread(reading: object) -> bool:
    beyond = isinstance(reading, OutOfReach) and reading.reach is not Reach.WISH
    return beyond or isinstance(reading, _UNREAD)


def _open(reading: object) -> bool:
    """Whether a sentence may still be an aside: an order or a wish that was understood is none."""
    return _unread(reading) or isinstance(reading, Question | PastQuestion | Ambiguous)


def _is_about_something(reading: object) -> bool:
    """Whether a question of ours was about things that there are."""
    return isinstance(reading, Ambiguous) or (isinstance(reading, Question) and bool(reading.subject.entities))
