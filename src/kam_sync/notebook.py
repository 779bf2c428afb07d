"""What results look like in a notebook: small HTML that is legible in light and dark, with the CRM's text escaped.

No scripts, no style sheets and no colours of text: a notebook that strips or overrides styles loses nothing but looks.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from kam_sync.escaping import web_link
from kam_sync.severity import Severity

if TYPE_CHECKING:  # the results themselves import this module
    from kam_sync.diagnosing import Diagnosis
    from kam_sync.explaining import Why
    from kam_sync.job import OrgResult, RunResult
    from kam_sync.tabulating import FindingsTable

MOST_ROWS: Final = 100
"""Findings shown before the rest is only counted."""
LONGEST_WORD: Final = 30
"""Longer ones may be broken, so that no table is wider than the page for one word."""
DOTS: Final = {"critical": "#d1242f", "high": "#d4661c", "medium": "#b58407", "low": "#4a86c8", "info": "#818b98"}
"""Colours of the dots before severities: 3:1 or more on white and on near-black; the word says the same."""
_FRAME: Final = "border-bottom: 1px solid rgba(128, 128, 128, 0.4); padding: 0.2em 0.8em 0.2em 0"
_CELL: Final = f"{_FRAME}; text-align: start; vertical-align: top; overflow-wrap: break-word"
_WORD: Final = f"{_CELL}; white-space: nowrap"
_NUMBER: Final = f"{_FRAME}; text-align: end; vertical-align: top; font-variant-numeric: tabular-nums"
_TABLE: Final = "border-collapse: collapse; margin: 0.3em 0 0.6em; color: inherit; background: none"


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of HTML; whatever is not one is text and is escaped."""

    source: str


Content = Html | str | int


def _source(content: Content) -> str:
    """Return HTML; a text is kept apart from the direction of the text around it."""
    if isinstance(content, Html):
        return content.source
    return html.escape(str(content)) if isinstance(content, int) else f"<bdi>{html.escape(content)}</bdi>"


def _tag(name: str, *contents: Content, style: str = "") -> Html:
    attribute = f' style="{html.escape(style)}"' if style else ""
    return Html(f"<{name}{attribute}>{''.join(map(_source, contents))}</{name}>")


def _table(columns: Sequence[str], rows: Iterable[Sequence[Content]]) -> Html:
    """Return a table; nothing when it has no rows."""
    body = [_tag("tr", *(_tag("td", cell, style=_style(cell)) for cell in row)) for row in rows]
    head = [Html(f'<th scope="col" style="{_WORD}">{html.escape(column)}</th>') for column in columns]
    return _tag("table", _tag("thead", _tag("tr", *head)), _tag("tbody", *body), style=_TABLE) if body else Html("")


def _style(cell: Content) -> str:
    """Return the style of a cell: a code or a date is never broken in two."""
    if isinstance(cell, int):
        return _NUMBER
    return _WORD if isinstance(cell, Html) or (" " not in cell and len(cell) <= LONGEST_WORD) else _CELL


def _bullets(heading: str, items: Iterable[Content]) -> Html:
    """Return a list under a heading; nothing when it is empty."""
    entries = [_tag("li", item) for item in items]
    return (
        _tag("div", _tag("strong", heading), _tag("ul", *entries, style="margin: 0.1em 0 0.5em"))
        if entries
        else Html("")
    )


def _page(title: str, *contents: Content) -> str:
    return _tag("div", _tag("p", _tag("strong", title), style="margin: 0.3em 0"), *contents).source


def _severity(label: str) -> Html:
    return Html(f'<span aria-hidden="true" style="color: {DOTS[label]}">●</span> {html.escape(label)}')


def _link(words: str, url: str) -> Content:
    """Return a link; the words alone when the address leads anywhere but to a web page."""
    safe = web_link(url)
    if safe is None:
        return words
    return Html(f'<a href="{html.escape(safe)}" rel="noreferrer" style="color: inherit">{_source(words)}</a>')


# -- runs -------------------------------------------------------------------------------------------------------------

_LABELS: Final = tuple(severity.label for severity in sorted(Severity, reverse=True))


def run_html(result: RunResult) -> str:
    """Return what a run did in all orgs."""
    return _page(run_title(result), *_orgs(result.orgs, applied=result.applied))


def run_title(result: RunResult) -> str:
    """Return one line about a run, without anything of a record."""
    orgs = f"{len(result.orgs)} org{'' if len(result.orgs) == 1 else 's'}"
    return f"{'Run that writes' if result.applied else 'Dry run'}, {orgs}, exit code {result.exit_code}"


def org_html(result: OrgResult) -> str:
    """Return what a run did in one org."""
    return _page(result.org, *_orgs((result,), applied=result.apply is not None))


def _orgs(orgs: Sequence[OrgResult], *, applied: bool) -> Iterator[Content]:
    columns = ("org", "accounts", *_LABELS, "planned", "waiting", "written", "API calls")
    yield _table(columns, map(_org, orgs))
    yield _bullets("Problems", (f"{org.org}: {problem}" for org in orgs for problem in org.problems))
    yield _bullets("What next", (f"{org.org}: {step}" for org in orgs for step in _next(org, applied=applied)))


