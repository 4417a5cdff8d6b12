"""The whole way: Home Assistant, Mosquitto and HomeIQ as people start it, on our broker and on somebody's own."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.broker.access import HOME_ASSISTANT
from tests.homeassistant.hass import Hass, eventually
from tests.homeassistant.house import FILES, HOMEIQ, House, in_background, require_home_assistant
from tests.homeassistant.readme import snippet

require_home_assistant()


@dataclass(frozen=True)
class System:
    """A house in which HomeIQ runs."""

    house: House
    hass: Hass
    becomes: Callable[[str, str], Awaitable[None]]
    """Make something happen in the simulated home."""


@asynccontextmanager
async def homeiq_in(house: House, *command: str) -> AsyncIterator[House]:
    """HomeIQ, just started, with the rooms of the home imported as the README says."""
    async with house.homeiq(*command), house.hass() as hass:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home.json"
            home.write_text(await hass.render((FILES / "home.jinja").read_text()))
            await house.run(HOMEIQ, "import", "home", home)
        yield house


@pytest.fixture(scope="module", params=["our broker", "a foreign broker"])
def running_house(request: pytest.FixtureRequest) -> Iterator[House]:
    """Both ways of running: by the broker that is ours, and by `homeiq up` on somebody's own."""
    ours = request.param == "our broker"
    house: House = request.getfixturevalue("house" if ours else "foreign_house")
    # Our broker runs already, for the other tests; on somebody's own, `up` needs none.
    command = ("worker", "data", "query") if ours and house.passwords else ("up",)
    with in_background(homeiq_in(house, *command)) as one:
        yield one


@pytest.fixture
async def system(running_house: House, entered: AsyncExitStack) -> System:
    hass = await entered.enter_async_context(running_house.hass())
    devices = await entered.enter_async_context(running_house.client(HOME_ASSISTANT))

    async def becomes(entity_id: str, state: str) -> None:
        await devices.publish(f"simhome/{entity_id}/becomes", state)

    return System(running_house, hass, becomes)


async def test_the_house_answers_from_its_state_as_it_is_now(system: System) -> None:
    """By the script, by a sentence and by the command line; and again after the thing has moved."""
    question = "is the bedroom window open?"
    for state, value in (("off", False), ("on", True), ("off", False)):
        await system.becomes("binary_sensor.bedroom_window", state)

        async def told(expected: bool = value) -> bool:
            response = await system.hass.ask(question)
            assert response["status"] == "answered", response
            return bool(response["result"]["value"] is expected)

        await eventually(told)
        response = await system.hass.ask(question)
        assert response["entities"] == ["binary_sensor.bedroom_window"]
        assert await system.hass.say(f"ask the house {question}") == response["answer"]
    asked = json.loads(await system.house.run(HOMEIQ, "ask", question, "--json"))
    assert asked["answer"] == response["answer"]


async def test_states_are_known_that_have_not_changed_since_homeiq_started(system: System) -> None:
    """What the lights are is told by Home Assistant itself, when it hears that HomeIQ has started."""
    states = await system.hass.get("states")
    lit = sorted(each["entity_id"] for each in states if each["entity_id"][:6] == "light." and each["state"] == "on")

    async def told() -> bool:
        response = await system.hass.ask("which lights are on?")
        return response["result"] is not None and sorted(response["result"]["value"]) == lit

    await eventually(told)


async def test_here_is_where_the_asker_stands(system: System) -> None:
    response = await system.hass.ask("which lights are on here?", area_id="kitchen")
    assert response["ok"], response
    assert all(entity.startswith("light.kitchen") for entity in response["entities"])


async def test_a_name_that_nobody_knows_is_told(system: System) -> None:
    response = await system.hass.ask("is the flux capacitor on?")
    assert (response["ok"], response["status"]) == (True, "not_understood")
    assert response["answer"]


# -- the command lines of the README -----------------------------------------------------------------------------------


async def shell(house: House, text: str, folder: Path, **environment: str) -> str:
    """Run a snippet as a person does who has `homeiq` on the path."""
    assert house.broker.password is not None
    login = f"-u {house.broker.username} -P {house.broker.password.get_secret_value()}"
    variables = {
        "BROKER": f"-V 5 -h {house.broker.host} -p {house.broker.port} {login}",
        "PATH": f"{HOMEIQ.parent}:/usr/local/bin:/usr/bin:/bin",
        **environment,
    }
    settings = [f"{name}={value}" for name, value in variables.items()]
    script = f"cd {folder} && {text}"
    return await house.run("env", *settings, "timeout", "-k", "1", "20", "bash", "-ec", script)


@pytest.mark.parametrize("holds", ["-C 1 &", "my-1", "mosquitto_rr"])
async def test_the_mosquitto_clients_get_an_answer(running_house: House, tmp_path: Path, holds: str) -> None:
    text = snippet("sh", holds).replace("my-1", f"my-{secrets.token_hex(4)}")
    reply = json.loads(await shell(running_house, text, tmp_path))
    assert reply["status"] == "ok"
    assert reply["data"]["answer"]


async def test_the_home_is_imported_by_one_command(running_house: House, tmp_path: Path) -> None:
    if shutil.which("jq") is None or shutil.which("curl") is None:
        pytest.skip("this needs jq and curl")
    shutil.copyfile(FILES / "home.jinja", tmp_path / "home.jinja")
    text = snippet("sh", "jq -Rs")
    said = await shell(running_house, text, tmp_path, HA=running_house.url, TOKEN=running_house.token)
    assert "Imported home.json: 2 floors, 10 areas" in said


async def test_the_login_for_home_assistant_is_shown(running_house: House, tmp_path: Path) -> None:
    if not running_house.passwords:
        pytest.skip("this broker keeps its own users")
    said = await shell(running_house, "homeiq credentials homeassistant", tmp_path)
    assert running_house.passwords[HOME_ASSISTANT] in said
