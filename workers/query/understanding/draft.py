"""What a cut says, sorted by role: the form of a sentence before its names are resolved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workers.query.meanings.states import OPPOSITES
from workers.query.understanding.cuts import Cut, Span, Unknown
from workers.query.understanding.lexicon import Role, Word
from workers.query.understanding.names import Found
from workers.query.understanding.reading import Ask, Extreme, Threshold


@dataclass(slots=True)
class Draft:
    """The pieces of one question."""

    asks: list[str] = field(default_factory=list)
    things: list[Span] = field(default_factory=list)
    places: list[Span] = field(default_factory=list)
    spots: list[str] = field(default_factory=list)
    """Places that are no names: here, outside, upstairs."""
    kinds: list[Word] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    extremes: list[Extreme] = field(default_factory=list)
    comparisons: list[str] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    """What the units measure, and in which one: "power kW"."""
    unknown: list[Span] = field(default_factory=list)
    excepted: list[Span] = field(default_factory=list)
    """The names behind an "except"."""
    joins: list[tuple[str, str, str]] = field(default_factory=list)
    """What each "and" and "or" stands between: ("place", "and", "place")."""
    said: str = ""
    """The state in the sentence's own words."""
    roles: set[Role] = field(default_factory=set)
    opens: Role | None = None
    """The role of the first piece."""
    negated: bool = False
    attributive: bool = False
    """Whether the state stands in front of the kind: "open windows"."""
    negated_first: bool = False
    """Whether a "not" stands in front of "all" or "any": not all are, which is not that all are not."""
    either: bool = False
    """Whether it asks which of two opposites is so: "open or closed"."""
    asked: bool = False
    cost: float = 0.0

    @property
    def joined(self) -> bool:
        """Whether an "and" or "or" is in it."""
        return Role.JOIN in self.roles

    def joining(self, what: str, by: str | None = None) -> bool:
        """Whether an "and" or "or" joins two of a sort."""
        return any(left == what == right and by in {None, key} for left, key, right in self.joins)

    @property
    def compared(self) -> bool:
        """Whether one thing is compared with another."""
        return bool(self.comparisons) and not self.numbers and Role.THAN in self.roles

    @property
    def state(self) -> str | None:
        """The one state."""
        return self.states[0] if self.states else None

    @property
    def measure(self) -> str | None:
        """The one measure."""
        return self.measures[0] if self.measures else None

    @property
    def attribute(self) -> str | None:
        """The one attribute."""
        return self.attributes[0] if self.attributes else None

    @property
    def threshold(self) -> Threshold | None:
        """Above or below a number, where that is said."""
        if not (self.comparisons and self.numbers):
            return None
        way = self.comparisons[0]
        above = (way in {"above", "at_least"}) is not self.negated
        inclusive = (way in {"at_least", "at_most"}) is not self.negated
        unit = next((each.partition(" ")[2] for each in self.units), "")
        return Threshold(above, self.numbers[0], unit or None, inclusive)

    @property
    def plural(self) -> bool:
        """Whether the sentence speaks of several things."""
        return any(kind.plural for kind in self.kinds) or (self.joined and len(self.things) + len(self.kinds) > 1)

    @property
    def quantified(self) -> bool:
        """Whether it asks for any, all, none, which or how many."""
        return self.form in {Ask.ANY, Ask.ALL, Ask.NONE, Ask.WHICH, Ask.COUNT, Ask.ROOMS, Ask.COUNT_ROOMS}

    @property
    def listing(self) -> bool:
        """Whether it only describes what is wanted: "all the lights that are on", "the open windows"."""
        asks = self.opens in {Role.AUXILIARY, Role.PERFECT} or set(self.asks) - {"all"}
        described = Role.RELATIVE in self.roles or (self.attributive and self.plural)
        return described and bool(self.kinds) and not asks

    @property
    def form(self) -> Ask:
        """The form of the question by its question word and quantifier."""
        if self.listing:
            return Ask.WHICH
        for key, ask in _FORMS:
            if key in self.asks:
                return ask
        if self._what_is_so:
            return Ask.WHICH
        thing = next((kind for kind in self.kinds if kind.key == "thing"), None)
        if thing is not None:
            return Ask.ALL if thing.plural else Ask.ANY
        if Role.ARTICLE in self.roles and not self.things:
            return Ask.ANY
        return Ask.STATE if {"state", "what", "what_is"} & set(self.asks) else Ask.CHECK

    @property
    def _what_is_so(self) -> bool:
        """Whether it asks what is on: "what" with a state and nothing that has it, or with several things."""
        if self.things or self.measures:
            return False
        return ("what" in self.asks and bool(self.states or self.plural)) or (
            "what_is" in self.asks and bool(self.states) and not self.kinds
        )

    @property
    def consistent(self) -> bool:
        """Whether the pieces go together at all, and every one of them says something."""
        return self._clear and self._each_once

    @property
    def _clear(self) -> bool:
        """Whether every piece says something together with the others."""
        if any(not left or not right for left, _, right in self.joins):
            return False
        unlike = [{left, right} for left, _, right in self.joins if left != right]
        if any(each & {"state", "place"} and "unknown" not in each for each in unlike):
            return False
        measured = self.measures or self.things or self.extremes or self.comparisons
        of_rooms = self.extremes or self.form in {Ask.ROOMS, Ask.COUNT_ROOMS}
        judged = self.measures and self.measure != "battery" and not self.asks
        return bool(
            (Role.USE not in self.roles or measured)
            and (Role.THAN not in self.roles or self.comparisons)
            and (Role.ROOM not in self.roles or of_rooms or self.unknown or self.things)
            and not self.negated_first
            and (Role.JUDGEMENT not in self.roles or judged)
        )

    @property
    def _each_once(self) -> bool:
        """Whether there is one piece of each sort, or words that join several."""
        if len(self.states) > 1 or len(self.measures) > 1 or len(self.attributes) > 1 or len(self.extremes) > 1:
            return False
        several = len(self.things) > 1 or len(self.kinds) > 1 or len(self.events) > 1
        if several and not (self.joined or self.compared):
            return False
        if len(self.places) > 1 and not self._places_meet:
            return False
        if self.comparisons and not (self.numbers or self.compared):
            return False
        return not self.numbers or (bool(self.comparisons) and len(self.numbers) == 1)

    @property
    def _places_meet(self) -> bool:
        """Several areas need an "and"; an area and its floor do not."""
        areas = [span for span in self.places if isinstance(span.item, Found) and span.item.areas]
        return self.joined or self.compared or len(areas) < 2  # noqa: PLR2004