def _org(org: OrgResult) -> tuple[Content, ...]:
    found: Counter[str] = Counter()
    for (_, label), count in (org.check.findings if org.check else {}).items():
        found[label] += count
    return (
        f"{org.org}: {org.name}" if org.name else org.org,
        org.check.accounts if org.check else "",
        *(found[label] if org.check else "" for label in _LABELS),
        len(org.plan.writes) if org.plan else "",
        len(org.plan.queued) if org.plan else "",
        org.apply.written if org.apply else "",
        org.usage.requests if org.usage else "",
    )


def _next(org: OrgResult, *, applied: bool) -> Iterator[str]:
    setup = org.check.setup if org.check else ()
    if setup:
        blocking = "; nothing can be written before that" if any(found.blocks_apply for found in setup) else ""
        yield f"mend the set-up, {len(setup)} to do{blocking}: `kam_sync.doctor` says how"
    if org.plan is None:
        return
    for refusal in org.plan.refusals:
        yield f"nothing is written ({refusal.name}): {refusal.reason}"
    if org.plan.writes and not applied and not org.plan.refusals:
        yield "write the tasks: keep the result's `plan` with `kam_sync.save_plan`, or run with `apply=True`"
    if org.plan.queued:
        yield f"{len(org.plan.queued)} wait behind a cap and come with later runs: nothing to do"


# -- findings ---------------------------------------------------------------------------------------------------------


def findings_html(table: FindingsTable) -> str:
    """Return findings as a table, worst first; those that are silenced are counted."""
    speaking = [row for row in table if row.state == "active"]
    speaking.sort(key=lambda row: (-Severity.parse(row.severity), row.org, row.account, row.code))
    rest, silent = len(speaking) - MOST_ROWS, len(table) - len(speaking)
    notes = [f"{rest} more are in `rows`"] if rest > 0 else []
    notes += [f"{silent} more are silenced: suppressed, or covered by broader ones"] if silent else []
    rows = (
        (_severity(row.severity), row.code, row.account or "(the whole portfolio)", row.title, row.since.isoformat())
        for row in speaking[:MOST_ROWS]
    )
    title = f"{len(speaking)} finding{'' if len(speaking) == 1 else 's'}" if speaking else "Nothing is wrong."
    return _page(
        title, _table(("severity", "rule", "account", "what is wrong", "since"), rows), _bullets("Beside these", notes)
    )


# -- one account ------------------------------------------------------------------------------------------------------


def why_html(why: Why) -> str:
    """Return everything known about one account: its roles, what is wrong, its tasks."""
    account, description = why.snapshot.account, why.description
    levels = (
        (role.role.label, role.level.name.lower() if role.level is not None else "unknown", ", ".join(role.holders))
        for role in why.coverage
    )
    found = sorted(why.judgement.outcome.findings, key=lambda finding: (-finding.severity, finding.code, finding.key))
    findings = (
        (
            _severity(finding.severity.label),
            finding.code,
            finding.problem.title,
            finding.problem.action,
            why.judgement.since[finding.fingerprint].isoformat(),
            f"{finding.state.value}: {finding.reason}" if finding.reason else finding.state.value,
        )
        for finding in found
    )
    tasks = (
        (
            link.topic,
            link.state.value,
            _link(link.task_id, description.task_url.replace("{id}", quote(link.task_id, safe=""))),
        )
        for link in why.links
    )
    return _page(
        f"{account.name} ({why.org}, {account.id})",
        _table(("role", "level", "held by"), levels),
        _table(("severity", "rule", "what is wrong", "what to do", "since", "state"), findings),
        _table(("topic", "state", "task"), tasks),
        _bullets("Waiting as of the last plan", (f"{queued.topic}: {queued.cap}" for queued in why.queued)),
        "" if found else "Nothing is wrong.",
    )


# -- set-up -----------------------------------------------------------------------------------------------------------


_READINESS: Final = {"ready": "in full", "partly": "in part", "unknown": "not at all"}


def diagnosis_html(diagnosis: Diagnosis) -> str:
    """Return what `doctor` found in an org: what is to be set up, and how far the selected rules can be judged."""
    if diagnosis.description is None:
        return _page(f"{diagnosis.org}: it could not be looked at", str(diagnosis.error))
    setup = (
        (found.subject, found.problem, found.fix, "yes" if found.blocks_apply else "")
        for found in diagnosis.description.setup
    )
    chosen = [rule for rule in diagnosis.rules if rule.selected]
    counts = Counter(rule.state.value for rule in chosen)
    told = ", ".join(f"{counts[state]} can be judged {words}" for state, words in _READINESS.items() if counts[state])
    limited = (
        (
            rule.code,
            rule.name,
            rule.state.value,
            "; ".join(f"{name}: {why}" for name, why in (*rule.missing, *rule.lacking)),
        )
        for rule in chosen
        if rule.missing or rule.lacking
    )
    return _page(
        f"{diagnosis.org}: {diagnosis.description.name}",
        _tag("p", f"Of the rules that are selected {told or 'there is none'}."),
        _table(("what", "problem", "fix", "stops writing"), setup),
        _table(("rule", "name", "can be judged", "because"), limited),
    )
