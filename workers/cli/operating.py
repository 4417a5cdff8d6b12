"""`credentials`, `topics`: what whoever runs HomeIQ needs to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shared.errors import SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json

if TYPE_CHECKING:
    from shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(credentials)
    app.command()(topics)


def credentials(
    user: Annotated[str | None, typer.Argument(help="A broker user; without one, all of them are named.")] = None,
    acl: Annotated[
        bool, typer.Option("--acl", help="Print users and access list for a Mosquitto of your own.")
    ] = False,
    json_: Json = False,
) -> None:
    """Show how one user logs in on our broker, for pasting into Home Assistant."""
    from shared.broker import access
    from workers.bootstrap import naming

    chosen = terminal.settings()
    names = naming(chosen)
    if acl:
        print(access.acl(names), end="")
    elif user is None:
        _list_users(access.users(names), json_=json_)
    elif user not in access.users(names):
        raise SettingsError(f"no broker user {user!r}; there are {', '.join(access.users(names))}")
    else:
        _one_user(chosen, user, json_=json_)


def _list_users(users: list[str], *, json_: bool) -> None:
    if json_:
        terminal.print_json(users)
    else:
        print("\n".join(users))


def _one_user(chosen: Settings, user: str, *, json_: bool) -> None:
    from shared.broker.process import own_broker

    if chosen.mqtt_url is not None:
        raise SettingsError("MQTT_URL names a broker of your own, which keeps its own users; see --acl")
    address = own_broker(chosen.homeiq_data, user)
    if address is None or address.password is None:
        raise terminal.NobodyThereError(f"there is no broker in {chosen.homeiq_data} yet: start `homeiq up` once")
    shown = {"mqtt_url": str(address), "username": user, "password": address.password.get_secret_value()}
    if json_:
        terminal.print_json(shown)
    else:
        print("\n".join(f"{name:8}  {value}" for name, value in shown.items()))


def topics(json_: Json = False) -> None:
    """List everything that is on the wire."""
    from contracts.catalogue import EVENTS, OPERATIONS, STATES

    root = terminal.settings().homeiq_root
    rows = [("request", each.name, each.request_topic(root), each.summary) for each in OPERATIONS]
    rows += [("event", each.name, each.topic(root), each.summary) for each in EVENTS]
    rows += [("state", each.name, f"{root}/{each.name}", each.summary) for each in STATES]
    if json_:
        terminal.print_json([dict(zip(("kind", "name", "topic", "summary"), row, strict=True)) for row in rows])
        return
    from rich.table import Table

    table = Table("", "name", "topic", "what", box=None)
    for row in rows:
        table.add_row(*row)
    terminal.console().print(table)
