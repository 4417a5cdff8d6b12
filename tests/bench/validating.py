"""`automation/validate` over MQTT: a usual automation and a long one, in a home of 5,000 entities, by `homeiq up`.

python -m tests.bench.validating
"""

from __future__ import annotations

import asyncio
import functools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts import automation
from contracts.automation import ValidateRequest, ValidateResponse
from shared.broker.access import ADMIN
from shared.broker.process import own_broker
from shared.bus.client import Client
from tests.bench.figures import Figures, in_turn
from tests.bench.processes import command, up
from tests.bench.report import Row

ENTITIES: Final = 5_000
AREAS: Final = 40
LINES: Final = 300
_DOMAINS: Final = ("light", "switch", "sensor", "binary_sensor", "cover", "climate", "media_player", "lock")
_CLASSES: Final = {"binary_sensor": "motion", "sensor": "temperature", "cover": "blind"}

TYPICAL: Final = """\
alias: Hall light by motion
description: As people have it.
triggers:
  - trigger: state
    entity_id: binary_sensor.thing_0003
    to: "on"
conditions:
  - condition: numeric_state
    entity_id: sensor.thing_0002
    below: 10
actions:
  - action: light.turn_on
    target:
      area_id: area_1
    data:
      brightness_pct: 40
  - wait_for_trigger:
      - trigger: state
        entity_id: binary_sensor.thing_0003
        to: "off"
        for: "00:02:00"
    timeout: "00:10:00"
  - action: light.turn_off
    target:
      area_id: area_1
mode: restart
"""
_BLOCK: Final = """\
  - if:
      - condition: template
        value_template: "{{{{ states('sensor.thing_{sensor:04}') | float(0) > 20 }}}}"
    then:
      - action: light.turn_on
        target:
          entity_id: light.thing_{light:04}
        data:
          transition: 2
    else:
      - delay: "00:00:05"
"""


@dataclass(frozen=True, slots=True)
class ValidatingFigures:
    """Milliseconds of a reply, for the usual automation and for the long one; and how many lines that has."""

    typical: Figures
    long: Figures
    lines: int


def home() -> dict[str, Any]:
    """The document of a home with 5,000 entities, some of them in groups."""
    entities = []
    for number in range(ENTITIES):
        domain = _DOMAINS[number % len(_DOMAINS)]
        each: dict[str, Any] = {
            "entity_id": f"{domain}.thing_{number:04}",
            "name": f"Thing {number}",
            "area_id": f"area_{number % AREAS}",
            "device_class": _CLASSES.get(domain),
            "state": "off",
            "attributes": {"unit_of_measurement": "°C"} if domain == "sensor" else {},
        }
        if number % 400 == 0:
            each["attributes"] = {"entity_id": [f"light.thing_{other:04}" for other in range(8, 200, 8)]}
        entities.append(each)
    target = {"entity": [{"domain": ["light"]}]}
    number_field = {"selector": {"number": {"min": 0, "max": 300}}}
    fields = {"brightness_pct": {"selector": {"number": {"min": 0, "max": 100}}}, "transition": number_field}
    return {
        "areas": [{"area_id": f"area_{number}", "name": f"Area {number}"} for number in range(AREAS)],
        "entities": entities,
        "services": {"light": {"turn_on": {"fields": fields, "target": target}, "turn_off": {"target": target}}},
    }


def long_automation() -> str:
    """An automation of 300 lines."""
    text, number = TYPICAL.replace("mode: restart\n", ""), 0
    while text.count("\n") < LINES - 1:
        text += _BLOCK.format(sensor=2 + 8 * number, light=8 * number)
        number += 1
    return text + "mode: restart\n"


async def validating(folder: Path, rounds: int) -> ValidatingFigures:
    """Import the home, start the system with it, and ask. Raises NotAvailableError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    file = folder.parent / "home.json"
    file.write_text(json.dumps(home()))
    async with up(folder):
        await command(folder, "import", "home", str(file))
    async with up(folder):
        address = own_broker(folder, ADMIN)
        assert address is not None
        async with Client(address) as client:
            typical = functools.partial(client.request, automation.VALIDATE, ValidateRequest(yaml=TYPICAL))
            text = long_automation()
            long = functools.partial(client.request, automation.VALIDATE, ValidateRequest(yaml=text))
            for ask in (typical, long):
                _check(await ask())
            elsewhere = ValidateRequest(yaml=TYPICAL.replace("thing_0003", "nowhere"))
            assert not (await client.request(automation.VALIDATE, elsewhere)).valid, "the home did not come"
            return ValidatingFigures(await in_turn([typical], rounds), await in_turn([long], rounds), text.count("\n"))


def _check(answer: ValidateResponse) -> None:
    """Both are good ones."""
    assert answer.valid, answer.findings[:3]
    assert answer.safe, answer.findings[:3]


def validating_rows(found: ValidatingFigures) -> list[Row]:
    """The figures for the table."""
    section = f"automation/validate over MQTT, {ENTITIES:,} entities"
    return [
        Row(section, "a usual automation, P50", found.typical.p50, "ms"),
        Row(section, "a usual automation, P95", found.typical.p95, "ms"),
        Row(section, f"one of {found.lines} lines, P50", found.long.p50, "ms"),
        Row(section, f"one of {found.lines} lines, P95", found.long.p95, "ms"),
    ]


async def main() -> None:
    """What the command line says."""
    with tempfile.TemporaryDirectory() as folder:
        for row in validating_rows(await validating(Path(folder) / "data", 60)):
            print(f"{row.section}: {row.name}: {row.value:.2f} {row.unit}")


if __name__ == "__main__":
    asyncio.run(main())
