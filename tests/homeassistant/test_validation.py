"""The validator against a real Home Assistant: what that refuses, and what it takes though it can't work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic import SecretStr

from shared.home import EntityState, Registry, Snapshot
from shared.homeassistant.registries import Told, home_document, state_faces
from shared.homeassistant.websocket import HomeAssistant
from tests.homeassistant.hass import Hass
from tests.homeassistant.house import House, require_home_assistant
from tests.unit.automation.mutations import spoilt
from workers.automation.finding import Severity
from workers.automation.home_view import HomeView
from workers.automation.validating.jinja_names import FILTERS, FUNCTIONS, TESTS
from workers.automation.validating.purpose import purpose_conditions, purpose_triggers
from workers.automation.validating.validation import validate

require_home_assistant()

CORPUS = Path(__file__).parents[1] / "unit" / "automation" / "corpus"
PATH = "config/automation/config/homeiq_validation"


def cases(folder: str) -> list[dict[str, Any]]:
    return [case for file in sorted((CORPUS / folder).glob("*.yaml")) for case in yaml.safe_load(file.read_text())]


@pytest.fixture
async def home(hass: Hass) -> HomeView:
    """The home as Home Assistant tells it, with the services as they describe themselves."""
    states = {each["entity_id"]: EntityState(each["state"], each["attributes"]) for each in await hass.get("states")}
    told = Told(
        areas=await hass.command("config/area_registry/list"),
        floors=await hass.command("config/floor_registry/list"),
        devices=await hass.command("config/device_registry/list"),
        labels=await hass.command("config/label_registry/list"),
        entities={each["entity_id"]: each for each in await hass.command("config/entity_registry/list")},
        services=await hass.command("get_services"),
        faces=state_faces(states),
    )
    return HomeView.of(Snapshot(Registry.from_document(home_document(told)), states))


class Editor:
    """What saves an automation in Home Assistant, as its own editor does."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def refusal(self, automation: dict[str, Any]) -> str | None:
        """What Home Assistant has against it, or that it trips over it; None where it takes it."""
        answer = await self._http.post(PATH, json=automation)
        return None if answer.is_success else answer.text


@pytest.fixture
async def editor(house: House) -> AsyncIterator[Editor]:
    """Leaves no automation behind."""
    headers = {"Authorization": f"Bearer {house.token}"}
    async with httpx.AsyncClient(base_url=f"{house.url}/api/", headers=headers, timeout=30) as http:
        yield Editor(http)
        await http.delete(PATH)


async def test_what_is_broken_is_found_whether_home_assistant_refuses_it_or_not(editor: Editor, home: HomeView) -> None:
    refused, taken, missed, elsewhere = 0, 0, [], []
    for case in cases("broken"):
        against = await editor.refusal(case["automation"])
        refused, taken = refused + (against is not None), taken + (against is None)
        report = validate(case["automation"], home)
        codes = {each.code for each in report.findings if each.severity is Severity.ERROR}
        if report.valid:
            missed.append((case["wrong"], against))
        if not set(case["codes"]) <= codes:
            elsewhere.append((case["wrong"], codes))
    print(f"\nof {refused + taken} broken automations Home Assistant refuses {refused} and takes {taken};", end=" ")
    print(f"the validator finds {refused + taken - len(missed)}; missed: {missed}; other codes: {elsewhere}")
    assert refused > 40
    assert taken > 20
    assert missed == []
    assert elsewhere == []


async def test_what_is_sound_is_left_alone(editor: Editor, home: HomeView) -> None:
    wrong = []
    for automation in cases("sound"):
        against = await editor.refusal(automation)
        report = validate(automation, home)
        errors = [(each.path, each.message) for each in report.findings if each.severity is Severity.ERROR]
        if against is not None or not report.valid:
            wrong.append((automation["alias"], against, errors))
    print(f"\nof {len(cases('sound'))} sound automations {len(wrong)} are refused by one of both: {wrong}")
    assert wrong == []


async def test_what_home_assistant_refuses_is_not_called_valid(editor: Editor, home: HomeView) -> None:
    """Sound automations, spoilt at random."""
    refused, missed = 0, []
    for automation in spoilt(cases("sound"), seed=6, count=400):
        against = await editor.refusal(automation)
        refused += against is not None
        if against is not None and validate(automation, home).valid:
            missed.append((against, automation))
    print(f"\nof 400 spoilt automations Home Assistant refuses {refused}; the validator misses {len(missed)}: {missed}")
    assert refused > 200
    assert missed == []


async def test_the_names_of_templates_are_home_assistants(hass: Hass) -> None:
    """Each name is taken where it may stand, and a made-up one is not."""
    functions = sorted(FUNCTIONS)
    shown = await hass.render("{{ [" + ", ".join(f"{each} is defined" for each in functions) + "] }}")
    assert [name for name, there in zip(functions, yaml.safe_load(shown), strict=True) if not there] == []
    for kind, names in (("filter", FILTERS), ("test", TESTS)):
        listed = ", ".join(f"'{each}' is {kind}" for each in sorted(names))
        shown = await hass.render("{{ [" + listed + f", 'made_up' is {kind}] }}}}")
        *known, made_up = yaml.safe_load(shown)
        assert all(known)
        assert not made_up


async def test_the_purpose_made_ones_are_home_assistants(house: House) -> None:
    """Home Assistant tells those of the integrations that it has loaded: all of them are known, with their options."""
    async with HomeAssistant(house.url, SecretStr(house.token)) as client:
        await client.wait_up()
        for kind, known in (("trigger", purpose_triggers()), ("condition", purpose_conditions())):
            async with client.subscription(f"{kind}_platforms/subscribe") as events, asyncio.timeout(30):
                told = await events.get()
            described = {name: each for name, each in told.items() if "." in name}
            assert len(described) > 50
            for name, description in described.items():
                assert set(description.get("fields") or {}) <= known[name].options
                assert ("target" in description) == (known[name].domains is not None)
