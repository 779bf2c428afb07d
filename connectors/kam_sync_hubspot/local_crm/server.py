"""The HTTP side: keep-alive connections on loopback, gzip, faults, limits and the recorder around every answer."""

from __future__ import annotations

import gzip
import logging
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

from kam_sync_hubspot.local_crm.errors import RefusalError, error_body
from kam_sync_hubspot.local_crm.exchange import Answer, Call, Exchange, json_answer
from kam_sync_hubspot.local_crm.faults import Fault, FaultKind, Faults
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.routing import Router

LOOPBACK: Final = "127.0.0.1"
LONGEST_PATH: Final = 16_000
"""Characters of a path with its query at most; the vendor's limit is not documented, 15,000 are known to work."""
LONGEST_BODY: Final = 16 * 1024 * 1024
"""Bytes of a request body at most."""
_WORTH_PACKING: Final = 1024
_POLL_SECONDS: Final = 0.02

_log = logging.getLogger(__name__)


class Application:
    """Answers requests: what happens between a parsed request and the bytes of its answer."""

    def __init__(self, portal: Portal) -> None:
        self.faults = Faults()
        self.recorder: Callable[[Exchange], None] | None = None
        self.base_url = ""
        self._portal = portal
        self._router = Router(portal)
        self._seen = 0
        self._lock = threading.Lock()

    @property
    def seen(self) -> int:
        """How many requests have come, faulted ones too."""
        with self._lock:
            return self._seen

    def now(self) -> float:
        """Return the present moment of the injected clock in seconds since 1970."""
        return self._portal.clock.now().timestamp()

    def answer(self, method: str, path: str, authorization: str | None, body: bytes) -> Answer | None:
        """Return the answer of a request; None closes the connection without one.

        Args:
            method: The HTTP method.
            path: The path with its query.
            authorization: The header Authorization.
            body: The request's body.
        """
        with self._lock:
            self._seen += 1
        fault = self.faults.take(method, path)
        if fault is not None and fault.prevents:
            sent = fault.answer()
        else:
            sent = self._carry_out(method, path, authorization, body, fault)
            if fault is not None:
                sent = self._bent(fault, sent)
        self._record(method, path, body, sent, fault)
        return sent

    def _bent(self, fault: Fault, answer: Answer) -> Answer | None:
        try:
            return fault.bend(answer)
        except (TypeError, ValueError) as error:
            return json_answer(500, error_body(None, str(error)))

    def _carry_out(self, method: str, path: str, authorization: str | None, body: bytes, fault: Fault | None) -> Answer:
        headers: dict[str, str] = {}
        try:
            split = urlsplit(path)
            self._router.check_token(authorization)
            route, target, parts = self._router.route(method, split.path)
            _check_length(path)
            headers = self._portal.limits.admit(search=route.is_search)
            call = Call(
                version=target.version,
                path=split.path,
                query=parse_qs(split.query, keep_blank_values=True),
                body=body,
                parts=parts,
                base_url=self.base_url,
                repeat_record=fault is not None and fault.kind is FaultKind.RECORD_ON_TWO_PAGES,
            )
            self._router.check_scopes(route, call)
            with self._portal.database.transaction():
                answer = route.handler(call)
        except RefusalError as refusal:
            answer = json_answer(refusal.status, refusal.body, refusal.headers)
        except Exception:  # noqa: BLE001 - a bug here must be seen by the client, not end its connection
            _log.exception("the local HubSpot failed on %s %s", method, path.partition("?")[0])
            answer = json_answer(500, error_body(None, "the local HubSpot failed; see its log"))
        return Answer(
            status=answer.status,
            payload=answer.payload,
            content_type=answer.content_type,
            headers={**headers, **answer.headers},
        )

    def _record(self, method: str, path: str, body: bytes, sent: Answer | None, fault: Fault | None) -> None:
        if self.recorder is None:
            return
        self.recorder(
            Exchange(
                method=method,
                path=path,
                request_body=body.decode(errors="replace"),
                status=sent.status if sent else 0,
                answer_body=sent.payload.decode(errors="replace") if sent else "",
                faulted=fault is not None,
            )
        )


def _check_length(path: str) -> None:
    if len(path) > LONGEST_PATH:
        raise RefusalError(414, error_body(None, "The request URI is too long."))


class Server:
    """Serves an application on loopback from threads of this process until `stop`.

    Args:
        application: Answers the requests.
        port: The port; 0 takes a free one.
    """

    def __init__(self, application: Application, port: int) -> None:
        self._http = _HttpServer((LOOPBACK, port), application)
        self.url = f"http://{LOOPBACK}:{self._http.server_port}"
        application.base_url = self.url
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_POLL_SECONDS,), name="local-hubspot", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, close every connection and wait until all threads have ended."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self._http.close_connections()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        self._open: dict[socket.socket, threading.Thread] = {}
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # not HTTPServer's own: that one looks up the host's name, which may wait for a name server
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.socket.getsockname()[1]

    def opened(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open[connection] = threading.current_thread()

    def closed(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.pop(connection, None)

    def close_connections(self) -> None:
        with self._open_lock:
            threads = dict(self._open)
        for connection in threads:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was faster
                continue
        for thread in threads.values():
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"
    server_version = "local-hubspot"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one piece

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:  # the client has gone
            _log.debug("a client closed its connection")
        finally:
            self.server.closed(self.connection)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            _log.debug("a client closed its connection")

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(json_answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error_body(None, "send a Content-Length")))
            return
        body = self.rfile.read(int(length))
        answer = self.server.application.answer(self.command, self.path, self.headers.get("Authorization"), body)
        if answer is None:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        payload = answer.payload
        self.send_response(answer.status)
        if payload:
            self.send_header("Content-Type", answer.content_type)
        if len(payload) >= _WORTH_PACKING and "gzip" in self.headers.get("Accept-Encoding", ""):
            payload = gzip.compress(payload, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(payload)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - the names http.server calls

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the header Date: by the injected clock, like every other moment."""
        return super().date_time_string(self.server.application.now() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
        """Say nothing: requests are recorded by the recorder, if at all."""
