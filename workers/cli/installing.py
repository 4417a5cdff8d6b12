"""`init`: what has to be there before broker and workers start in containers of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.errors import SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json

if TYPE_CHECKING:
    from shared.settings import ListenAddress, Settings

_COMPOSE_NAMES = ("mosquitto", "localhost", "127.0.0.1")
"""What the broker is called on the network of compose, and on the machine that it runs on."""
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - names, and nothing is bound here

Folder = Annotated[Path | None, typer.Option(metavar="FOLDER", file_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(init)


def init(broker: Folder = None, secrets: Folder = None, credentials: Folder = None, json_: Json = False) -> None:
    """Make passwords, the files of a broker in a container, and the database. Again, it changes nothing.

    BROKER gets mosquitto.conf, hashed passwords and access list; SECRETS one folder per worker with its password alone;
    CREDENTIALS all passwords, for the next `init` only. Without these options they lie in the data folder.
    """
    chosen = terminal.settings()
    data = chosen.homeiq_data
    made = Files(broker or data / "broker", secrets or data / "secrets", credentials or data)
    try:
        document = _init(chosen, made)
    except OSError as error:
        raise SettingsError(
            f"{error.filename or data} can't be written ({error.strerror}): give `homeiq init` folders of this user"
        ) from None
    if json_:
        terminal.print_json(document)
    else:
        print(f"HomeIQ is set up: {document['database']}; passwords for {', '.join(document['users'])}.")


class Files:
    """Where `init` puts what: each may be a volume of its own."""

    def __init__(self, broker: Path, secrets: Path, credentials: Path) -> None:
        self.broker, self.secrets, self.credentials = broker, secrets, credentials


def _init(chosen: Settings, made: Files) -> dict[str, Any]:
    from contracts.catalogue import WORKERS
    from shared.broker.access import users
    from shared.broker.credentials import ensure_credentials, write_private, write_secrets
    from shared.broker.files import compose_conf
    from shared.broker.process import write_access
    from shared.migrations import migrate
    from workers.bootstrap import naming

    names = naming(chosen)
    known = ensure_credentials(made.credentials / "credentials.json", users(names))
    passwords = {user: known[user] for user in users(names)}
    write_access(made.broker, passwords, names)
    write_secrets(made.secrets, passwords, WORKERS)
    certificates = _certificates(chosen.mqtt_listen, made) if chosen.mqtt_listen else None
    write_private(made.broker / "mosquitto.conf", compose_conf(certificates))
    outcome = migrate(chosen.database_url)
    done = f"the database has schema {outcome.after}, as before"
    if outcome.changed:
        done = f"the database went from schema {outcome.before or 'none'} to {outcome.after}"
    return {"database": done, "users": list(passwords), "tls": certificates is not None}


def _certificates(address: ListenAddress, made: Files) -> str:
    """The folder of the broker's container that has the certificates; Home Assistant's copy lies with the admin."""
    from shared.broker.access import ADMIN
    from shared.broker.certificates import ensure_certificates
    from shared.broker.credentials import write_private
    from shared.broker.files import COMPOSE_FOLDER

    if address.host in _WILDCARDS:
        raise SettingsError("MQTT_LISTEN must be the address by which others know this machine: a container can't tell")
    files = ensure_certificates(made.credentials / "tls", [address.host, *_COMPOSE_NAMES])
    for file in (files.server, files.server_key):
        write_private(made.broker / file.name, file.read_text())
    write_private(made.secrets / ADMIN / files.authority.name, files.authority.read_text(), mode=0o400)
    return COMPOSE_FOLDER
