"""What a sentence was read as: one typed reading, whoever read it.

A `Question` is about the home as it is now and names the entities that decide it; everything else says why there is
nothing to evaluate, or what to ask back.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Ask(StrEnum):
    """The form of a question, which decides the form of its answer."""

    CHECK = "check"  # is it so, of one thing or of definite ones: true or false
    ANY = "any"
    ALL = "all"
    NONE = "none"
    WHICH = "which"  # a list of entity ids
    ROOMS = "rooms"  # a list of area ids
    COUNT = "count"
    COUNT_ROOMS = "count_rooms"
    STATE = "state"  # text, or the number of a sensor
    MEASURE = "measure"  # a number with a unit
    ATTRIBUTE = "attribute"
    PLACE = "place"  # in which area a thing is
    EXTREME = "extreme"  # the highest, lowest, average or total reading
    COMPARE = "compare"  # is one reading above another


class Extreme(StrEnum):
    """Which one of several readings."""

    HIGHEST = "highest"
    LOWEST = "lowest"
    AVERAGE = "average"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Above or below a number; `unit` where it was said and readings come in several."""

    above: bool
    number: float
    unit: str | None = None
    inclusive: bool = False
    """Whether the number itself will do: "at least 20", "not below 20"."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """What is asked to hold: a state word of `states`, a threshold, or a state in the sentence's own words (`raw`).

    All None: that there is such a thing.
    """

    state: str | None = None
    negated: bool = False
    threshold: Threshold | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about: entities, and how the sentence spoke of them."""

    entities: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    place: str | None = None
    """The place as the home calls it, for the answer."""
    plural: bool = False
    measure: str | None = None
    groups: tuple[tuple[str, ...], ...] = ()
    """What an "and" joined: "on in the kitchen and the hall" has to hold in each."""
    others: bool = False
    """Whether an "except" left some out."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about now."""

    ask: Ask
    subject: Subject
    predicate: Predicate = field(default_factory=Predicate)
    attribute: str | None = None
    extreme: Extreme | None = None
    of: Ask | None = None
    """What an extreme asks for: the reading (None), the thing (WHICH) or its room (ROOMS). Of rooms: whether it has to
    hold of all that is in one (ALL)."""
    other: Subject | None = None
    """What a comparison compares with."""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several things fit a singular: one of the candidates has to be chosen."""

    candidates: tuple[str, ...]
    confidence: float = 0.5


@dataclass(frozen=True, slots=True)
class NameAlone:
    """A thing was named and nothing asked."""

    candidates: tuple[str, ...]


class Reach(StrEnum):
    """What a sentence is that no question about now can answer."""

    ORDER = "command"
    WISH = "automation"
    PAST = "history"
    FUTURE = "forecast"


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Understood as something that is not possible yet."""

    reach: Reach


@dataclass(frozen=True, slots=True)
class UnknownName:
    """Words that name nothing in the home; `near` are entities with similar names."""

    words: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoSuchThing:
    """A known kind or measure that is not there, or not in that place; `near` is what there is instead."""

    noun: str
    place: str | None = None
    near: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    """Entities that the nearest names are taken from; none: from all."""
    measure: bool = False
    elsewhere: bool = False
    """Whether something of that name is in another place."""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A state or measure that the thing does not have: a light is never locked."""

    entities: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class NoPlace:
    """It was said "here", and nobody told where that is."""


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked at all."""


@dataclass(frozen=True, slots=True)
class UnknownLanguage:
    """No words for that language."""

    language: str
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """No sense in it; `empty` where there was nothing to read."""

    empty: bool = False


Refusal = UnknownName | NoSuchThing | NotApplicable | NoPlace | Unclear
"""Readings that say that nothing was found: another way to read the sentence may still do better."""

Reading = Question | Ambiguous | NameAlone | OutOfReach | Help | UnknownLanguage | Refusal
