"""A match that asks, as a question of ours."""

from __future__ import annotations

from shared.home import Entity
from workers.query.meanings.states import meant as said_of
from workers.query.understanding.reading import Ask, Predicate, Question, Subject
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.upstream.grammar import Match
from workers.query.understanding.upstream.scopes import meant

CONFIDENCE = 0.9
_ASKS = {
    "any": Ask.ANY, "all": Ask.ALL, "which": Ask.WHICH, "how_many": Ask.COUNT,
    "one_yesno": Ask.CHECK, "one": Ask.STATE,
}  # fmt: skip
_ONE = frozenset({Ask.CHECK, Ask.STATE})
_STATES = {
    "not_home": ("away",),
    "on": ("on", "open", "detected"),
    "off": ("off", "closed", "clear"),
}
"""The words of ours for a state of upstream's, of which the first is taken that can be said of the things."""


def question(match: Match, subjects: Subjects) -> Question | None:
    """The question, or None where it leads to no one answer."""
    ask, state = _ASKS.get(match.response), match.slots.get("state")
    if ask is None or (state is None) is not (ask is Ask.STATE):
        return None
    asked = meant(match, subjects) if match.by_name or "domain" in match.slots else ()
    word = _word(str(state), asked) if state is not None else None
    found = tuple(each.entity_id for each in asked if word is None or said_of(word, each) is not None)
    if not found or (ask in _ONE and len(found) != 1):
        return None
    return Question(ask, Subject(found, plural=len(found) > 1), Predicate(word), confidence=CONFIDENCE)


def _word(state: str, asked: tuple[Entity, ...]) -> str:
    words = _STATES.get(state, (state,))
    return next((word for word in words if any(said_of(word, each) for each in asked)), words[0])
