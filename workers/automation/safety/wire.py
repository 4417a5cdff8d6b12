"""What a message on MQTT tells a device to do: `UNLOCK` to `zigbee2mqtt/Front door/set` is `lock.unlock`. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from workers.automation.home_view import HomeView
from workers.automation.safety.chosen import Choice
from workers.automation.safety.things import domain_of
from workers.automation.safety.words import spelled

_COMMANDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "unlock": (("lock", "lock.unlock"),),
    "disarm": (("alarm_control_panel", "alarm_control_panel.alarm_disarm"),),
    "open": (("cover", "cover.open_cover"), ("lock", "lock.open")),
    "on": (("switch", "switch.turn_on"),),
    "off": (("switch", "switch.turn_off"), ("climate", "climate.turn_off")),
    "toggle": (("switch", "switch.toggle"), ("cover", "cover.toggle")),
}
"""By what is said: the domains that listen to it, and the service that does the same."""
_BY_THEMSELVES = frozenset({"lock.unlock", "alarm_control_panel.alarm_disarm"})
"""Services whose command means nothing else, whoever it is sent to."""
_KEYS = ("state", "command", "cmd", "action", "value")
_TELLING = frozenset({"set", "cmnd", "cmd", "command", "rpc", "control"})
"""Levels of a topic that say that it is for commands."""
_LONGEST = 4_096


def commanded(data: Mapping[str, Choice], home: HomeView) -> Iterator[tuple[str, frozenset[str]]]:
    """The services that a message stands for, with the entities of the home that its topic names."""
    topics, payloads = data.get("topic", Choice()), data.get("payload", Choice())
    said = {word for each in payloads.values for word in _said(each)}
    levels = {spelled(level) for each in topics.texts for level in each.split("/")} - {""}
    for word in sorted(said & _COMMANDS.keys()):
        for domain, service in _COMMANDS[word]:
            ids = frozenset(each for each in home.ids_by_domain.get(domain, ()) if _is_named(home, each, levels))
            if service in _BY_THEMSELVES or (ids and levels & _TELLING):
                yield service, ids


def _said(payload: object) -> Iterator[str]:
    """The commands in a payload: the word that it is, or those under the usual keys of its JSON."""
    if isinstance(payload, bool) or not isinstance(payload, str) or len(payload) > _LONGEST:
        return
    try:
        told = json.loads(payload) if payload.lstrip().startswith("{") else payload
    except (ValueError, RecursionError):
        return
    words = [told.get(key) for key in _KEYS] if isinstance(told, dict) else [told]
    yield from (each.strip().lower() for each in words if isinstance(each, str))


def _is_named(home: HomeView, entity_id: str, levels: set[str]) -> bool:
    names = (*home.names_of(entity_id), entity_id.removeprefix(f"{domain_of(entity_id)}."))
    return any(spelled(each) in levels for each in names)
