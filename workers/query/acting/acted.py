"""A command and the home as it is now, actions out."""

from __future__ import annotations

from typing import Any

from contracts.acting import Action
from shared.home import Snapshot
from workers.query.acting.deeds import Call, Deeds, NotAble, NothingToDo, OutOfRange, TooMuch, WhichValue
from workers.query.acting.domains import calls
from workers.query.acting.thing import Thing
from workers.query.meanings.states import holds
from workers.query.understanding.orders.order import Command, Deed, Order
from workers.query.understanding.reading import Ambiguous

_ACTIVE = frozenset({"playing", "on", "paused", "buffering", "cleaning", "mowing", "idle"})
_SWITCHED = frozenset({Deed.ON, Deed.OFF, Deed.TOGGLE})
_RATHER = ("playing", "cleaning", "mowing", "paused", "on")
"""Of several things that an order without a name may mean, those in this state."""


def acted(
    command: Command, snapshot: Snapshot
) -> Deeds | NotAble | OutOfRange | WhichValue | NothingToDo | TooMuch | Ambiguous:
    """The actions of a command, exactly as Home Assistant writes them; all of it, or why it can't be."""
    actions: list[Action] = []
    left_out: list[str] = []
    for order in command.orders:
        if order.everything and order.deed in _SWITCHED:
            return TooMuch(order.deed)
        chosen = _chosen(order, snapshot)
        if not isinstance(chosen, tuple):
            return chosen
        found: dict[Call, list[str]] = {}
        unable: list[str] = []
        trouble: NotAble | None = None
        for entity_id in chosen:
            done = calls(Thing.of(entity_id, snapshot), order)
            if isinstance(done, NotAble) and len(chosen) > 1:
                trouble = trouble or done
                unable.append(entity_id)
                continue
            if not isinstance(done, tuple):
                return done
            for call in done:
                found.setdefault(call, []).append(entity_id)
        if trouble is not None and not found:
            return NotAble(chosen, trouble.deed, trouble.what, trouble.value, trouble.choices)
        left_out += unable
        actions += [_action(call, ids) for call, ids in found.items()]
    done_to = dict.fromkeys(each for action in actions for each in _targets(action))
    return Deeds(tuple(actions), tuple(done_to), tuple(left_out))


def _chosen(order: Order, snapshot: Snapshot) -> tuple[str, ...] | NothingToDo | Ambiguous:
    """The entities of an order as they are now: those in the state that was said, or the one that is active."""
    if order.only is not None:
        entities, states = snapshot.registry.entities, snapshot.states
        found = tuple(each for each in order.entities if holds(order.only, entities[each], states.get(each)))
        return found or NothingToDo(order.only, order.entities)
    if not order.implied or len(order.entities) == 1:
        return order.entities
    for state in _RATHER:
        found = tuple(each for each in order.entities if _state(each, snapshot) == state)
        if len(found) == 1:
            return found
        if found:
            return Ambiguous(found)
    return Ambiguous(order.entities)


def _state(entity_id: str, snapshot: Snapshot) -> str:
    state = snapshot.states.get(entity_id)
    return state.state if state is not None else ""


def _action(call: Call, entity_ids: list[str]) -> Action:
    target: dict[str, Any] = {"entity_id": entity_ids}
    return Action(action=call.service, target=target, data=dict(call.data))


def _targets(action: Action) -> list[str]:
    return list(action.target.get("entity_id", ()))
