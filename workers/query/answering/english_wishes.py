"""What is said in English of wishes for automations."""

from __future__ import annotations

from shared.home import Registry
from workers.query.answering.english_words import STATES
from workers.query.answering.labels import labels
from workers.query.understanding.wishes.wish import MissingPart
from workers.query.wishing.states import NotSayable

SUGGESTED = "I can make this an automation:"
IMPOSSIBLE = {
    "once": "An automation does a thing again and again: I can't do something one time only, later on.",
    "undo": "I can't undo that afterwards, as I don't know how it will have been before. Please say what to set then.",
}
_MISSING = {
    "trigger time": "At what time?",
    "trigger": "When shall that happen?",
    "threshold": "From which value on?",
    "length": "For how long?",
    "action": "What shall be done then?",
    "value": "To what value?",
}


def missing(reading: MissingPart) -> str:
    """What is asked where a wish lacks a part."""
    question = _MISSING[reading.what]
    return f"“{reading.said}”: {question[:1].lower()}{question[1:]}" if reading.said else question


def not_sayable(found: NotSayable, registry: Registry) -> str:
    """That no automation can tell a state of a thing."""
    if not found.entity_id:
        return f"An automation can't run every {found.word}: only at whole parts of an hour or a day."
    (name,) = labels((found.entity_id,), registry)
    if found.word == "notify":
        return f"I know of no phone of {name} to send a message to."
    state = STATES.get(found.word, found.word.replace("_", " "))
    return f"An automation can't tell “{state}” of {name}." if state else f"An automation can't tell that of {name}."