_FORMS = (
    ("room_count", Ask.COUNT_ROOMS), ("rooms", Ask.ROOMS), ("count", Ask.COUNT), ("who", Ask.WHICH),
    ("which", Ask.WHICH), ("where", Ask.ROOMS), ("none", Ask.NONE), ("nothing", Ask.NONE), ("nobody", Ask.NONE),
    ("all", Ask.ALL), ("everyone", Ask.ALL), ("any", Ask.ANY), ("anyone", Ask.ANY),
)  # fmt: skip


def draft(cut: Cut, *, asked: bool) -> Draft:
    """The pieces of a cut, sorted."""
    found = Draft(asked=asked, cost=cut.cost)
    excepting = False
    for span in cut.spans:
        excepting = _excepting(span, excepting=excepting)
        if excepting and isinstance(span.item, Found):
            found.excepted.append(span)
        else:
            _sort(span, found)
    found.joins = list(_joins(cut.spans))
    for word in (span.item for span in cut.spans[:1]):
        found.opens = word.role if isinstance(word, Word) else None
    _complete(found)
    return found


def _complete(found: Draft) -> None:
    """What the words together mean, beyond what each says."""
    if {"setting", "target"} & set(found.attributes):
        found.measures.clear()
    if Role.USE in found.roles and found.things and not (found.measures or found.states or found.attributes):
        found.measures.append("power")
    if found.threshold and not (found.measures or found.kinds or found.things):
        found.measures += [key.partition(" ")[0] for key in found.units or _supposed(found) if key][:1]
    if found.joining("state", "or") and len(found.states) == 2 and _opposite(*found.states):  # noqa: PLR2004
        found.states.pop()
        found.either = True
    if found.comparisons and found.joined and not found.numbers and Role.THAN not in found.roles:
        found.extremes = [Extreme.HIGHEST if found.comparisons.pop() == "above" else Extreme.LOWEST]


