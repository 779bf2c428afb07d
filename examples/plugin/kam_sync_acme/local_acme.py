"""Acme on this machine: its API as it is documented, over an org in memory, for tests of the connector.

It shares nothing with the connector but the documentation, so that a misunderstanding shows.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import ClassVar, Final, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import TypeAdapter

from kam_sync.clock import Clock
from kam_sync.local_crms import People
from kam_sync.portfolio import Portfolio
from kam_sync.ports import Priority, Section, TaskStatus, TaskText, TaskWrite
from kam_sync.records import Record, RecordKind
from kam_sync.testing.memory import MemoryCrm

TOKEN: Final = "a-token-of-acme"  # noqa: S105 - of a CRM that lives for one test
KINDS: Final[Mapping[str, RecordKind]] = {
    "people": RecordKind.USER,
    "customers": RecordKind.ACCOUNT,
    "contacts": RecordKind.CONTACT,
    "roles": RecordKind.ROLE,
    "deals": RecordKind.OPPORTUNITY,
    "activities": RecordKind.ACTIVITY,
    "plans": RecordKind.PLAN,
    "goals": RecordKind.GOAL,
    "actions": RecordKind.ACTION,
    "feedback": RecordKind.FEEDBACK,
    "handovers": RecordKind.OWNER_CHANGE,
    "sales": RecordKind.SALES,
}
_RESULTS: Final = {"written": "done", "rejected": "refused", "gone": "deleted"}
_RECORDS: Final = TypeAdapter(list[Record])
_UNDERSCORE: Final = re.compile(r"_([a-z])")

Json = dict[str, object]
Answer = tuple[int, Json] | None
"""Status and content; None breaks the connection."""


class LocalAcme:
    """An Acme that listens on this machine and forgets everything when it stops.

    `failures` are statuses that the next requests get instead of an answer, one each.
    """

    name: ClassVar[str] = "acme"
    absent_task_id: ClassVar[str] = "t999999"
    lacks: ClassVar[frozenset[str]] = frozenset({"quotes", "cases", "contracts"})

    def __init__(self, crm: MemoryCrm, port: int) -> None:
        self._crm = crm
        self._lose = False
        self._seen = 0
        self.failures: list[int] = []
        self._server = _Server(port, self._answer)

    @classmethod
    def start(cls, folder: Path, *, clock: Clock, port: int = 0) -> Self:
        """Serve an empty Acme on 127.0.0.1."""
        return cls(MemoryCrm(str(folder), clock), port)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def load(self, portfolio: Portfolio) -> None:
        """Fill it with an invented portfolio."""
        self._crm.load(portfolio)

    @property
    def org_settings(self) -> Mapping[str, object]:
        """The org's section of a policy."""
        return {"connector": "acme", "url": self.url, "access_token": TOKEN}

    @property
    def people(self) -> People:
        """Act as the people who work in it."""
        return self._crm

    def id_of(self, slug: str) -> str:
        """Return the id of an account or user of the portfolio."""
        return self._crm.id_of(slug)

    def lose_answer(self) -> None:
        """Carry out the next creation of tasks, and break the connection instead of answering."""
        self._lose = True

    def requests_seen(self) -> int:
        """Return how many requests came in."""
        return self._seen

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()
        self._crm.stop()

    # -- the API --------------------------------------------------------------------------------------------------

    def _answer(self, method: str, target: str, token: str, body: Json) -> Answer:
        self._seen += 1
        if self.failures:
            return self.failures.pop(0), {"error": "Müller & Söhne <info@customer.example> is locked"}
        if token != f"Bearer {TOKEN}":
            return 401, {}
        path, query = urlsplit(target).path.removeprefix("/api/"), parse_qs(urlsplit(target).query)
        match method, path:
            case "GET", "org":
                return 200, {"id": "4711", "name": "Acme of tests", "customers": len(self._crm.accounts)}
            case "GET", "tasks":
                return 200, {"items": self._tasks(query)}
            case "GET", name if name in KINDS:
                return 200, self._page(KINDS[name], query)
            case "POST", "tasks":
                return self._write(body)
            case _:
                return 404, {}

    def _page(self, kind: RecordKind, query: Mapping[str, Sequence[str]]) -> Json:
        """Return a page; the cursor sorts as a text."""
        start, limit = int(query.get("after", ["0"])[0]), min(int(query.get("limit", ["100"])[0]), 100)
        records = self._crm.records(kind)
        chosen = _RECORDS.dump_python(records[start : start + limit], mode="json")
        more = start + limit < len(records)
        return {"items": [_camel(record) for record in chosen], "next": f"{start + limit:08d}" if more else None}

    def _tasks(self, query: Mapping[str, Sequence[str]]) -> list[Json]:
        ids, keys = query.get("id", []), query.get("taskKey", [])
        rows = [row.state() for row in self._crm.task_rows.values() if row.id in ids or row.key in keys]
        return [
            {
                "id": row.id,
                "taskKey": row.key,
                "subject": row.subject,
                "body": row.body,
                "ownerId": row.owner_id,
                "dueOn": row.due_on.isoformat() if row.due_on else None,
                "priority": row.priority,
                "status": row.status,
                "deleted": row.deleted,
                "modifiedAt": row.modified_at.isoformat() if row.modified_at else None,
                "customerId": row.account_id,
            }
            for row in rows
        ]

    def _write(self, body: Json) -> Answer:
        tasks = body.get("tasks")
        if not isinstance(tasks, list) or len(tasks) > 50:
            return 400, {}
        results = [self._crm.write(_write(task)) for task in tasks]
        if self._lose:
            self._lose = False
            return None
        return 200, {"results": [{"result": _RESULTS[each.outcome], "id": each.task_id} for each in results]}


def _write(task: Mapping[str, str]) -> TaskWrite:
    return TaskWrite(
        operation_id="",
        key=task.get("taskKey", ""),
        task_id=task.get("id"),
        account_id=task.get("customerId", ""),
        subject=task.get("subject"),
        text=TaskText(sections=(Section(heading=task["body"], lines=()),)) if "body" in task else None,
        owner_id=task.get("ownerId"),
        due_on=dt.date.fromisoformat(task["dueOn"]) if "dueOn" in task else None,
        priority=Priority(task["priority"]) if "priority" in task else None,
        status=TaskStatus(task["status"]) if "status" in task else None,
    )


def _camel(record: Mapping[str, object]) -> Json:
    """Return a record in Acme's words; the key of a task stands in a field of its own."""
    named = {"task_key" if name == "our_key" else name: value for name, value in record.items() if name != "source"}
    return {_UNDERSCORE.sub(lambda found: found.group(1).upper(), name): value for name, value in named.items()}


class _Server(ThreadingHTTPServer):
    """Serves until `stop`, which waits for every thread."""

    daemon_threads = False

    def __init__(self, port: int, answer: Callable[[str, str, str, Json], Answer]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), name="local-acme", daemon=True)
        self._thread.start()

    def server_bind(self) -> None:
        """Bind without asking the network what this machine is called, as HTTPServer would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._reply({})

    def do_POST(self) -> None:
        self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _reply(self, body: Json) -> None:
        answer = self.server.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
        if answer is None:
            return
        status, content = answer
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status == 429:
            self.send_header("Retry-After", "2")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""
