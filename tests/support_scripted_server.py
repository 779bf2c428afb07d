"""A loopback HTTP server that gives scripted answers and records what it was sent; no sleeps, no vendor in it."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRequest:
    """A request as it arrived; `body` is parsed JSON, or None where there was none."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: object = None

    def inputs(self) -> list[Mapping[str, object]]:
        """Return the list `inputs` of the body."""
        assert isinstance(self.body, dict)
        found = self.body["inputs"]
        assert isinstance(found, list)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer.

    Args:
        status: HTTP status.
        body: JSON to be written, or text or bytes as they are.
        headers: More headers.
        content_type: None leaves the header out.
        cut: Announces so many bytes more than are sent, then closes the connection.
        dropped: Closes the connection without any answer.
        zipped: Compresses the body with gzip.
        held: Sends nothing before `release` is called.
    """

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = "application/json;charset=utf-8"
    cut: int = 0
    dropped: bool = False
    zipped: bool = False
    held: bool = False

    def payload(self) -> bytes:
        """Return the bytes of the body."""
        raw = self.body if isinstance(self.body, str | bytes) else json.dumps(self.body)
        data = raw.encode() if isinstance(raw, str) else raw
        return gzip.compress(data) if self.zipped else data


Answerer = Callable[[SentRequest], Reply | None]


class ScriptedServer:
    """Answers with the replies of `script` in their order, and when there are none left, by `answer`."""

    def __init__(self) -> None:
        self.requests: list[SentRequest] = []
        self.unexpected: list[SentRequest] = []
        self.answer: Answerer = lambda _request: None
        self.connections_made = 0
        self._open = 0
        self._changed = threading.Condition()
        self._released = threading.Event()
        self._script: deque[Reply] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, *replies: Reply) -> None:
        """Add replies for the next requests, whatever they are."""
        self._script.extend(replies)

    def paths(self) -> list[str]:
        """Return method and path of every request so far."""
        return [f"{request.method} {request.path}" for request in self.requests]

    def wait_until_no_connection_is_open(self) -> bool:
        """Return whether all clients have hung up, after waiting for it."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout=5)

    def release(self) -> None:
        """Let all held answers go."""
        self._released.set()

    def stop(self) -> None:
        """Stop serving."""
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _reply_to(self, request: SentRequest) -> Reply:
        self.requests.append(request)
        reply = self._script.popleft() if self._script else self.answer(request)
        if reply is None:
            self.unexpected.append(request)
            return Reply(status=418, body={"message": "unexpected request"})
        return reply

    def _connection(self, change: int) -> None:
        with self._changed:
            self._open += change
            self.connections_made += change > 0
            self._changed.notify_all()

    def _handler_class(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's own below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def setup(self) -> None:
                server._connection(1)
                super().setup()

            def finish(self) -> None:
                super().finish()
                server._connection(-1)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Be silent."""

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def do_PATCH(self) -> None:
                self._serve()

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                parts = urlsplit(self.path)
                request = SentRequest(
                    method=self.command,
                    path=parts.path,
                    query=parse_qs(parts.query, keep_blank_values=True),
                    headers=dict(self.headers.items()),
                    body=json.loads(raw) if raw else None,
                )
                self._send(server._reply_to(request))

            def _send(self, reply: Reply) -> None:
                if reply.held:
                    server._released.wait(timeout=5)
                    self.close_connection = True
                    return
                if reply.dropped:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                payload = reply.payload()
                self.send_response(reply.status)
                if reply.content_type is not None:
                    self.send_header("Content-Type", reply.content_type)
                if reply.zipped:
                    self.send_header("Content-Encoding", "gzip")
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload) + reply.cut))
                self.end_headers()
                self.wfile.write(payload)
                self.wfile.flush()
                if reply.cut:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)

        return Handler


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """Start a server for a test; every request must have been expected."""
    server = ScriptedServer()
    try:
        yield server
    finally:
        server.stop()
    assert not server.unexpected, [f"{request.method} {request.path}" for request in server.unexpected]
