"""What Home Assistant refuses beyond what reading sees: kinds that it has not, and their targets and options. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workers.automation.finding import Code, Finding, Fix, error, warning
from workers.automation.plan.conditions import OtherCondition, PurposeCondition, StateCondition
from workers.automation.plan.node import Node
from workers.automation.plan.plan import Plan
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import OtherTrigger, PurposeTrigger, StateTrigger
from workers.automation.plan.value import Data, Tagged, Template, Value, thawed
from workers.automation.reading.cursor import Cursor, Notes
from workers.automation.reading.durations import read_duration
from workers.automation.validating.known import Known
from workers.automation.validating.nearest import nearest
from workers.automation.validating.places import child, known_text
from workers.automation.validating.purpose import Purpose, purpose_conditions, purpose_triggers
from workers.automation.validating.references import targeted
from workers.automation.validating.threshold import judge_threshold

TRIGGER_KINDS = frozenset(
    "state numeric_state time time_pattern sun zone template event mqtt device homeassistant".split()  # noqa: SIM905
)
CONDITION_KINDS = frozenset(
    "state numeric_state time sun zone template trigger device and or not".split()  # noqa: SIM905 (words)
)
OTHER_TRIGGERS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "calendar": (frozenset({"entity_id"}), frozenset({"event", "offset", "offset_type", "options"})),
    "conversation": (frozenset({"command"}), frozenset()),
    "tag": (frozenset({"tag_id"}), frozenset({"device_id"})),
    "webhook": (frozenset({"webhook_id"}), frozenset({"allowed_methods", "local_only"})),
    "persistent_notification": (frozenset(), frozenset({"notification_id", "update_type"})),
    "geo_location": (frozenset({"source", "zone"}), frozenset({"event"})),
}
"""The keys that these must have, and those that they may have."""
_UNTYPED = frozenset({"knx", "litejet", "lg_netcast", "samsungtv", "webostv", "zwave_js", "fumis", "unifiprotect"})
"""Integrations with triggers of their own, that are not judged here."""
_MARKS = "[.。,，?¿？؟!¡！;；:：’…]"  # noqa: RUF001 (as in Home Assistant)
_PUNCTUATION = re.compile(rf"(?:^|\s){_MARKS}+|{_MARKS}+(?:\s|$)")
_BEHAVIORS = {"trigger": ("each", "first", "all", "any", "last"), "condition": ("any", "all")}


def judge_schema(plan: Plan, known: Known) -> Iterator[Finding]:
    """What Home Assistant refuses, and what it takes though it can't work."""
    for node in known.nodes:
        if isinstance(node, PurposeTrigger):
            yield from _purpose(node, purpose_triggers(), TRIGGER_KINDS | OTHER_TRIGGERS.keys(), "trigger", known)
        elif isinstance(node, PurposeCondition):
            yield from _purpose(node, purpose_conditions(), CONDITION_KINDS, "condition", known)
        elif isinstance(node, OtherTrigger):
            yield from _other_trigger(node)
        elif isinstance(node, OtherCondition):
            yield from _other_condition(node)
        elif isinstance(node, (StateTrigger, StateCondition)):
            yield from _impossible(node)
    if plan.use_blueprint is None and not plan.actions:
        yield error(Code.SCHEMA, "actions", "There are no actions: it would do nothing.")


# -- kinds that reading knows no more of -------------------------------------------------------------------------------


def _other_trigger(node: OtherTrigger) -> Iterator[Finding]:
    if not node.kind or isinstance(node.kind, Tagged) or node.kind in _UNTYPED:
        return
    keys = OTHER_TRIGGERS.get(node.kind)
    if keys is None:
        yield _no_kind(
            node.path, node.kind, "trigger", TRIGGER_KINDS | OTHER_TRIGGERS.keys() | purpose_triggers().keys()
        )
        return
    required, optional = keys
    config: Mapping[str, Any] = node.config if isinstance(node.config, Data) else {}
    inner = config.get("options")
    given = set(config) | (set(inner) if isinstance(inner, Mapping) else set())
    for key in sorted(required - given):
        yield error(Code.SCHEMA, node.path, f"A trigger of the kind {node.kind} needs {key}.")
    for key in sorted(required & set(config)):
        if config[key] is None or isinstance(config[key], Data):
            yield error(Code.SCHEMA, child(node.path, key), "This should be a text.")
    yield from _sentences(node, config)
    for key in sorted(set(config) - required - optional - {"options"}):
        message = f"A trigger of the kind {node.kind} has no key {key[:60]!r}: remove it."
        yield error(Code.SCHEMA, child(node.path, key), message)


def _sentences(node: OtherTrigger, config: Mapping[str, Any]) -> Iterator[Finding]:
    """The sentences that a conversation trigger listens to."""
    if node.kind != "conversation" or "command" not in config:
        return
    told = config["command"]
    sentences = told if isinstance(told, tuple) else (told,)
    path = child(node.path, "command")
    if not any(isinstance(each, str) and each.strip() for each in sentences):
        yield error(Code.SCHEMA, path, "There is no sentence here: write what is to be said.")
    for each in sentences:
        if isinstance(each, str) and _PUNCTUATION.search(each):
            yield error(Code.SCHEMA, path, "A sentence has no punctuation here: write its words alone.")


