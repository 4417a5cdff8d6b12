"""How warm it may become."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error, warning
from workers.automation.safety.case import Case
from workers.automation.safety.chosen import as_number
from workers.automation.safety.deed import Deed
from workers.automation.safety.things import called, domain_of, in_fahrenheit, is_room_climate, sets_a_room

ROOM_CELSIUS = (5.0, 30.0)
ROOM_FAHRENHEIT = (41.0, 86.0)
_FIELDS = {
    "climate.set_temperature": ("temperature", "target_temp_low", "target_temp_high"),
    "water_heater.set_temperature": ("temperature", "target_temp_low", "target_temp_high"),
    "number.set_value": ("value",),
    "climate.set_humidity": ("humidity",),
    "humidifier.set_humidity": ("humidity",),
}
_OWN = {"number.set_value": ("min", "max"), "climate.set_humidity": ("min_humidity", "max_humidity"),
        "humidifier.set_humidity": ("min_humidity", "max_humidity")}  # fmt: skip


def unsafe_climate(case: Case) -> Iterator[Finding]:
    """A room is set below 5 or above 30 °C (41 or 86 °F), or another thing beyond its own range.

    Reason: pipes freeze below, people and animals suffer above; boilers and saunas know their own limits.
    Dangerous: 34 °C in the living room, a boiler at 80 where it takes 65. Harmless: 22 °C, a sauna at 80.
    Where rooms are among what is set, the rest is passed over: it refuses what is not in its range.
    """
    for deed in case.course.deeds:
        for name in _FIELDS.get(deed.service, ()):
            if name in deed.data:
                yield from _judged(case, deed, name)


def _judged(case: Case, deed: Deed, name: str) -> Iterator[Finding]:
    chosen = deed.data[name]
    rooms = {each for each in deed.entity_ids if is_room_climate(case.home, each)}
    bad = next(
        ((value, each, limits) for each in sorted(rooms or deed.entity_ids)
         if (limits := _limits(case, deed, each)) is not None
         for value in sorted(chosen.numbers) if not limits[0] <= value <= limits[1]),
        None,
    )  # fmt: skip
    if bad is not None:
        value, entity_id, (low, high) = bad
        yield error(
            Code.UNSAFE_CLIMATE,
            deed.path,
            f"This sets {called(case.home, entity_id)} to {value:g}{deed.means}; keep it within {low:g} to {high:g}.",
        )
    elif not chosen.complete and deed.domain in {"climate", "water_heater"}:
        yield warning(
            Code.UNSAFE_CLIMATE,
            deed.path,
            f"The {name} is chosen when it runs and may be anything{deed.means}; bound it with min and max.",
        )


def _limits(case: Case, deed: Deed, entity_id: str) -> tuple[float, float] | None:
    if "humidity" not in deed.service and (is_room_climate(case.home, entity_id) or sets_a_room(case.home, entity_id)):
        return ROOM_FAHRENHEIT if in_fahrenheit(case.home) else ROOM_CELSIUS
    if domain_of(entity_id) == "number" and not _is_thermal(case, entity_id):
        return None
    keys = _OWN.get(deed.service, ("min_temp", "max_temp"))
    low, high = (as_number(case.home.attribute(entity_id, key)) for key in keys)
    return None if low is None or high is None else (low, high)


def _is_thermal(case: Case, entity_id: str) -> bool:
    return case.home.device_class(entity_id) in {"temperature", "humidity"}
