"""Of all that a sentence says of time and of the home: what sets the automation off, and what has to be so then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import time

from workers.query.meanings.states import ACTIVE
from workers.query.understanding.reading import Ask, Question
from workers.query.understanding.wishes.said import Heard, Said
from workers.query.understanding.wishes.times import Darkness, Moment, Once, Part, Piece, in_part
from workers.query.understanding.wishes.wish import (
    All,
    Alone,
    Becomes,
    Condition,
    Either,
    Every,
    Holds,
    MissingPart,
    NotPossible,
    OnDays,
    SunEvent,
    Trigger,
    Within,
)
from workers.query.understanding.wishes.words import WishWords

Built = tuple[tuple[Trigger, ...], tuple[Condition, ...]]
_DARK = Within(SunEvent("sunset"), SunEvent("sunrise"))
_LIGHT = Within(SunEvent("sunrise"), SunEvent("sunset"))
_NEVER = OnDays(())
"""A change that is said as a condition: no condition says it."""
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Setting:
    """Collects what was said, and decides which of it is the trigger."""

    def __init__(self, words: WishWords) -> None:
        self._words = words
        self._moments: list[Moment] = []
        self._intervals: list[Every] = []
        self._parts: list[str] = []
        self._parts_said: list[str] = []
        self._days: list[OnDays] = []
        self._windows: list[Within] = []
        self._happening: list[list[Said]] = []
        self._either: list[Said] = []
        self._darkness: list[bool] = []
        self._conditions: list[Condition] = []
        self._asked: list[Said] = []
        self._once = False
        self.ends: Trigger | None = None
        """When what is done ends again, where a part of the day is all that was said of when."""

    def add(self, piece: Piece, *, event: bool = False, negated: bool = False) -> None:
        """Something said of time; `event` where it stands behind a "when"."""
        match piece:
            case Moment():
                self._moments.append(piece)
            case Every():
                self._intervals.append(piece)
            case Part():
                self._parts.append(piece.name)
                self._parts_said.append(piece.name)
            case OnDays():
                days = tuple(each for each in _WEEK if each not in piece.days) if negated else piece.days
                self._days.append(OnDays(days))
            case Within():
                late = piece.after == time(0) and piece.before is None
                until = time(self._words.windows["night"][1]) if late else piece.before
                self._windows.append(replace(piece, before=until, negated=piece.negated is not negated))
            case Darkness():
                if event:
                    self._darkness.append(piece.dark)
                else:
                    self._windows.append(_DARK if piece.dark is not negated else _LIGHT)
            case Once():
                self._once = True
            case _:
                pass

    def hear(self, kind: str, heard: Heard) -> None:
        """What a clause says; `kind` is that of the clause."""
        if kind == "until":
            return
        negated = kind == "unless"
        for piece in heard.pieces:
            self.add(piece, event=kind in {"trigger", "or", "after", "implied"}, negated=negated)
        if kind in {"condition", "unless"}:
            if heard.said:
                self._conditions.append(_condition(heard.said, negated=negated))
                self._asked += heard.said if kind == "condition" else ()
        elif heard.said:
            first = replace(heard.said[0], joined="or") if kind == "or" else heard.said[0]
            self._happening.append([first, *heard.said[1:]])

    def until(self, heard: Heard) -> Iterator[Trigger]:
        """What ends something; nothing where it says more than that."""
        if not all(isinstance(each, Moment | Darkness) for each in heard.pieces):
            return
        for piece in heard.pieces:
            if isinstance(piece, Moment):
                yield piece.at
            elif isinstance(piece, Darkness):
                yield SunEvent("sunset" if piece.dark else "sunrise")
        yield from (_trigger(each) for each in heard.said)

    def built(self) -> Built | MissingPart | NotPossible | None:
        """The triggers and conditions; what is missing, where nothing sets it off."""
        if self._once:
            return NotPossible("once")
        if (self._moments and self._intervals) or self._apart():
            return None
        triggers, conditions = self._set_off()
        if _NEVER in _flat((*conditions, *self._conditions)):
            return None
        if not triggers:
            if self._days or self._parts_said:
                part = self._parts_said[0] if self._parts_said else ""
                choices = self._words.usual.get(part, self._words.usual[""])
                return MissingPart("trigger time", choices, "", self._words.instead["time"])
            return None
        conditions += self._windows
        conditions += self._merged_days()
        return tuple(dict.fromkeys(triggers)), tuple(dict.fromkeys((*conditions, *self._conditions)))

    def _apart(self) -> bool:
        """Whether days are said that no day is all of: "at 7 on weekdays and at 8 on weekends"."""
        sets = [set(each.days) for each in self._days]
        return bool(sets) and not set(_WEEK).intersection(*sets)

    def _merged_days(self) -> list[Condition]:
        kept = tuple(each for each in _WEEK if all(each in one.days for one in self._days))
        return [OnDays(kept)] if len(kept) < len(_WEEK) else []

    def _set_off(self) -> tuple[list[Trigger], list[Condition]]:
        """Times before happenings, happenings before intervals, the rest has to be so."""
        if self._moments or self._intervals:
            return self._by_time()
        said = [each for group in self._happening for each in group]
        self._windows += self._part_windows()
        if said:
            return self._by_happening(said)
        if self._darkness:
            return [SunEvent("sunset" if each else "sunrise") for each in self._darkness], []
        began = next((at for at, each in enumerate(self._windows) if each.after is not None and not each.negated), None)
        if began is not None and not self._parts_said:
            window = self._windows.pop(began)
            self.ends = window.before
            return ([window.after] if window.after is not None else []), []
        if self._asked:
            first, *_ = self._asked
            self._conditions = [each for each in self._conditions if each != _condition((first,), negated=False)]
            return [_trigger(first)], list(_besides(first))
        return [], []

    def _part_windows(self) -> list[Within]:
        found = []
        for each in self._parts:
            if each in self._words.windows:
                first, last = self._words.windows[each]
                found.append(Within(time(first), time(last)))
            else:
                found.append(_LIGHT)
        self._parts = []
        return found

    def _by_time(self) -> tuple[list[Trigger], list[Condition]]:
        triggers: list[Trigger] = [*(self._at(each) for each in self._moments), *self._intervals]
        conditions: list[Condition] = []
        for group in self._happening:
            either = [each for each in group if each.joined == "or"]
            triggers += [trigger for each in either for trigger in (_trigger(each),)]
            rest = [each for each in group if each not in either]
            if rest and either:
                triggers += [_trigger(each) for each in rest]
            elif rest:
                conditions.append(_condition(tuple(rest), negated=False))
        self._windows += [_DARK if each else _LIGHT for each in self._darkness]
        return triggers, conditions

    def _at(self, moment: Moment) -> Trigger:
        if isinstance(moment.at, time) and not moment.sure and self._parts:
            return in_part(moment.at, self._parts[0])
        return moment.at

    def _by_happening(self, said: Sequence[Said]) -> tuple[list[Trigger], list[Condition]]:
        """Joined by "or" each sets it off; else the first that happens does, and the rest has to be so."""
        self._windows += [_DARK if each else _LIGHT for each in self._darkness]
        if any(each.joined == "or" for each in said):
            firsts = [
                each
                for at, each in enumerate(said)
                if each.joined == "or" or (at + 1 < len(said) and said[at + 1].joined == "or")
            ]
        else:
            firsts = [
                next((each for each in said if each.at or each.lasting), None)
                or next((each for each in said if each.sudden), said[0])
            ]
        rest = [each for each in said if each not in firsts]
        conditions: list[Condition] = [one for each in firsts for one in _besides(each)]
        if rest:
            conditions.append(_condition(tuple(rest), negated=False))
        return [_trigger(each) for each in firsts], conditions


def _trigger(said: Said) -> Trigger:
    if said.at is not None:
        return said.at
    assert said.question is not None  # noqa: S101 (a statement is one or the other)
    return Becomes(said.question, said.lasting, said.before)


def _besides(said: Said) -> Iterator[Condition]:
    """What has to be so beside the change: of all that have left, all are away."""
    if said.question is None:
        return
    if said.alone:
        yield Alone(said.question.subject.entities)
    elif of_all(said.question) and len(said.question.subject.entities) > 1:
        yield Holds(said.question, lasting=said.lasting)


def of_all(question: Question) -> bool:
    """Whether it has to be so of all that it is about, so that the last change makes it so."""
    if question.ask in {Ask.ALL, Ask.NONE}:
        return True
    predicate = question.predicate
    any_will_do = bool(question.subject.kinds) and (predicate.state in ACTIVE) is not predicate.negated
    return question.ask is Ask.CHECK and not any_will_do


def _condition(said: Sequence[Said], *, negated: bool) -> Condition:
    """Several that are joined: by "or" one will do; what is denied is denied of each."""
    found: list[Condition] = [
        Holds(each.question, negated, each.lasting) if each.question is not None and each.before is None else _NEVER
        for each in said
    ]
    either = any(each.joined == "or" for each in said)
    if len(found) == 1:
        return found[0]
    return Either(tuple(found)) if either is not negated else All(tuple(found))


def _flat(conditions: Sequence[Condition]) -> Iterator[Condition]:
    for each in conditions:
        yield each
        if isinstance(each, Either | All):
            yield from _flat(each.conditions)
