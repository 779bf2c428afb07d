"""The HTTP server: HTTP/1.1 with connections kept alive, on loopback only, one thread for each connection."""

from __future__ import annotations

import gzip
import socket
import sys
import threading
import zlib
from collections.abc import Callable
from datetime import UTC
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Final

from kam_sync_salesforce.local_crm._errors import ApiError
from kam_sync_salesforce.local_crm._faults import Fault, FaultKind, Faults
from kam_sync_salesforce.local_crm._http import Exchange, Request, Response
from kam_sync_salesforce.local_crm._rest import RestApi

_LONGEST_URI: Final = 16_384
"""Salesforce's limit in bytes, for the URI and for the URI with all headers."""
_LONGEST_BODY: Final = 6 * 1024 * 1024
"""Salesforce's limit of a request's body is 6 MB for JSON."""
_STOP_POLL: Final = 0.02
"""Seconds between two looks whether to stop."""
_SMALLEST_COMPRESSED: Final = 1_024
_URI_TOO_LONG: Final = "<html><body><h2>HTTP Error 414: URI Too Long</h2></body></html>"
_HEADERS_TOO_LONG: Final = "<html><body><h2>HTTP Error 431: Request Header Fields Too Large</h2></body></html>"

Recorder = Callable[[Exchange], None]


class LocalServer(ThreadingHTTPServer):
    """Serves a `RestApi`; `stop` ends every connection, so that nothing is left open.

    Args:
        port: Where to listen on 127.0.0.1; 0 takes a free port.
        api: What answers.
        faults: What goes wrong.
    """

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, port: int, api: RestApi, faults: Faults) -> None:
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        self.api = api
        self.faults = faults
        self.recorder: Recorder | None = None
        self._seen = 0
        self._thread = threading.Thread(target=self.serve_forever, args=(_STOP_POLL,), name="local-salesforce")
        self._thread.start()

    @property
    def seen(self) -> int:
        """How many requests came in."""
        return self._seen

    def count(self) -> None:
        """Count a request."""
        with self._lock:
            self._seen += 1

    def server_bind(self) -> None:
        """Bind without asking the resolver for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Remember the connection before its thread starts, so that `stop` can end it."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Forget the connection when it is over."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Say nothing about clients that went away; everything else is told on stderr by the base class."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop listening, end all connections and wait for their threads."""
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # it ended by itself
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: LocalServer

    def __getattr__(self, name: str) -> Callable[[], None]:
        # Every method reaches the API, which knows which of them a resource has.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def version_string(self) -> str:
        """Name the server."""
        return "LocalSalesforce"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the org's own time for the header Date, whatever the machine's clock says."""
        return format_datetime(self.server.api.now().astimezone(UTC), usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet: requests hold access tokens and customers' data."""

    def _serve(self) -> None:
        self.server.count()
        try:
            request = self._request()
        except ApiError as error:
            self.close_connection = True
            self._send("", Response(status=error.status, body=error.body()), request=None)
            return
        too_long = self._too_long()
        if too_long:
            self._send(request.body.decode("utf-8", "replace"), too_long, request)
            return
        text = request.body.decode("utf-8", "replace")
        fault = self.server.faults.take(request.method, request.decoded_target, text)
        if fault and fault.kind is FaultKind.CLOSED:
            self._vanish(request, text)
            return
        response = self.server.api.answer(request, fault)
        if fault and fault.kind is FaultKind.LOST_ANSWER:
            self._vanish(request, text)
            return
        self._send(text, response, request, fault)

    def _request(self) -> Request:
        if self.headers.get("Transfer-Encoding"):
            raise ApiError(501, "NOT_SERVED", "The local Salesforce reads no chunked bodies")
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            raise ApiError(400, "BAD_REQUEST", "Content-Length is not a number") from None
        if not 0 <= length <= _LONGEST_BODY:
            raise ApiError(413, "REQUEST_TOO_LARGE", "The request's body is too large")
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise ConnectionAbortedError  # the client hung up in the middle of its request
        if self.headers.get("Content-Encoding", "").lower() == "gzip":
            body = _inflated(body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(method=self.command, target=self.path, headers=headers, body=body)

    def _too_long(self) -> Response | None:
        uri = len(self.path.encode("latin-1", "replace"))
        if uri > _LONGEST_URI:
            return Response(status=414, body=_URI_TOO_LONG)
        headers = sum(len(name) + len(value) + 4 for name, value in self.headers.items())
        if uri + headers > _LONGEST_URI:
            return Response(status=431, body=_HEADERS_TOO_LONG)
        return None

    def _send(self, text: str, response: Response, request: Request | None, fault: Fault | None = None) -> None:
        content, content_type = response.encoded()
        if fault and fault.kind is FaultKind.TRUNCATED_ANSWER:
            content = content[: len(content) // 2]
        self._record(text, response.status, content.decode("utf-8", "replace"))
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        accepted = request.headers.get("accept-encoding", "") if request else ""
        if "gzip" in accepted.lower() and len(content) >= _SMALLEST_COMPRESSED:
            content = gzip.compress(content, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        if content_type:
            self.send_header("Content-Type", content_type)
        if response.status != 204:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    def _vanish(self, request: Request, text: str) -> None:
        self._record(text, 0, "")
        self.close_connection = True

    def _record(self, text: str, status: int, answer: str) -> None:
        recorder = self.server.recorder
        if recorder:
            recorder(Exchange(method=self.command, path=self.path, request=text, status=status, answer=answer))


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        content = inflater.decompress(body, _LONGEST_BODY)
    except zlib.error:
        raise ApiError(400, "BAD_REQUEST", "The body is not gzip") from None
    if inflater.unconsumed_tail or not inflater.eof:
        raise ApiError(413, "REQUEST_TOO_LARGE", "The request's body is too large or incomplete")
    return content
