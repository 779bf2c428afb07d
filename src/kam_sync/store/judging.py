"""What checking leaves in the store: judgements, the list of failing topics, and the history of findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, delete, func, insert, select

from kam_sync.engine import AccountOutcome, Finding, RuleOutcome
from kam_sync.judgements import Judgement, PortfolioJudgement, TopicFailure
from kam_sync.records import RecordKind
from kam_sync.severity import Severity
from kam_sync.store import schema
from kam_sync.store.database import Store
from kam_sync.store.mirror import upsert

_JUDGEMENT: Final = TypeAdapter(Judgement)
_PORTFOLIO: Final = TypeAdapter(PortfolioJudgement)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEvent:
    """One change in the life of a finding: `opened`, `resolved` or `gone`."""

    fingerprint: str
    account_id: str
    code: str
    severity: Severity
    event: str
    day: dt.date


class StoredJudgements:
    """The judgements of one org; implements kam_sync.judgements.Judgements."""

    def __init__(self, store: Store, org_uid: str) -> None:
        self._store = store
        self._org_uid = org_uid

    def clear(self) -> None:
        """Forget all judgements: a new check begins."""
        with self._store.begin() as connection:
            for table in (schema.judgements, schema.topic_failures, schema.portfolio_judgements):
                connection.execute(delete(table).where(table.c.org_uid == self._org_uid))

    def add(self, judgements: Sequence[Judgement]) -> None:
        """Keep some judgements."""
        rows: list[dict[str, object]] = [
            {
                "org_uid": self._org_uid,
                "account_id": judgement.account_id,
                "payload": _JUDGEMENT.dump_json(judgement).decode(),
            }
            for judgement in judgements
        ]
        failures: list[dict[str, object]] = []
        for judgement in judgements:
            for topic in judgement.topics():
                findings = judgement.worthy_findings(topic)
                failures.append(
                    {
                        "org_uid": self._org_uid,
                        "account_id": judgement.account_id,
                        "topic": topic,
                        "severity": int(max(finding.severity for finding in findings)),
                        "revenue": judgement.revenue,
                        "since": min(judgement.since[finding.fingerprint] for finding in findings),
                    }
                )
        with self._store.begin() as connection:
            upsert(connection, schema.judgements, rows)
            upsert(connection, schema.topic_failures, failures)

    def keep_portfolio(self, judgement: PortfolioJudgement) -> None:
        """Keep what is said of the portfolio as a whole."""
        row: dict[str, object] = {"org_uid": self._org_uid, "payload": _PORTFOLIO.dump_json(judgement).decode()}
        with self._store.begin() as connection:
            upsert(connection, schema.portfolio_judgements, [row])

    def portfolio(self) -> PortfolioJudgement | None:
        """Return what is said of the portfolio as a whole, or None when nothing was checked yet."""
        table = schema.portfolio_judgements
        with self._store.begin() as connection:
            payload = connection.scalar(select(table.c.payload).where(table.c.org_uid == self._org_uid))
        return _PORTFOLIO.validate_json(payload) if payload is not None else None

    def of(self, account_id: str) -> Judgement | None:
        """Return the judgement of an account, or None when it was not judged."""
        table = schema.judgements
        with self._store.begin() as connection:
            payload = connection.scalar(
                select(table.c.payload).where(table.c.org_uid == self._org_uid, table.c.account_id == account_id)
            )
        return _JUDGEMENT.validate_json(payload) if payload is not None else None

    def all(self) -> Iterator[Judgement]:
        """Yield every judgement in the order of account ids."""
        table = schema.judgements
        last = ""
        while True:
            with self._store.begin() as connection:
                rows = connection.execute(
                    select(table.c.account_id, table.c.payload)
                    .where(table.c.org_uid == self._org_uid, table.c.account_id > last)
                    .order_by(table.c.account_id)
                    .limit(200)
                ).all()
            for row in rows:
                yield _JUDGEMENT.validate_json(row.payload)
            if len(rows) < 200:
                return
            last = rows[-1].account_id

    def failures(self) -> Iterator[TopicFailure]:
        """Yield every topic of every account with something a task may speak of."""
        table = schema.topic_failures
        with self._store.begin() as connection:
            rows = connection.execute(select(table).where(table.c.org_uid == self._org_uid)).all()
        for row in rows:
            yield TopicFailure(
                account_id=row.account_id,
                topic=row.topic,
                severity=Severity(row.severity),
                revenue=row.revenue,
                since=row.since,
            )


class FindingHistory:
    """Since when each finding of one org has been failing, and every change of it (append-only)."""

    def __init__(self, store: Store, org_uid: str) -> None:
        self._store = store
        self._org_uid = org_uid

    def record(self, outcomes: Sequence[AccountOutcome], today: dt.date) -> Mapping[str, dt.date]:
        """Take in the outcomes of some accounts and return fingerprint → first failing day.

        A finding whose outcome is unknown stays as it was: unknown neither opens nor resolves.
        """
        table = schema.findings
        account_ids = [outcome.account_id for outcome in outcomes]
        with self._store.begin() as connection:
            rows = connection.execute(
                select(table).where(table.c.org_uid == self._org_uid, table.c.account_id.in_(account_ids))
            ).all()
            known = {row.fingerprint: row for row in rows}
            failing = {finding.fingerprint: finding for outcome in outcomes for finding in outcome.findings}
            rules = {(outcome.account_id, rule.code): rule for outcome in outcomes for rule in outcome.outcomes}
            since = {
                fingerprint: known[fingerprint].since if fingerprint in known else today for fingerprint in failing
            }
            opened = [finding for fingerprint, finding in failing.items() if fingerprint not in known]
            ended = [row for fingerprint, row in known.items() if fingerprint not in failing]
            ran = {row.fingerprint: rules.get((row.account_id, row.code)) for row in ended}
            resolved = [row for row in ended if _has_passed(ran[row.fingerprint], row.key)]
            switched_off = [row for row in ended if ran[row.fingerprint] is None]
            upsert(connection, table, [self._row(finding, since[finding.fingerprint]) for finding in failing.values()])
            self._events(connection, [self._event(f, "opened", today) for f in opened])
            upsert(connection, schema.finding_titles, [self._title(finding) for finding in opened])
            self._end(connection, resolved, "resolved", today)
            self._end(connection, switched_off, "gone", today)
        return since

    def end_absent(self, today: dt.date) -> None:
        """End the findings of accounts that were not judged: they are gone or out of scope, or did not validate.

        Those that did not validate are unknown and keep their findings.
        """
        table, judged, rejects = schema.findings, schema.judgements, schema.mirror_rejects
        unknown = select(rejects.c.record_id).where(
            rejects.c.org_uid == self._org_uid, rejects.c.kind == RecordKind.ACCOUNT.value
        )
        with self._store.begin() as connection:
            present = select(judged.c.account_id).where(judged.c.org_uid == self._org_uid)
            rows = connection.execute(
                select(table).where(
                    table.c.org_uid == self._org_uid,
                    table.c.account_id != "",
                    table.c.account_id.not_in(present),
                    table.c.account_id.not_in(unknown),
                )
            ).all()
            self._end(connection, rows, "gone", today)

    def events(self, first: dt.date = dt.date.min, last: dt.date = dt.date.max) -> Iterable[FindingEvent]:
        """Return every change from one day to another, both included, oldest first."""
        table = schema.finding_events
        with self._store.begin() as connection:
            rows = connection.execute(
                select(table)
                .where(table.c.org_uid == self._org_uid, table.c.day >= first, table.c.day <= last)
                .order_by(table.c.id)
            )
            return tuple(
                FindingEvent(
                    fingerprint=row.fingerprint,
                    account_id=row.account_id,
                    code=row.code,
                    severity=Severity(row.severity),
                    event=row.event,
                    day=row.day,
                )
                for row in rows
            )

    def daily(self) -> Mapping[tuple[dt.date, str], int]:
        """Return how many findings had which change on which day, without holding the events, days ascending."""
        table = schema.finding_events
        with self._store.begin() as connection:
            rows = connection.execute(
                select(table.c.day, table.c.event, func.count().label("changes"))
                .where(table.c.org_uid == self._org_uid)
                .group_by(table.c.day, table.c.event)
                .order_by(table.c.day, table.c.event)
            )
            return {(row.day, row.event): row.changes for row in rows}

    def titles(self, fingerprints: Collection[str]) -> Mapping[str, str]:
        """Return what was wrong when some findings last opened, by fingerprint, as far as that was kept."""
        table = schema.finding_titles
        asked, found = sorted(fingerprints), dict[str, str]()
        with self._store.begin() as connection:
            for start in range(0, len(asked), 500):
                part = asked[start : start + 500]
                rows = connection.execute(
                    select(table).where(table.c.org_uid == self._org_uid, table.c.fingerprint.in_(part))
                )
                found.update((row.fingerprint, row.title) for row in rows)
        return found

    def failing_on(self, day: dt.date) -> int | None:
        """Return how many findings were failing at the end of a day, silenced ones too; None before the first check."""
        table = schema.finding_events
        with self._store.begin() as connection:
            rows = connection.execute(
                select(table.c.event, func.count().label("number"))
                .where(table.c.org_uid == self._org_uid, table.c.day <= day)
                .group_by(table.c.event)
            )
            counts = {row.event: int(row.number) for row in rows}
        return 2 * counts.get("opened", 0) - sum(counts.values()) if counts else None

    def solved_before(self, fingerprints: Collection[str], day: dt.date) -> frozenset[str]:
        """Return which of some findings had been solved at some time up to a day, that day included."""
        table = schema.finding_events
        asked, found = sorted(fingerprints), set[str]()
        with self._store.begin() as connection:
            for start in range(0, len(asked), 500):
                found.update(
                    connection.scalars(
                        select(table.c.fingerprint).where(
                            table.c.org_uid == self._org_uid,
                            table.c.event == "resolved",
                            table.c.day <= day,
                            table.c.fingerprint.in_(asked[start : start + 500]),
                        )
                    )
                )
        return frozenset(found)

    def _row(self, finding: Finding, since: dt.date) -> dict[str, object]:
        return {
            "org_uid": self._org_uid,
            "fingerprint": finding.fingerprint,
            "account_id": finding.account_id,
            "code": finding.code,
            "key": finding.key,
            "severity": int(finding.severity),
            "since": since,
        }

    def _title(self, finding: Finding) -> dict[str, object]:
        title = finding.problem.title[:500]
        return {"org_uid": self._org_uid, "fingerprint": finding.fingerprint, "title": title}

    def _event(self, finding: Finding, event: str, day: dt.date) -> dict[str, object]:
        columns = ("org_uid", "fingerprint", "account_id", "code", "severity")
        row = self._row(finding, day)
        return {**{name: row[name] for name in columns}, "event": event, "day": day}

    def _events(self, connection: Connection, rows: list[dict[str, object]]) -> None:
        if rows:
            connection.execute(insert(schema.finding_events), rows)

    def _end(self, connection: Connection, rows: Sequence[object], event: str, day: dt.date) -> None:
        table = schema.findings
        columns = ("org_uid", "fingerprint", "account_id", "code", "severity")
        self._events(
            connection,
            [{**{name: getattr(row, name) for name in columns}, "event": event, "day": day} for row in rows],
        )
        fingerprints = [str(getattr(row, "fingerprint")) for row in rows]  # noqa: B009 - a Row has no static columns
        for start in range(0, len(fingerprints), 500):
            part = fingerprints[start : start + 500]
            connection.execute(
                delete(table).where(and_(table.c.org_uid == self._org_uid, table.c.fingerprint.in_(part)))
            )


def _has_passed(outcome: RuleOutcome | None, key: str) -> bool:
    """Return whether a finding is over because its rule says so: it ran, and could judge it."""
    return outcome is not None and not outcome.is_unknown(key)
