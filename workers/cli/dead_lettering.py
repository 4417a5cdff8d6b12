"""`dead-letters`: messages that were given up; seeing, sending again, and forgetting them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workers.cli import terminal
from workers.cli.terminal import Json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from shared.bus.dead_letters import StoredLetter
    from shared.bus.packets import Publish
    from shared.settings import Settings

Number = Annotated[int, typer.Argument(metavar="ID", help="Its number.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(help="Messages that could not be read, or came to no end.", invoke_without_command=True)
    group.callback()(list_)
    group.command("show")(show)
    group.command("replay")(replay)
    group.command("drop")(drop)
    app.add_typer(group, name="dead-letters")


def list_(context: typer.Context, json_: Json = False) -> None:
    """List them, oldest first."""
    if context.invoked_subcommand is not None:
        return
    from shared.bus.dead_letters import all_letters

    letters = _with_database(terminal.settings(), all_letters)
    if json_:
        terminal.print_json([each.document() for each in letters])
        return
    out = terminal.console()
    for each in letters:
        out.print(f"{each.id:>5}  {each.at}  {each.letter.packet.topic}  {each.letter.reason}", markup=False)
    if not letters:
        out.print("There are none.")


def show(number: Number, json_: Json = False) -> None:
    """Show one with its payload and properties."""
    letter = _letter(terminal.settings(), number)
    if json_:
        terminal.print_json(letter.document())
    else:
        terminal.console().print_json(json.dumps(letter.document()))


def replay(number: Number, json_: Json = False) -> None:
    """Send it again, to its own topic and with its own reply topic, and forget it here."""
    from shared.bus.dead_letters import drop_letters
    from shared.database_pool import writing
    from shared.errors import Forbidden, InvalidRequest

    chosen = terminal.settings()
    letter = _letter(chosen, number)
    if not letter.complete:
        raise InvalidRequest(f"dead letter {number} was too large to be kept whole: it can't be sent again")
    sender = terminal.connection(chosen)

    async def send() -> int:
        return await sender.publish(packet)

    async def forget(engine: AsyncEngine) -> int:
        async with writing(engine) as connection:
            return await drop_letters(connection, [number])

    packet = _with_database(chosen, lambda engine: _ready_to_send(engine, letter.letter.packet, chosen.homeiq_root))
    reason = terminal.run(terminal.speaking(send(), sender))
    if reason >= 0x80:  # noqa: PLR2004 - MQTT's error codes begin there
        raise Forbidden(f"the broker refused it with reason code {reason:#x}")
    _with_database(chosen, forget)
    topic = letter.letter.packet.topic
    if json_:
        terminal.print_json({"id": number, "topic": topic, "replayed": True})
    else:
        terminal.console().print(f"Sent to {topic}.", markup=False)


def drop(
    numbers: Annotated[list[int], typer.Argument(metavar="ID...", help="Their numbers.")], json_: Json = False
) -> None:
    """Forget some for good."""
    from shared.bus.dead_letters import drop_letters
    from shared.database_pool import writing
    from shared.errors import NotFound

    async def forget(engine: AsyncEngine) -> int:
        async with writing(engine) as connection:
            return await drop_letters(connection, numbers)

    dropped = _with_database(terminal.settings(), forget)
    if not dropped:
        raise NotFound("there are no such dead letters: `homeiq dead-letters` lists them")
    if json_:
        terminal.print_json({"dropped": dropped})
    else:
        terminal.console().print(f"{dropped} dropped.")


def _letter(chosen: Settings, number: int) -> StoredLetter:
    from shared.bus.dead_letters import one_letter

    letter: StoredLetter = _with_database(chosen, lambda engine: one_letter(engine, number))
    return letter


async def _ready_to_send(engine: AsyncEngine, packet: Publish, root: str) -> Publish:
    """The packet to send: the inbox forgets that the request was given up, an event gets a new number and id."""
    from contracts.catalogue import EVENTS, OPERATIONS
    from shared.bus.inbox import release_dead
    from shared.bus.outbox import record_again
    from shared.database_pool import writing

    operation = next((each for each in OPERATIONS if each.request_topic(root) == packet.topic and each.effect), None)
    event = next((each for each in EVENTS if each.topic(root) == packet.topic), None)
    async with writing(engine, durable=True) as connection:
        if operation is not None:
            await release_dead(connection, operation.name, packet)
        elif event is not None:
            return replace(packet, payload=await record_again(connection, event, packet.payload))
    return packet


def _with_database(chosen: Settings, work: Callable[[AsyncEngine], Awaitable[Any]]) -> Any:
    """Do something with the database, once it is sure that its schema is the one known here."""
    from shared.database_pool import create_shared_db_engine, dispose_engines
    from shared.migrations import check_schema

    async def worked() -> Any:
        engine = create_shared_db_engine(chosen.database_url)
        try:
            await check_schema(engine)
            return await work(engine)
        finally:
            await dispose_engines()

    return terminal.run(worked())
