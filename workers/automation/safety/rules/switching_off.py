"""What must not be switched off."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error, warning
from workers.automation.safety.case import Case
from workers.automation.safety.deed import Deed
from workers.automation.safety.ending import follows
from workers.automation.safety.outcomes import OFF, ON, TOGGLE, outcome
from workers.automation.safety.override import SIGN
from workers.automation.safety.things import called, critical_kind, domain_of

_STOPPING = frozenset({"homeassistant.stop", "hassio.host_shutdown", "hassio.addon_stop", "hassio.app_stop"})
_WITHOUT_EXCEPTION = frozenset({"medical", "smoke alarm"})
_ANYTHING = frozenset({"switch", "homeassistant"})
HARMLESS_TOGETHER = frozenset(
    {"light", "media_player", "fan", "cover", "vacuum", "lawn_mower", "humidifier", "remote", "scene", "script",
     "climate",
     "input_boolean", "camera", "person", "device_tracker"}
)  # fmt: skip
"""Domains of which all may be switched off at once."""


def critical_off(case: Case) -> Iterator[Finding]:
    """What must stay on is switched off: freezer, fridge, smoke alarm, sump pump, medical devices, the network.

    Reason: food spoils, cellars fill, nobody is warned, and nobody can reach the house to see it.
    Dangerous: the freezer by itself, within a group, by its area, by a scene. Harmless: the fridge's light, the guests'
    network. A router that is on again within ten minutes was restarted: a warning.
    """
    for deed in case.course.deeds:
        if deed.service in _STOPPING:
            yield error(Code.CRITICAL_OFF, deed.path, f"This stops Home Assistant or a part of it by {deed.service}.")
        if outcome(deed) not in {OFF, TOGGLE}:
            continue
        found = {each: kind for each in sorted(deed.entity_ids) if (kind := critical_kind(case.home, each)) is not None}
        if found:
            yield _critical(case, deed, found)
        elif deed.open and deed.domain in _ANYTHING and not deed.entity_ids:
            yield error(Code.CRITICAL_OFF, deed.path, "This switches off whatever is chosen when it runs; name it.")


def _critical(case: Case, deed: Deed, found: dict[str, str]) -> Finding:
    worst = min(found, key=lambda each: (found[each] not in _WITHOUT_EXCEPTION, each))
    what = f"This switches off {called(case.home, worst)}{deed.means}"
    if set(found.values()) == {"network"} and all(_restarted(case, deed, each) for each in found):
        return warning(Code.CRITICAL_OFF, deed.path, f"{what} and on again; the home is cut off meanwhile.")
    end = f" {SIGN}" if found[worst] in _WITHOUT_EXCEPTION else ""
    how = "may be one of what is chosen when it runs" if deed.open else "must stay on"
    return error(
        Code.CRITICAL_OFF, deed.path, f"{what}, which {how} ({found[worst]}); leave it out.{end}", entities=tuple(found)
    )


def _restarted(case: Case, deed: Deed, entity_id: str) -> bool:
    after = follows(case.course, deed, entity_id, ON)
    return outcome(deed) == OFF and after is not None and after <= case.preset.network_restart


def bulk_off(case: Case) -> Iterator[Finding]:
    """Everything, or very much at once, is switched off without being named; all lights off is fine.

    Reason: what joins the house later is switched off too, and nobody has thought of it.
    Dangerous: `switch.turn_off` of all, a whole floor of switches, all automations. Harmless: all lights, all blinds.
    """
    for deed in case.course.deeds:
        if outcome(deed) not in {OFF, TOGGLE} or deed.domain in HARMLESS_TOGETHER or deed.open:
            continue
        many = [each for each in sorted(deed.entity_ids - deed.named) if _counts(each)]
        if deed.everything or len(many) >= case.preset.many:
            what = f"all of {deed.domain}" if deed.everything else f"{len(many)} things at once"
            yield error(Code.BULK_OFF, deed.path, f"This switches off {what}{deed.means}; name what you mean.")


def _counts(entity_id: str) -> bool:
    return domain_of(entity_id) in {"switch", "automation", "siren", "valve", "water_heater", "update"}