def _excepting(span: Span, *, excepting: bool) -> bool:
    """Whether a span is behind an "except": its names and what joins them, up to the next other word."""
    role = span.item.role if isinstance(span.item, Word) else None
    return role is Role.EXCEPT or (excepting and (role is None or role is Role.JOIN))


_SORTS = {
    Role.PLACE: "place", Role.STATE: "state", Role.KIND: "thing", Role.EVENT: "thing", Role.MEASURE: "measure",
    Role.ATTRIBUTE: "measure",
}  # fmt: skip


def _sort_of(span: Span) -> str | None:
    """The sort of a span that can be joined with another; None for words in between."""
    if isinstance(span.item, Unknown):
        return "unknown"
    if isinstance(span.item, Word):
        return _SORTS.get(span.item.role)
    return "place" if span.thing.place else "thing"


def _joins(spans: Sequence[Span]) -> Iterator[tuple[str, str, str]]:
    for at, span in enumerate(spans):
        if isinstance(span.item, Word) and span.item.role is Role.JOIN:
            left = next((sort for each in reversed(spans[:at]) if (sort := _sort_of(each))), "")
            behind = spans[at + 1 :]
            negated = behind and isinstance(behind[0].item, Word) and behind[0].item.role is Role.NEGATION
            right = "" if negated else next((sort for each in behind if (sort := _sort_of(each))), "")
            yield left, span.item.key, right


def _opposite(one: str, other: str) -> bool:
    return OPPOSITES.get(one, one) == OPPOSITES.get(other, other) or {one, other} == {"locked", "unlocked"}


def _supposed(found: Draft) -> list[str]:
    """What is measured where nothing says so: "is it above 20 in the kitchen" asks for the temperature."""
    meant = Role.PRONOUN in found.roles or found.places or {"rooms", "room_count"} & set(found.asks)
    return ["temperature"] if meant and not (found.states or found.attributes) else []


def _sort(span: Span, found: Draft) -> None:
    item = span.item
    if isinstance(item, Unknown):
        found.unknown.append(span)
    elif isinstance(item, Found):
        (found.places if item.place else found.things).append(span)
    else:
        found.roles.add(item.role)
        found.said = span.phrase if item.role is Role.STATE else found.said
        _sort_word(item, found)


def _sort_word(word: Word, found: Draft) -> None:
    lists: dict[Role, list[str]] = {
        Role.ASK: found.asks, Role.EVENT: found.events, Role.STATE: found.states, Role.MEASURE: found.measures,
        Role.ATTRIBUTE: found.attributes, Role.COMPARISON: found.comparisons, Role.PLACE: found.spots,
        Role.UNIT: found.units,
    }  # fmt: skip
    if found.negated and word.role is Role.ASK and word.key in {"all", "any"}:
        found.negated_first = True
    for target, key in _keys(word, lists, found):
        if key not in target:
            target.append(key)
    if word.role is Role.KIND:
        found.attributive = found.attributive or bool(found.states and not found.kinds)
        found.kinds.append(word)
    elif word.role is Role.SUPERLATIVE and Extreme(word.key) not in found.extremes:
        found.extremes.append(Extreme(word.key))
    elif word.role is Role.NUMBER and word.number is not None:
        found.numbers.append(word.number)
    elif word.role is Role.NEGATION:
        found.negated = not found.negated


def _keys(word: Word, lists: dict[Role, list[str]], found: Draft) -> Iterator[tuple[list[str], str]]:
    if word.role in lists:
        yield lists[word.role], word.key
    if word.measure:
        yield found.measures, word.measure
