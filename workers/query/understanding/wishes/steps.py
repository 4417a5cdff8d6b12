"""What a wish says is to be done: orders, messages, waiting, and what ends again after a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from workers.query.understanding.context import Context
from workers.query.understanding.names import Names
from workers.query.understanding.orders import OrderReader
from workers.query.understanding.orders.order import Command, Deed, Missing, Order
from workers.query.understanding.orders.reader import OrderReading
from workers.query.understanding.orders.things import Problem
from workers.query.understanding.reading import Ambiguous
from workers.query.understanding.tokens import COMMA, Token, plain
from workers.query.understanding.tokens import words as words_of
from workers.query.understanding.wishes.messages import Messages
from workers.query.understanding.wishes.parts import Parts, Unit
from workers.query.understanding.wishes.statements import text
from workers.query.understanding.wishes.times import Length, Moment, Times
from workers.query.understanding.wishes.wish import Do, MissingPart, NotPossible, Step, Wait, WaitUntil
from workers.query.understanding.wishes.words import WishWords

StepProblem = Problem | NotPossible | MissingPart
_UNDO: dict[Deed, Deed] = {
    Deed.ON: Deed.OFF, Deed.OFF: Deed.ON, Deed.OPEN: Deed.CLOSE, Deed.CLOSE: Deed.OPEN, Deed.LOCK: Deed.UNLOCK,
    Deed.UNLOCK: Deed.LOCK, Deed.PLAY: Deed.PAUSE, Deed.PAUSE: Deed.PLAY, Deed.MUTE: Deed.UNMUTE,
    Deed.UNMUTE: Deed.MUTE, Deed.START: Deed.STOP,
}  # fmt: skip
_LIT = frozenset({"brightness", "color", "kelvin", ""})
_IT = Token("it", "it")
_ITS = ["it", "is"]
LATER = "later"
LONGEST_ORDER = 32
"""Words of one order."""
_MARK = Unit("mark", (COMMA,), ",")
_STEPPED = frozenset({"brightness", "volume", "speed"})


class Steps:
    """Reads what is to be done in one home."""

    def __init__(self, names: Names, words: WishWords, parts: Parts, times: Times, orders: OrderReader) -> None:
        self._names, self._words, self._parts, self._times, self._orders = names, words, parts, times, orders
        self._messages = Messages(names, words)

    def read(
        self, units: Sequence[Unit], context: Context, told: str, about: Sequence[str]
    ) -> tuple[Step, ...] | StepProblem | None:
        """The steps of a clause; `told` is the message where none is said, `about` what was spoken of before."""
        found: list[Step] = []
        for part in self._split(units):
            later = next((each.piece.at for each in part if isinstance(each.piece, Moment) and each.key == LATER), None)
            if later is not None:
                found.append(WaitUntil(later))
            spoken = _last_entities(found) or context.remembered
            step = self._part(part, replace(context, remembered=tuple(spoken)), told, found, about)
            if step is None or not isinstance(step, list):
                return step
            found += step
        return tuple(found)

    def later(self, units: Sequence[Unit], *, begun: bool, acted: bool) -> tuple[Unit, ...]:
        """The units of a clause, with each time marked as `LATER` that is waited for in its course.

        `begun` is whether something else sets it off already, `acted` whether something is done before: "turn it on at
        sunset and turn it off at 11".
        """
        found: list[Unit] = []
        for part in self._split(units):
            moments = any(isinstance(each.piece, Moment) for each in part)
            worded = any(each.kind == "word" for each in part)
            waits = begun and acted and moments and worded
            marked = [replace(each, key=LATER) if waits and isinstance(each.piece, Moment) else each for each in part]
            found += [*([_MARK] if found else []), *marked]
            begun, acted = begun or moments, acted or worded
        return tuple(found)

    def _split(self, units: Sequence[Unit]) -> list[list[Unit]]:
        """Cut where another order begins behind a joining word or mark."""
        parts: list[list[Unit]] = [[]]
        for at, unit in enumerate(units):
            joins = unit.kind in {"mark", "join"} or (unit.kind == "word" and unit.plain == "but")
            if joins and at + 1 < len(units) and (self._parts.begins(units, at + 1) or self._reverses(units, at + 1)):
                parts.append([])
                continue
            timed = at > 0 and units[at - 1].kind == "time" and unit.kind == "word"
            if timed and any(each.kind == "word" for each in parts[-1]) and self._parts.begins(units, at):
                parts.append([])
            parts[-1].append(unit)
        return [each for each in (_trimmed(part) for part in parts) if each]

    def _reverses(self, units: Sequence[Unit], at: int) -> bool:
        """Whether it goes back there: "and off again after an hour"."""
        words = [each.plain for each in units[at:] if each.kind == "word"]
        return bool(words) and self._words.is_one("reversals", " ".join(words)) and len(words) < 5  # noqa: PLR2004

    def _part(
        self, units: Sequence[Unit], context: Context, told: str, before: Sequence[Step], about: Sequence[str]
    ) -> list[Step] | StepProblem | None:
        words = [each for unit in units if unit.kind != "time" for each in unit.tokens]
        lengths = {each.piece.how: each.piece.length for each in units if isinstance(each.piece, Length)}
        if "in" in lengths:
            return NotPossible("once")
        if len(lengths) < sum(isinstance(each.piece, Length) for each in units):
            return None
        first: list[Step] = [Wait(lengths["after"])] if "after" in lengths else []
        said = self._said(units, words, told, about)
        if said is not None:
            return [*first, said]
        lasting = lengths.get("for", timedelta())
        if not words:
            return first if not lasting else None
        return self._ordered(words, context, before, first, lasting)

    def _said(self, units: Sequence[Unit], words: Sequence[Token], told: str, about: Sequence[str]) -> Step | None:
        """Waiting, or a message: what is no order to a thing."""
        lasting = [each.piece.length for each in units if isinstance(each.piece, Length) and each.piece.how == "for"]
        waited = self._wait(words, lasting)
        return waited or (self._messages.read(words, told, about) if not lasting else None)

    def _ordered(
        self, words: list[Token], context: Context, before: Sequence[Step], first: list[Step], lasting: timedelta
    ) -> list[Step] | StepProblem | None:
        """An order, and what ends it where it is for a while: "the siren for a minute" switches it on."""
        doing = self._do(words, context, before)
        if lasting and not isinstance(doing, Command):
            on = [Token(each, each) for each in self._words.said["turn_on"].split()]
            doing = self._do([*on, *words], context, before)
        if not isinstance(doing, Command):
            return doing
        if not lasting:
            return [*first, Do(doing)]
        ended = undone(doing)
        return [*first, Do(doing), Wait(lasting), Do(ended)] if ended else NotPossible("undo")

    def _wait(self, words: Sequence[Token], lasting: Sequence[timedelta]) -> Wait | None:
        plains = [each.plain for each in words]
        for end in range(len(plains), 0, -1):
            if not self._words.is_one("waits", " ".join(plains[:end])):
                continue
            found = self._times.length(plains, end)
            if found and found[0] == len(plains) and not lasting:
                return Wait(found[1])
            if end == len(plains) and len(lasting) == 1:
                return Wait(lasting[0])
        return None

    def _do(self, words: list[Token], context: Context, before: Sequence[Step]) -> OrderReading | None:
        """What is ordered; "off again" is an order to what was spoken of."""
        if self._words.is_one("reversals", " ".join(each.plain for each in words)):
            found = self._reversed(words, context, before)
        else:
            found = self._first([*self._ways(words), *self._its(words, context)], context)
        return _fixed(found) if isinstance(found, Command) else found

    def _first(self, ways: Iterable[Sequence[Token]], context: Context) -> OrderReading | None:
        """The first way to say an order that reads; else what is told of the first way of all."""
        refused: OrderReading | None = None
        for each in ways:
            if len(each) > LONGEST_ORDER:
                return None
            found = self._orders.read(each, context)
            found = _fixed(found) if isinstance(found, Command) else found
            if isinstance(found, Command):
                return found
            refused = refused or found
        return refused

    def _ways(self, words: Sequence[Token]) -> Iterator[Sequence[Token]]:
        """An order as it is said; with its verb in front, where it says what is to be: "the blinds should open"."""
        known = [each for each in words if not self._words.is_one("besides", each.plain)]
        known = [_IT if self._words.is_one("her", each.plain) else each for each in known]
        yield known
        yield from self._renamed(known)
        for length in range(min(4, len(known)), 0, -1):
            for start in range(len(known) - length + 1):
                said = " ".join(each.plain for each in known[start : start + length])
                for verb in self._words.keys("wanted", said) if start else ():
                    yield (Token(verb, verb), *known[:start], *known[start + length :])

    def _renamed(self, words: Sequence[Token]) -> Iterator[Sequence[Token]]:
        """An order in other words: "lower the blinds" closes them, "pause the music" is said to a speaker."""
        plains = [each.plain for each in words]
        for start in range(len(words)):
            for end in range(start + 1, min(start + 3, len(words)) + 1):
                said = " ".join(plains[start:end])
                for section in ("moved",) if start == 0 else ("playing_things",):
                    for other in self._words.keys(section, said):
                        yield (*words[:start], Token(other, other), *words[end:])

    def _its(self, words: Sequence[Token], context: Context) -> Iterator[Sequence[Token]]:
        """With the room of what was spoken of: "its radiator" ("it is radiator" here) is the one in that room."""
        entities, areas = self._names.registry.entities, self._names.registry.areas
        rooms = {entities[each].area_id for each in context.remembered}
        area = areas.get(next(iter(rooms)) or "") if len(rooms) == 1 else None
        plains = [each.plain for each in words]
        for at in range(1, len(words) - 2) if area is not None else ():
            if plains[at : at + 2] == _ITS and area is not None:
                place = [Token(each, plain(each)) for each in ("in", *words_of(area.name))]
                yield (*words[:at], *words[at + 2 :], *place)

    def _reversed(self, words: list[Token], context: Context, before: Sequence[Step]) -> OrderReading | None:
        last = next((each.command for each in reversed(before) if isinstance(each, Do)), None)
        ended = undone(last) if last else None
        kept = [each for each in words if not self._words.is_one("separators", each.plain)]
        said = (*(Token(each, each) for each in self._words.said["turn"].split()), *kept)
        return self._orders.read(said, context) or ended


def undone(command: Command) -> Command | None:
    """What ends an order again; None where it is not known how it was before."""
    ended = [_ended(each) for each in reversed(command.orders)]
    return Command(tuple(each for each in ended if each), command.confidence) if all(ended) else None


def _ended(order: Order) -> Order | None:
    lights = all(each.startswith("light.") for each in order.entities)
    if order.deed in {Deed.SET, Deed.ON} and order.settings:
        lit = lights and all(each.what in _LIT and not each.step for each in order.settings)
        return Order(Deed.OFF, order.entities) if lit else None
    deed = _UNDO.get(order.deed)
    return Order(deed, order.entities, place=order.place) if deed and not order.only else None


def _fixed(command: Command) -> OrderReading | None:
    """A command that means the same whenever it is followed; else what is missing in it."""
    orders: list[Order] = []
    for each in command.orders:
        if each.implied and len(each.entities) > 1:
            return Ambiguous(each.entities)
        if any(one.step and one.what not in _STEPPED for one in each.settings):
            return Missing("value", each.deed, each.entities)
        harmless = (each.deed, each.only) in {(Deed.OFF, "on"), (Deed.CLOSE, "open"), (Deed.LOCK, "unlocked")}
        if each.only and not harmless:
            return None
        orders.append(replace(each, only=None))
    return Command(tuple(orders), command.confidence)


def _last_entities(steps: Sequence[Step]) -> tuple[str, ...]:
    last = next((each for each in reversed(steps) if isinstance(each, Do)), None)
    return tuple(one for order in last.command.orders for one in order.entities) if last else ()


def _trimmed(part: Sequence[Unit]) -> list[Unit]:
    found = list(part)
    while found and found[0].kind in {"mark", "join"}:
        found.pop(0)
    while found and found[-1].kind in {"mark", "join"}:
        found.pop()
    return found


__all__ = ["StepProblem", "Steps", "text", "undone"]
