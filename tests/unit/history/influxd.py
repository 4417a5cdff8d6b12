"""A real InfluxDB 1.x server of the tests' own, on loopback, with its data in a folder of the test's."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import urllib3

_PLACES = (str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/bin")
INFLUXD = shutil.which("influxd", path=os.pathsep.join(_PLACES))
_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{folder}/meta"
logging-enabled = false
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
index-version = "tsi1"
query-log-enabled = false
[monitor]
store-enabled = false
[subscriber]
enabled = false
[continuous_queries]
enabled = false
[http]
bind-address = "127.0.0.1:{http}"
log-enabled = false
auth-enabled = {auth}
[logging]
level = "error"
suppress-logo = true
"""


def installed() -> bool:
    """Whether there is a server of version 1, as Debian's package `influxdb` brings it."""
    if INFLUXD is None:
        return False
    told = subprocess.run([INFLUXD, "version"], capture_output=True, text=True, timeout=30, check=False)
    return "InfluxDB v1." in told.stdout


class Influxd:
    """The server; started by `with`, on the same port again after it was killed."""

    def __init__(self, folder: Path, *, auth: bool = False) -> None:
        self._folder = folder
        self._http, rpc = _free_ports(2)
        self.url = f"http://127.0.0.1:{self._http}"
        self._process: subprocess.Popen[bytes] | None = None
        self._pool = urllib3.PoolManager(retries=False, timeout=10)
        folder.mkdir(parents=True, exist_ok=True)
        text = _CONFIG.format(folder=folder, http=self._http, rpc=rpc, auth="true" if auth else "false")
        (folder / "influxdb.conf").write_text(text)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._pool.clear()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            command = [str(INFLUXD), "-config", str(self._folder / "influxdb.conf")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        end = time.monotonic() + 30
        while True:
            try:
                if self._pool.request("GET", f"{self.url}/ping").status == 204:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            if self._process.poll() is not None or time.monotonic() > end:
                raise AssertionError((self._folder / "log").read_text())
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(hard=True)

    def stop(self) -> None:
        self._end(hard=False)

    def ask(self, query: str, database: str = "", login: str | None = None) -> str:
        """What it says to a query of InfluxQL."""
        headers = urllib3.make_headers(basic_auth=login) if login else None
        fields = {"q": query, "db": database, "epoch": "ns"}
        answer = self._pool.request("POST", f"{self.url}/query", fields=fields, headers=headers, encode_multipart=False)
        assert answer.status == 200, answer.data
        return answer.data.decode()

    def write(self, database: str, *lines: str) -> None:
        """Write lines as another program might."""
        body = "\n".join(lines).encode()
        answer = self._pool.request("POST", f"{self.url}/write?db={database}&precision=ns", body=body)
        assert answer.status == 204, answer.data

    def _end(self, *, hard: bool) -> None:
        if self._process is None:
            return
        self._process.kill() if hard else self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
