"""A real HTTP server that gives the answers it was told to give, as versions 2 and 3 of InfluxDB give them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    parameters: dict[str, str]
    authorization: str | None
    body: str


@dataclass
class Answer:
    """What to say: a JSON value, or bytes as they are; `cut`: how many of them to keep back."""

    status: int = 204
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0


@dataclass
class Told:
    """The answers by path, and what was asked."""

    answers: dict[str, Answer]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


PING_2 = Answer(204, headers={"X-Influxdb-Build": "OSS", "X-Influxdb-Version": "v2.7.6"})
PING_3 = Answer(200, {"version": "3.1.0", "revision": "unknown"})
NOTHING_FOUND = Answer(200, {"results": [{"statement_id": 0}]})


@contextmanager
def told(**answers: Answer) -> Iterator[Told]:
    """The server, on a port of its own. Answers are named by path, with `_` in the place of `/`."""
    server_told = Told({"/" + name.replace("_", "/"): answer for name, answer in answers.items()})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
            login = self.headers.get("Authorization")
            server_told.asked.append(Asked(self.command, parts.path, parameters, login, body))
            answer = server_told.answers.get(parts.path, Answer(404, b"404 page not found"))
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) - answer.cut])
            self.close_connection = bool(answer.cut)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server_told.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server_told
        finally:
            server.shutdown()
            thread.join()
