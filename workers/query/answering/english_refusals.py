"""What is said in English where there is nothing to answer."""

from collections.abc import Sequence

from shared.home import Registry
from workers.query.answering.english_words import MEASURES, STATES, noun_of, within
from workers.query.answering.labels import clean, enumerated, labels
from workers.query.understanding.reading import (
    Ambiguous,
    NameAlone,
    NoPlace,
    NoSuchThing,
    NotApplicable,
    Reach,
    UnknownLanguage,
    UnknownName,
)

_REACHES = {
    Reach.ORDER: "I understand that something shall be done, but not what. Please say it in other words.",
    Reach.WISH: "I understand that you want an automation, but not all of it. Please say it in other words.",
    Reach.PAST: "I understand that this is about the past, but not what you ask of it.",
    Reach.FUTURE: "I only know how the home is now: I can't tell the future yet.",
}
HELP = (
    "Tell me what to do (turn off the lights upstairs; set the bedroom to 21 degrees), wish for automations (turn on "
    "the porch light at sunset), or ask me how your home is right now, for example: Is the front door locked? Which "
    "lights are on? How many windows are open upstairs? What is the temperature in the bedroom? Who is home? Which "
    "batteries are low? And how it was: When was the front door last opened? How long was the bathroom light on "
    "yesterday?"
)


def which_one(reading: Ambiguous | NameAlone, registry: Registry) -> str:
    """The question back."""
    if isinstance(reading, NameAlone):
        return f"What would you like to know about {enumerated(labels(reading.candidates, registry), 'or', '{} more')}?"
    return f"Which one do you mean: {enumerated(labels(reading.candidates, registry), 'or', '{} more')}?"


def beyond(reach: Reach) -> str:
    """That something is not possible yet."""
    return _REACHES[reach]


def unknown_name(reading: UnknownName) -> str:
    """That a name is not known, with the nearest ones."""
    return f"I don't know “{clean(reading.words)}” in this home.{_near(reading.near)}"


def no_such_thing(reading: NoSuchThing) -> str:
    """That there is no such thing there."""
    noun = MEASURES.get(reading.noun, reading.noun.replace("_", " "))
    if reading.measure:
        return f"I know of no {noun} reading{within(reading.place)}.{_near(reading.near)}"
    noun_there = f"“{clean(reading.noun)}”" if reading.elsewhere else noun_of(reading.noun)
    return f"I know of no {noun_there}{within(reading.place)}.{_near(reading.near)}"


def not_applicable(reading: NotApplicable, registry: Registry) -> str:
    """That a thing has no such state or measure."""
    names = enumerated(labels(reading.entities, registry), "and", "{} more")
    if not reading.what:
        return f"I can't tell that of {names}."
    return f"I can't tell “{STATES.get(reading.what, reading.what.replace('_', ' '))}” of {names}."


def no_place(_: NoPlace) -> str:
    """That nobody said where here is."""
    return "I don't know which room you are in. Please name the room."


def unknown_language(reading: UnknownLanguage) -> str:
    """That the language is not known (in English: there is no other)."""
    return f"I don't understand the language “{clean(reading.language)}” yet. I know: {', '.join(reading.known)}."


def unclear(*, empty: bool) -> str:
    """That there was no sense in it."""
    return "Please ask your home something, or tell it what to do." if empty else f"I did not understand that. {HELP}"


def _near(near: Sequence[str]) -> str:
    return f" Did you mean {enumerated([clean(each) for each in near], 'or', '{} more')}?" if near else ""
