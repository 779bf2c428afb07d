"""The desk of a running sandbox: takes over loopback what people want to see and do in its CRMs.

The local CRMs belong to the process that serves them; whoever else wants to act in them asks at this desk. It
answers only who can read the folder: the token stands in a file of the folder's owner.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from kam_sync.demo.people import Seen, Wish, fulfil
from kam_sync.demo.sandbox import Sandbox
from kam_sync.errors import ConfigError

DESK_FILE: Final = "desk.json"
"""There while the sandbox of the folder is served."""
LOOPBACK: Final = "127.0.0.1"
LONGEST_WISH: Final = 64 * 1024
"""Bytes of a request at most."""
_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.02
_WISH: Final[TypeAdapter[Wish]] = TypeAdapter(Wish)


class _Address(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    port: int
    token: str


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    seen: Seen | None = None
    problem: str = ""


@contextmanager
def open_desk(sandbox: Sandbox) -> Iterator[None]:
    """Keep the desk of a running sandbox open until the block ends."""
    token = secrets.token_urlsafe(24)
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(sandbox, token))
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="sandbox-desk", daemon=True)
    thread.start()
    file = sandbox.folder / DESK_FILE
    try:
        _write(file, _Address(port=server.server_address[1], token=token).model_dump_json())
        yield
    finally:
        file.unlink(missing_ok=True)
        server.shutdown()
        server.server_close()
        thread.join()


def ask_desk(folder: Path, wish: Wish) -> Seen:
    """Ask at the desk of the sandbox that is served from a folder, by this process or another one.

    Raises:
        ConfigError: No sandbox is served from there, or it knows no such account, person or task.
    """
    not_served = ConfigError(
        f"no sandbox is served from {folder}; start it with `kam-sync sandbox --dir {folder}` in another terminal"
    )
    try:
        address = _Address.model_validate_json((folder / DESK_FILE).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        raise not_served from None
    connection = HTTPConnection(LOOPBACK, address.port, timeout=_SECONDS)
    try:
        connection.request("POST", "/", wish.model_dump_json(), {"Authorization": f"Bearer {address.token}"})
        answer = connection.getresponse()
        reply = _Reply.model_validate_json(answer.read()) if answer.status == 200 else None
    except (OSError, HTTPException, ValidationError):
        raise not_served from None
    finally:
        connection.close()
    if reply is None:
        raise not_served  # somebody else listens at a port that a sandbox had before it was killed
    if reply.seen is None:
        raise ConfigError(reply.problem)
    return reply.seen


def _handler(sandbox: Sandbox, token: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_POST(self) -> None:
            expected = f"Bearer {token}".encode()
            if not secrets.compare_digest(self.headers.get("Authorization", "").encode(), expected):
                self.send_error(401)
                return
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > LONGEST_WISH:
                self.send_error(411)
                return
            body = _answer(sandbox, self.rfile.read(int(length))).model_dump_json().encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Say nothing: the terminal belongs to whoever reads it."""

    return Handler


def _answer(sandbox: Sandbox, body: bytes) -> _Reply:
    try:
        return _Reply(seen=fulfil(sandbox, _WISH.validate_json(body)))
    except ConfigError as error:
        return _Reply(problem=str(error))
    except (ValidationError, ValueError, KeyError) as error:
        return _Reply(problem=f"the sandbox cannot do that: {type(error).__name__}")


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
