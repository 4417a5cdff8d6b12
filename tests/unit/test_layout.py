"""The rules of the house: imports go one way, and rooms have names of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED = {"contracts": {"contracts"}, "shared": {"contracts", "shared"}, "workers": {"contracts", "shared", "workers"}}
WIRING = {"workers/bootstrap.py", "workers/cli"}
"""Where everything is put together."""


def imports() -> Iterator[tuple[str, str]]:
    """Every file of ours with each module that it imports."""
    for package in ALLOWED:
        for file in (ROOT / package).rglob("*.py"):
            name = file.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    yield from ((name, alias.name) for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    yield name, node.module


def test_imports_go_one_way() -> None:
    for file, module in imports():
        package = module.partition(".")[0]
        if package in ALLOWED:
            assert package in ALLOWED[file.partition("/")[0]], f"{file} imports {module}"


def test_a_worker_never_imports_another() -> None:
    for file, module in imports():
        parts = module.split(".")
        if parts[0] != "workers" or len(parts) < 2 or any(file.startswith(each) for each in WIRING):
            continue
        assert parts[1] == file.split("/")[1], f"{file} imports {module}: send a message"


def test_contracts_do_no_io() -> None:
    for file, module in imports():
        if file.startswith("contracts/"):
            assert module.partition(".")[0] not in {"asyncio", "socket", "sqlalchemy", "aiomqtt", "structlog"}, file


def test_only_one_file_touches_paho() -> None:
    touching = {file for file, module in imports() if module.partition(".")[0] in {"paho", "aiomqtt"}}
    assert touching == {"shared/bus/mqtt.py"}


def test_no_room_is_named_after_nothing() -> None:
    vague = {"util", "utils", "helper", "helpers", "common", "misc"}
    for package in ALLOWED:
        for file in (ROOT / package).rglob("*"):
            assert file.stem not in vague, file
