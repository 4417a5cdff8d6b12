"""What a service call is aimed at, as far as that can be told before it is run. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from workers.automation.plan.actions import CallService
from workers.automation.plan.target import TARGET_KEYS, Target
from workers.automation.safety.chosen import Scope, choices


@dataclass(frozen=True, slots=True)
class Aim:
    """The entities that are hit; `named` are those named themselves; `open` says that it may be any of these."""

    entity_ids: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    everything: bool = False
    open: bool = False


def aim(call: CallService, domain: str, scope: Scope) -> Aim:
    """What a call is aimed at, with services of a domain. A target that can't be told may be all of the domain."""
    ids, known = _ids(call, scope)
    target = Target(**{key: tuple(sorted(found)) for key, found in ids.items()})
    hit = {each for each in scope.home.reached(target, domain) if _of(each, domain)}
    plain = call.target.entity_id if isinstance(call.target, Target) else ()
    named = frozenset(each.lower() for each in plain if each.lower() in hit)
    if not known:
        hit |= scope.home.reached(Target(entity_id=("all",)), domain)
    if isinstance(call.target, Target) and call.target.exclude is not None:
        hit -= scope.home.reached(call.target.exclude, domain)
    everything = bool({"all", "*"} & ids["entity_id"])
    return Aim(frozenset(hit), named, everything, open=not known)


def _ids(call: CallService, scope: Scope) -> tuple[dict[str, frozenset[str]], bool]:
    """The ids by their kind, and whether these are all."""
    found = dict.fromkeys(TARGET_KEYS, frozenset[str]())
    known = True
    for whole in (call.target, call.data):
        if isinstance(whole, str):
            chosen = choices(whole, scope)
            found["entity_id"] |= frozenset(each for each in chosen.texts if each in scope.home.entity_ids)
            known = False
    if isinstance(call.target, Target):
        for key in TARGET_KEYS:
            chosen = choices(getattr(call.target, key), scope)
            found[key] |= chosen.texts
            known = known and chosen.complete
    return found, known


def _of(entity_id: str, domain: str) -> bool:
    return domain in {"homeassistant", entity_id.partition(".")[0]}
