"""The pieces of a cut as clauses: one clause is one order, with its verb, its things and its values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from workers.query.understanding.cuts import Span, Unknown
from workers.query.understanding.lexicon import Role, Word
from workers.query.understanding.names import Found
from workers.query.understanding.orders.beside import (
    attributive,
    chooses,
    counts,
    describes,
    goes_on,
    names_an_option,
    role_of,
)
from workers.query.understanding.orders.order import Setting

_LEVELS = "percent"
_HALF = 50.0
_BUT, _BOTH = "but", "both"
_BEHIND_EXCEPT = frozenset({None, Role.JOIN, Role.KIND, Role.EVERY, Role.REFERENCE, Role.PLACE})


@dataclass(slots=True)
class Group:
    """Some things that are said together: "all lights in the kitchen except the lamp"."""

    things: list[Span] = field(default_factory=list)
    kinds: list[Word] = field(default_factory=list)
    places: list[Span] = field(default_factory=list)
    spots: list[str] = field(default_factory=list)
    excepted: list[Span | Word] = field(default_factory=list)
    unknown: list[Span] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    every: bool = False
    pair: bool = False
    """Whether it speaks of two: "both lamps"."""
    other: bool = False
    reference: str | None = None

    @property
    def said(self) -> bool:
        """Whether it says anything."""
        return bool(
            self.things or self.kinds or self.places or self.spots or self.unknown or self.reference or self.other
        )

    @property
    def placed(self) -> bool:
        """Whether it says where."""
        return bool(self.places or self.spots)

    @property
    def plural(self) -> bool:
        """Whether it speaks of several things."""
        return self.every or any(kind.plural for kind in self.kinds)


@dataclass(slots=True)
class Clause:
    """One order in pieces."""

    verbs: list[str] = field(default_factory=list)
    particles: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    """What is set, where it was said: brightness, temperature."""
    settings: list[Setting] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    by: bool = False
    to: bool = False
    groups: list[Group] = field(default_factory=list)
    raw: list[Span] = field(default_factory=list)
    """Unknown words behind a "to": an option of the thing."""
    lost: bool = False
    """Whether a word says nothing where it stands."""
    rooms: bool = False
    """Whether it speaks of rooms."""
    either: bool = False
    """Whether it leaves a choice: "the lamp or the fan"."""

    @property
    def complete(self) -> bool:
        """Whether it says what is to be done, beside the verb."""
        return bool(self.particles or self.settings or self.modes or self.raw)


def clauses(spans: Sequence[Span]) -> list[Clause]:
    """The clauses of a cut, in their sequence; a clause without a verb has that of the one before."""
    found: list[Clause] = []
    for part in _parts(spans):
        piece = _clause(part)
        if (
            found
            and piece.verbs
            and not found[-1].verbs
            and not found[-1].complete
            and not any(group.said for group in piece.groups)
        ):
            piece.groups = found.pop().groups  # "Rosie, go home"
        if not found or _begins(piece, found[-1]):
            if found and not piece.verbs:
                piece.verbs = list(found[-1].verbs)
            found.append(piece)
        else:
            _add(found[-1], piece)
    for each in found:
        each.groups = _shared([group for group in each.groups if group.said])
    return found


def _parts(spans: Sequence[Span]) -> Iterable[list[Span]]:
    """What stands between joining words; names behind an "except" stay with it."""
    part: list[Span] = []
    excepting = False
    for at, span in enumerate(spans):
        role = role_of(span)
        following = spans[at + 1] if at + 1 < len(spans) else None
        if role is Role.EXCEPT and span.phrase == _BUT and following is not None and role_of(following) is Role.VERB:
            role = Role.JOIN  # "all lights off but leave the hall on"
        if role is Role.EXCEPT:
            excepting = True
        elif role not in _BEHIND_EXCEPT:
            excepting = False
        if role is not Role.JOIN or (excepting and following is not None and role_of(following) in {None, Role.KIND}):
            part.append(span)
        elif chooses(span):
            part.append(span)
            yield part
            part = []
        elif part:
            yield part
            part = []
    if part:
        yield part


def _begins(piece: Clause, last: Clause) -> bool:
    """Whether a piece is an order of its own."""
    if piece.verbs:
        return True
    named = any(group.said for group in piece.groups)
    return named and piece.complete and last.complete


def _bare(setting: Setting) -> bool:
    """Whether it is a number alone."""
    return isinstance(setting.value, float) and not (setting.what or setting.unit)


def _add(last: Clause, piece: Clause) -> None:
    """A piece that goes on with the order before it: more things, or more to set."""
    if _a_half(piece) and last.settings and isinstance(value := last.settings[-1].value, float):
        last.settings[-1] = replace(last.settings[-1], value=value + _HALF / 100)  # "21 and a half"
        return
    if not piece.to and not any(group.said for group in piece.groups) and any(_bare(each) for each in piece.settings):
        last.lost = True  # "corridors 2 and 5": the 5 is none of what is set
    last.particles += piece.particles
    last.topics += piece.topics
    last.settings += piece.settings
    last.modes += piece.modes
    last.raw += piece.raw
    last.by, last.to, last.lost = last.by or piece.by, last.to or piece.to, last.lost or piece.lost
    last.groups += [group for group in piece.groups if group.said]
    last.either = last.either or piece.either


def _a_half(piece: Clause) -> bool:
    said = piece.particles or piece.topics or piece.modes or piece.raw or any(group.said for group in piece.groups)
    return piece.settings == [Setting(value=_HALF, unit=_LEVELS)] and not (said or piece.to or piece.by or piece.lost)


def _shared(groups: list[Group]) -> list[Group]:
    """Things that are joined share what only one of them says: "the lights in the hall and the kitchen"."""
    if len(groups) > 1 and groups[0].placed and not groups[1].placed and not _thing(groups[0]) and _thing(groups[1]):
        groups[1].places, groups[1].spots = groups[0].places, groups[0].spots  # "room 305, all lights off"
        groups = groups[1:]
    for before, group in pairwise(groups):
        if not (group.things or group.kinds or group.unknown or group.reference) and group.placed:
            group.kinds, group.every = list(before.kinds), group.every or before.every
            group.states = group.states or list(before.states)
            if not before.kinds and before.things:
                group.things = list(before.things)
    for group, after in zip(reversed(groups[:-1]), reversed(groups[1:]), strict=True):
        if group.kinds and not group.things and not group.placed and after.kinds and after.placed:
            group.places, group.spots = list(after.places), list(after.spots)
    return groups


def _thing(group: Group) -> bool:
    return bool(group.things or group.kinds)


def _clause(part: Sequence[Span]) -> Clause:  # noqa: C901, PLR0912 (one a sort of piece)
    found = Clause(groups=[Group()])
    group = found.groups[0]
    excepting, excepts = False, False
    number: float | None = None
    tail: int | None = None
    for at, span in enumerate(part):
        item = span.item
        if isinstance(item, Word) and item.role is Role.TO and group.said:
            tail = at + 1
        if tail is not None and at >= tail and _of_the_tail(span, found):
            found.raw.append(span)
            continue
        if counts(part, at) or describes(part, at):
            found.lost = True
        if isinstance(item, Word) and item.role is Role.NUMBER and item.number is not None:
            if number is not None and goes_on(number, item.number):
                found.settings.pop()
                number += item.number
            else:
                number = item.number
            found.settings.append(Setting(value=number))
            continue
        number = None
        if isinstance(item, Word):
            excepting = item.role is Role.EXCEPT or (excepting and item.role in _BEHIND_EXCEPT)
            found.lost = found.lost or (excepts and item.role is Role.EXCEPT)
            excepts = excepts or item.role is Role.EXCEPT
            if item.role is Role.STATE:
                _state(part, at, found, group)
            else:
                _word(item, span, found, group, excepting=excepting)
        elif isinstance(item, Unknown):
            (found.raw if names_an_option(part, at) else group.unknown).append(span)
        elif excepting:
            group.excepted.append(span)
        else:
            (group.places if item.place else group.things).append(span)
    found.lost = found.lost or len(group.things) > 1 or (excepts and not group.excepted)
    return found


def _of_the_tail(span: Span, found: Clause) -> bool:
    """Whether a piece behind "to" belongs to a name of an option: "to HDMI 1", "to Radio One"."""
    item = span.item
    if isinstance(item, Unknown):
        return True
    if isinstance(item, Word):
        number = item.role is Role.NUMBER and bool(found.raw)
        return number or (item.role is Role.KIND and not found.settings and not found.modes)
    return item.thing and not found.settings and not found.modes


def _state(part: Sequence[Span], at: int, found: Clause, group: Group) -> None:
    """A state chooses among things; elsewhere it says nothing."""
    item = part[at].item
    if isinstance(item, Word) and attributive(part, at):
        group.states.append(item.key)
    else:
        found.lost = True


def _word(word: Word, span: Span, found: Clause, group: Group, *, excepting: bool) -> None:  # noqa: C901, PLR0912
    match word.role:
        case Role.VERB:
            found.verbs.append(word.key)
        case Role.PARTICLE:
            found.particles.append(word.key)
        case Role.SETTING:
            found.topics.append(word.key)
        case Role.TO:
            found.to = True
        case Role.BY:
            found.by = True
        case Role.STEP:
            found.settings.append(_step(word.key))
        case Role.LEVEL:
            found.settings.append(Setting(value=float(word.key), unit=_LEVELS))
        case Role.COLOR:
            found.settings.append(Setting("color", word.key))
        case Role.TONE:
            found.settings.append(Setting("kelvin", float(word.key)))
        case Role.MODE:
            found.modes.append(word.key)
        case Role.ORDER_UNIT:
            if found.settings and isinstance(found.settings[-1].value, float):
                found.settings[-1] = replace(found.settings[-1], unit=word.key)
        case Role.EVERY if not excepting:
            group.every = True
            group.pair = group.pair or word.key == _BOTH
        case Role.JOIN if not excepting:
            found.either = found.either or word.key == "or"
        case Role.OTHER:
            group.other = True
        case Role.REFERENCE if not excepting:
            group.reference = span.phrase
            group.pair = group.pair or span.phrase == _BOTH
        case Role.PLACE | Role.KIND if excepting:
            group.excepted.append(word)
        case Role.ROOM:
            found.rooms = True
        case Role.PLACE:
            group.spots.append(word.key)
        case Role.KIND:
            group.kinds.append(word)
        case _:
            pass


def _step(key: str) -> Setting:
    what, _, way = key.rpartition(" ")
    return Setting(what, None, step=1 if way == "up" else -1)


def named(span: Span) -> Found:
    """What a span names."""
    return span.thing