def _other_condition(node: OtherCondition) -> Iterator[Finding]:
    if node.kind and not isinstance(node.kind, Tagged):
        yield _no_kind(node.path, node.kind, "condition", CONDITION_KINDS | purpose_conditions().keys())


def _no_kind(path: str, kind: str, what: str, kinds: frozenset[str] | set[str]) -> Finding:
    better = nearest(kind, sorted(kinds))
    hint = f": did you mean {better}?" if better else "."
    at = child(path, what)
    fix = Fix(path=at, value=better) if better else None
    return error(Code.SCHEMA, at, f"Home Assistant has no {what} of the kind {kind[:60]!r}{hint}", fix)


# -- purpose-made ------------------------------------------------------------------------------------------------------


def _purpose(
    node: PurposeTrigger | PurposeCondition,
    purposes: dict[str, Purpose],
    classic: frozenset[str] | set[str],
    what: str,
    known: Known,
) -> Iterator[Finding]:
    purpose = purposes.get(node.kind)
    if purpose is None:
        if not _foreign(node.kind, purposes, known):
            yield _no_kind(node.path, node.kind, what, classic | purposes.keys())
        return
    yield from _target(node, purpose, known)
    yield from _options(node, purpose, what)


def _foreign(kind: str, purposes: dict[str, Purpose], known: Known) -> bool:
    """Whether it may be of an integration that does not come with Home Assistant: its services are in the home."""
    domain = kind.partition(".")[0]
    own = {each.domain for each in purposes.values()}
    return domain not in own and domain in known.home.registry.services and domain not in known.home.ids_by_domain


def _target(node: PurposeTrigger | PurposeCondition, purpose: Purpose, known: Known) -> Iterator[Finding]:
    path = child(node.path, "target")
    if purpose.domains is None:
        if node.target is not None and not node.target.empty:
            yield error(Code.SCHEMA, path, f"{purpose.name} takes no target; remove it.", Fix(path=path, remove=True))
        return
    if node.target is None or node.target.empty:
        yield error(Code.SCHEMA, path, f"{purpose.name} needs a target; name an entity, a device, an area or a label.")
        return
    for at, kind, name in targeted(node.target):
        domain = name.partition(".")[0]
        if kind == "entity" and domain not in purpose.domains | {"group"} and known.has_entity(name):
            listed = " or ".join(sorted(purpose.domains))
            yield error(Code.SCHEMA, at, f"{purpose.name} does not look at {name}: it is for {listed}.")
    yield from _reaching_nothing(node.target, purpose, path, known)


def _reaching_nothing(target: Target, purpose: Purpose, path: str, known: Known) -> Iterator[Finding]:
    if not known.judged or target.entity_id or target.dynamic or purpose.domains is None:
        return
    if not any(each.partition(".")[0] in purpose.domains for each in known.home.reached(target)):
        listed = " or ".join(sorted(purpose.domains))
        yield warning(Code.STYLE, path, f"{purpose.name} finds no {listed} there; name one that there is.")


def _options(node: PurposeTrigger | PurposeCondition, purpose: Purpose, what: str) -> Iterator[Finding]:
    path = child(node.path, "options")
    for name in sorted(purpose.required - node.options.keys()):
        yield error(Code.SCHEMA, path, f"{purpose.name} needs the option {name!r}; give it under options.")
    for name, value in node.options.items():
        at = child(path, name)
        if name not in purpose.options:
            better = nearest(name, purpose.options)
            hint = f": did you mean {better}?" if better else ": remove it."
            fix = Fix(path=at, rename=better) if better else None
            yield error(Code.SCHEMA, at, f"{purpose.name} has no option {name[:60]!r}{hint}", fix)
        elif name == "behavior" and known_text(value) not in _BEHAVIORS[what]:
            yield error(Code.SCHEMA, at, f"behavior is one of {', '.join(_BEHAVIORS[what])}.")
        elif name == "threshold":
            yield from judge_threshold(value, at, purpose)
        elif name == "for":
            yield from _length(value, at)


def _length(value: Value, path: str) -> Iterator[Finding]:
    """What is wrong with a duration among options, where no template may stand."""
    notes = Notes()
    cursor = Cursor(thawed(value), path, path, notes)
    if read_duration(cursor) is not None and isinstance(value, Template):
        cursor.wrong("A template can't stand here: write the duration, such as 00:05:00.")
    yield from notes.findings


# -- what can't be -----------------------------------------------------------------------------------------------------


def _impossible(node: Node) -> Iterator[Finding]:
    """A state that can't be left and come to, and `for` on a state that another entity holds."""
    if isinstance(node, StateTrigger):
        if node.from_ is not None and node.from_ == node.to and node.from_ != (None,) and len(node.from_) == 1:
            yield warning(Code.STYLE, node.path, "It can't go from a state to the same one; change `from` or `to`.")
    elif isinstance(node, StateCondition) and node.for_ is not None:
        held = [each for each in node.state if isinstance(each, str) and each.startswith("input_") and "." in each]
        if held:
            at = child(node.path, "for")
            yield error(Code.SCHEMA, at, f"for can't be used where {held[0]} holds the state; write the state.")
