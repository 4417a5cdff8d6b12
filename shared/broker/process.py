"""Mosquitto as a child of `homeiq up`: started, watched, restarted when it dies, ended last."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import structlog
from pydantic import SecretStr

from shared.broker.access import Naming, acl, users
from shared.broker.configuration import Listener, SecureListener, mosquitto_conf
from shared.broker.credentials import ensure_credentials, load_credentials, password_file, write_private
from shared.errors import BrokerError, SettingsError
from shared.settings import BrokerAddress

log = structlog.get_logger(__name__)

INSTALL = "install it with `apt-get install mosquitto`, `brew install mosquitto` or your system's package manager"
_ELSEWHERE = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/usr/local/opt/mosquitto/sbin")
_START_PATIENCE = 10.0
_STOP_PATIENCE = 5.0
_LONGEST_PAUSE = 10.0


@dataclass(frozen=True)
class Place:
    """Where a broker listens, and the process that it is."""

    host: str
    port: int
    pid: int

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """What was written at the last start; None where there is nothing that makes sense."""
        try:
            found = json.loads(file.read_text())
            return cls(str(found["host"]), int(found["port"]), int(found["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True)
class BrokerFiles:
    """Where our broker keeps what, below the data folder."""

    data: Path

    @property
    def folder(self) -> Path:
        """Everything of Mosquitto's."""
        return self.data / "mosquitto"

    @property
    def certificates(self) -> Path:
        """The authority and the broker's certificate, where it listens with TLS."""
        return self.data / "tls"

    @property
    def credentials(self) -> Path:
        """Passwords by user."""
        return self.data / "credentials.json"

    @property
    def place(self) -> Path:
        """Where it listens and runs: host, port and pid."""
        return self.data / "broker.json"

    @property
    def lock(self) -> Path:
        """Held by the one `homeiq up` of this data folder."""
        return self.data / "up.lock"


def own_broker(data: Path, user: str) -> BrokerAddress | None:
    """The address of the broker that `homeiq up` keeps in this data folder, for one user; None without one."""
    files = BrokerFiles(data)
    place = Place.read(files.place)
    password = load_credentials(files.credentials).get(user)
    if place is None or password is None:
        return None
    return BrokerAddress(place.host, place.port, username=user, password=SecretStr(password), tls=False)


