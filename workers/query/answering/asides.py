"""An aside and the home as it is now, an answer out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.acting import Action
from contracts.query import Clarification, Option, QueryResult, QueryStatus
from shared.home import Registry, Snapshot
from workers.query.answering import english_asides as english
from workers.query.answering.answer import Answer
from workers.query.answering.labels import labels
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
    WithTimer,
)

KIND = "command"
_SERVICES = {ListDeed.ADD: "add_item", ListDeed.COMPLETE: "update_item", ListDeed.REMOVE: "remove_item"}
_FEATURES = {ListDeed.ADD: 1, ListDeed.REMOVE: 2, ListDeed.COMPLETE: 4}
_ANNOUNCES = 1
_TIMER_SERVICES = {
    TimerDeed.START: "start", TimerDeed.CANCEL: "cancel", TimerDeed.PAUSE: "pause", TimerDeed.RESUME: "start",
    TimerDeed.LENGTHEN: "change", TimerDeed.SHORTEN: "change",
}  # fmt: skip
_WITH_LENGTH = frozenset({TimerDeed.START, TimerDeed.LENGTHEN, TimerDeed.SHORTEN})
_IN_STATE = {
    TimerDeed.CANCEL: ("active", "paused"), TimerDeed.PAUSE: ("active",), TimerDeed.RESUME: ("paused",),
    TimerDeed.LENGTHEN: ("active",), TimerDeed.SHORTEN: ("active",), TimerDeed.TELL: ("active", "paused"),
}  # fmt: skip
"""Of several timers, the one that is so is meant."""


def answer_aside(aside: Aside, snapshot: Snapshot, now: datetime) -> Answer:
    """The answer; `now` has a zone."""
    match aside:
        case Clock():
            return _clock(aside, snapshot.registry, now)
        case OnList():
            return _on_list(aside, snapshot)
        case WithTimer():
            return _with_timer(aside, snapshot, now)
        case Announcement():
            return _announcement(aside, snapshot)
        case MediaSearch():
            return Answer(QueryStatus.REFUSED, "media_search", english.NO_SEARCH)
        case Remark():
            return Answer(QueryStatus.ANSWERED, "smalltalk", english.REMARKS[aside.key], confidence=1.0)


def _clock(aside: Clock, registry: Registry, now: datetime) -> Answer:
    wall = now.astimezone(ZoneInfo(registry.time_zone)) + timedelta(days=aside.days)
    values: dict[Tells, str | int] = {
        Tells.TIME: wall.isoformat(timespec="seconds"),
        Tells.DATE: wall.date().isoformat(),
        Tells.WEEKDAY: f"{wall:%A}",
        Tells.MONTH: f"{wall:%Y-%m}",
        Tells.YEAR: wall.year,
    }
    text = english.clock(aside.tells, wall, aside.days)
    return Answer(QueryStatus.ANSWERED, "clock", text, QueryResult(value=values[aside.tells]), confidence=1.0)


def _on_list(aside: OnList, snapshot: Snapshot) -> Answer:
    registry = snapshot.registry
    every = tuple(each for each in registry.entities if each.startswith("todo."))
    if not every:
        return Answer(QueryStatus.REFUSED, KIND, english.NO_LISTS)
    if not aside.lists:
        return Answer(QueryStatus.NOT_UNDERSTOOD, KIND, english.unknown_list(aside.said, labels(every, registry)))
    if len(aside.lists) > 1:
        return _which(english.which_list(aside), aside.lists, registry)
    entity_id = aside.lists[0]
    name = labels(aside.lists, registry)[0]
    if aside.deed is ListDeed.LENGTH:
        return _list_length(entity_id, name, snapshot)
    if not _able(entity_id, _FEATURES[aside.deed], snapshot):
        return Answer(QueryStatus.REFUSED, KIND, english.list_is_fixed(name), entities=aside.lists)
    data = {"item": aside.item, **({"status": "completed"} if aside.deed is ListDeed.COMPLETE else {})}
    return _done(english.on_list(aside, name), f"todo.{_SERVICES[aside.deed]}", aside.lists, data)


def _list_length(entity_id: str, name: str, snapshot: Snapshot) -> Answer:
    state = snapshot.states.get(entity_id)
    count = int(state.state) if state is not None and state.state.isdecimal() else None
    text = english.list_length(name, count) if count is not None else english.unknown_length(name)
    result = QueryResult(value=count, entities=[entity_id]) if count is not None else None
    status = QueryStatus.ANSWERED if count is not None else QueryStatus.NOT_UNDERSTOOD
    return Answer(status, "count", text, result, (entity_id,), confidence=1.0)


def _with_timer(aside: WithTimer, snapshot: Snapshot, now: datetime) -> Answer:
    registry = snapshot.registry
    every = tuple(each for each in registry.entities if each.startswith("timer."))
    if not every:
        return Answer(QueryStatus.REFUSED, "timer", english.NO_TIMERS)
    if not aside.timers:
        return Answer(QueryStatus.NOT_UNDERSTOOD, "timer", english.unknown_timer(aside.said, labels(every, registry)))
    chosen = _meant(aside, snapshot)
    if len(chosen) > 1 and not aside.every:
        return _which(english.WHICH_TIMER, chosen, registry)
    names = labels(chosen, registry)
    if aside.deed is TimerDeed.TELL:
        return _told(chosen[0], names[0], snapshot, now)
    data = {"duration": _duration(aside)} if aside.length is not None and aside.deed in _WITH_LENGTH else {}
    return _done(english.with_timer(aside, names), f"timer.{_TIMER_SERVICES[aside.deed]}", chosen, data)


def _meant(aside: WithTimer, snapshot: Snapshot) -> tuple[str, ...]:
    """Of several timers those that can be meant now, else all of them."""
    wanted = _IN_STATE.get(aside.deed, ())
    states = snapshot.states
    found = tuple(each for each in aside.timers if each in states and states[each].state in wanted)
    return found or aside.timers


def _duration(aside: WithTimer) -> str:
    """A length as Home Assistant takes it; below zero to take something off."""
    minutes, seconds = divmod(int((aside.length or timedelta()).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if aside.deed is TimerDeed.SHORTEN else ''}{hours:02}:{minutes:02}:{seconds:02}"


def _told(entity_id: str, name: str, snapshot: Snapshot, now: datetime) -> Answer:
    state = snapshot.states.get(entity_id)
    left = (
        _left(state.state, state.attributes.get("finishes_at"), state.attributes.get("remaining"), now)
        if state
        else None
    )
    text = english.timer_state(name, state.state if state else "idle", left)
    result = QueryResult(value=round(left.total_seconds()), unit="s", entities=[entity_id]) if left else None
    return Answer(QueryStatus.ANSWERED, "timer", text, result, (entity_id,), confidence=1.0)


def _left(state: str, finishes_at: object, remaining: object, now: datetime) -> timedelta | None:
    """What is left of a timer: until it ends, or what it was paused at."""
    try:
        if state == "active":
            ends = datetime.fromisoformat(str(finishes_at))
            return max(ends.astimezone(UTC) - now.astimezone(UTC), timedelta())
        if state == "paused":
            hours, minutes, seconds = (int(part) for part in str(remaining).split(":"))
            return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, OverflowError):
        return None
    return None


def _announcement(aside: Announcement, snapshot: Snapshot) -> Answer:
    able = tuple(each for each in aside.satellites if _able(each, _ANNOUNCES, snapshot))
    if not able:
        return Answer(QueryStatus.REFUSED, KIND, english.NO_SATELLITES)
    return _done(english.announcing(aside.message), "assist_satellite.announce", able, {"message": aside.message})


def _able(entity_id: str, feature: int, snapshot: Snapshot) -> bool:
    """Whether an entity has a feature, or does not say which it has."""
    state = snapshot.states.get(entity_id)
    features = state.attributes.get("supported_features") if state is not None else None
    return not isinstance(features, int) or bool(features & feature)


def _done(text: str, service: str, entities: Sequence[str], data: dict[str, str]) -> Answer:
    action = Action(action=service, target={"entity_id": list(entities)}, data=dict(data))
    return Answer(QueryStatus.ANSWERED, KIND, text, entities=tuple(entities), actions=(action,), confidence=1.0)


def _which(question: str, candidates: tuple[str, ...], registry: Registry) -> Answer:
    names = labels(candidates, registry)
    options = [Option(label=name, entity_id=each) for name, each in zip(names, candidates, strict=True)]
    clarification = Clarification(id="which", question=question, options=options)
    return Answer(
        QueryStatus.CLARIFICATION, "clarification", question, entities=candidates, clarifications=(clarification,),
        confidence=0.5,
    )  # fmt: skip