class MosquittoProcess:
    """A Mosquitto of our own, for as long as this is entered.

    It listens on `host` and `port`, without a port on the one of the last start, else a free one; and where `secure` is
    given, there too. Raises BrokerError where Mosquitto is missing, a port is taken, or another `homeiq up` uses the
    data folder.
    """

    def __init__(
        self,
        data: Path,
        naming: Naming,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        secure: SecureListener | None = None,
    ) -> None:
        self.data, self.secure = data, secure
        self._files, self._naming, self._host = BrokerFiles(data), naming, host
        self._wanted_port = port
        self._child: asyncio.subprocess.Process | None = None
        self._lock: IO[str] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self.port = 0
        self.restarts = 0
        self.passwords: dict[str, str] = {}

    def address(self, user: str) -> BrokerAddress:
        """How one user reaches it."""
        return BrokerAddress(self._host, self.port, username=user, password=SecretStr(self.passwords[user]), tls=False)

    @property
    def pid(self) -> int:
        """Its process id. Raises BrokerError before the start."""
        if self._child is None:
            raise BrokerError("the broker was not started")
        return self._child.pid

    def abandon(self) -> None:
        """Leave it running and forget it, as a killed `homeiq up` does."""
        if self._watcher is not None:
            self._watcher.cancel()
        self._child = None
        self._release()

    def kill(self) -> None:
        """End it without a word, as a power cut would; it is started again."""
        if self._child is not None:
            self._child.kill()

    async def __aenter__(self) -> Self:
        self._lock = _locked(self._files.lock)
        try:
            before = Place.read(self._files.place)
            if before is not None:
                await asyncio.to_thread(_end_leftover, before.pid, self._files.folder)
            self.port = self._wanted_port or (before.port if before else 0) or _free_port(self._host)
            self._configure()
            await self._start()
        except BaseException:
            self._release()
            raise
        self._watcher = asyncio.create_task(self._watch(), name="mosquitto")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        await self._end()
        self._release()

    def _configure(self) -> None:
        folder = self._files.folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.passwords = ensure_credentials(self._files.credentials, users(self._naming))
        listener = Listener(
            host=self._host,
            port=self.port,
            password_file=str(folder / "passwords"),
            acl_file=str(folder / "acl"),
            data_folder=str(folder),
            run_as=getpass.getuser() if os.geteuid() == 0 else None,
        )
        write_access(folder, self.passwords, self._naming)
        write_private(folder / "mosquitto.conf", mosquitto_conf(listener, self.secure))

    async def _start(self) -> None:
        """Start it and wait until it takes connections."""
        program = find_mosquitto()
        if _taken(self._host, self.port):
            raise BrokerError(
                f"port {self.port} on {self._host} is taken by another program: end it, or name another by MQTT_LISTEN"
            )
        if self.secure is not None:
            _check_free(self.secure.host, self.secure.port)
        folder = self._files.folder
        with (folder / "mosquitto.log").open("ab") as out:
            self._child = await asyncio.create_subprocess_exec(
                program,
                "-c",
                str(folder / "mosquitto.conf"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C ends the workers first, and then we end the broker
            )
        place = Place(self._host, self.port, self._child.pid)
        write_private(self._files.place, json.dumps(asdict(place)) + "\n")
        await self._listening(self._child)

    async def _listening(self, child: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(_START_PATIENCE):
                while not _taken(self._host, self.port):
                    if child.returncode is not None:
                        raise BrokerError(f"mosquitto ended at its start: {self._last_words()}")
                    await asyncio.sleep(0.01)
        except TimeoutError:
            await self._end()
            raise BrokerError(
                f"mosquitto does not listen after {_START_PATIENCE:.0f} s: {self._last_words()}"
            ) from None

    def _last_words(self) -> str:
        lines = (self._files.folder / "mosquitto.log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"

    async def _watch(self) -> None:
        """Start it again whenever it ends."""
        pause = 0.1
        while self._child is not None:
            await self._child.wait()
            log.error("mosquitto ended: starting it again", status=self._child.returncode)
            self.restarts += 1
            try:
                await self._start()
                pause = 0.1
            except BrokerError as error:
                log.error("mosquitto can't be started", error=str(error))  # noqa: TRY400 - one line says it
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _end(self) -> None:
        child = self._child
        if child is None or child.returncode is not None:
            return
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), _STOP_PATIENCE)
        except TimeoutError:
            child.kill()
            await child.wait()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()


def write_access(folder: Path, passwords: Mapping[str, str], naming: Naming) -> None:
    """Write what Mosquitto checks logins and topics by: `passwords`, and `acl` with the lines of `acl.local`."""
    own_lines = folder / "acl.local"
    local = own_lines.read_text() if own_lines.exists() else ""
    write_private(folder / "passwords", password_file(passwords))
    write_private(folder / "acl", f"{acl(naming)}\n{local}")


def find_mosquitto() -> str:
    """The path of the program. Raises BrokerError where it is not installed."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_ELSEWHERE))
    if (found := shutil.which("mosquitto", path=path)) is None:
        raise BrokerError(f"Mosquitto is not installed: {INSTALL}, or name your own broker by MQTT_URL")
    return found


def _locked(file: Path) -> IO[str]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = file.open("a")
    except OSError as error:
        raise SettingsError(f"HOMEIQ_DATA: {file.parent} can't be written to: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise BrokerError(f"another `homeiq up` runs with the data folder {file.parent}") from None
    return lock


def _end_leftover(pid: int, folder: Path) -> None:
    """End the broker of an `up` that was killed, so that ours takes its place on the same port."""
    if not _is_ours(pid, folder):
        return
    log.warning("ending the broker that an earlier start left behind", pid=pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        _wait_gone(pid)


def _is_ours(pid: int, folder: Path) -> bool:
    """Whether this process is a Mosquitto with our configuration, and not one that got its number."""
    try:
        shown = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        if Path("/proc/self").exists():
            return False
        asked = ["/bin/ps", "-o", "args=", "-p", str(pid)]
        shown = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a number
    return str(folder / "mosquitto.conf") in shown


def _wait_gone(pid: int) -> None:
    """Wait until a process that is no child of ours has ended; in the end, make it. Raises ProcessLookupError."""
    until = time.monotonic() + _STOP_PATIENCE
    while time.monotonic() < until:
        os.kill(pid, 0)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)


def _taken(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def _check_free(host: str, port: int) -> None:
    """Raise BrokerError unless Mosquitto can listen there: its own word for it would be a number."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise BrokerError(
            f"the broker can't listen on {host}, port {port} ({error.strerror}): name an address of this machine, and "
            "a free port, by --listen or MQTT_LISTEN"
        ) from None


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
