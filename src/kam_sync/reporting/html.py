"""A report as one HTML file that needs nothing but a browser: no request of any kind, readable without its script."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kam_sync import __version__
from kam_sync.escaping import one_line
from kam_sync.lifecycle import LinkState
from kam_sync.records import Role
from kam_sync.reporting import charts, words
from kam_sync.reporting.counting import Figures, by_severity, count, review_bucket, review_buckets
from kam_sync.reporting.figures import Report, ReportedAccount
from kam_sync.severity import Severity

MOST_INLINE: Final = 1000
"""Up to so many accounts every detail stands in the page itself; beyond, they are packed and the script opens them."""
PACK: Final = 200
"""Accounts whose details are packed together, so that opening one does not unpack all."""

FEW: Final = 6
"""Set-up findings of an org that are shown at once; the others unfold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One account as a row of the table: `place` is its number in the page, `levels` its six levels in short."""

    place: int
    account: ReportedAccount
    levels: str
    bucket: str
    findings: Mapping[Severity, int]

    @property
    def key(self) -> str:
        """What the page's address names the account by."""
        return f"{self.account.org}/{self.account.id}"

    @property
    def topics(self) -> str:
        """The topics of its open findings, for filtering."""
        return " ".join(sorted({finding.topic for finding in self.account.open_findings}))

    @property
    def codes(self) -> str:
        """The codes of its open findings, for filtering."""
        return " ".join(sorted({finding.code for finding in self.account.open_findings}))

    @property
    def weight(self) -> int:
        """By what the column of findings is sorted: the worst severity, then how many."""
        worst = self.account.worst
        return 0 if worst is None else (int(worst) + 1) * 100_000 + sum(self.findings.values())


def report_html(report: Report) -> str:
    """Return the report as one HTML document.

    Raises:
        ConfigError: What the charts are drawn with is not installed (`kam-sync[report]`).

    Example:
        >>> made = kam_sync.report(policy, store, settings)
        >>> kam_sync.report_html(made).splitlines()[0]
        '<!DOCTYPE html>'
    """
    return "".join(html_parts(report))


def html_parts(report: Report) -> Iterator[str]:
    """Yield the HTML document piece by piece, so that a large one need not be held; raises as `report_html`."""
    figures = count(report)
    drawn = _charts(figures)
    style, script = (Markup(_source(name)) for name in ("report.css", "report.js"))  # noqa: S704 - our own files
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; {_NOTHING_ELSE}"
    inline = len(report.accounts) <= MOST_INLINE
    environment = _environment()
    yield from environment.get_template("report.html").generate(
        report=report,
        figures=figures,
        headline=figures.headline,
        charts=drawn,
        style=style,
        script=script,
        policy=policy,
        version=__version__,
        rows=lambda: _rows(report),
        packs=None if inline else lambda: _packs(report),
        most_inline=MOST_INLINE,
        pack_size=PACK,
        few=FEW,
        choices=_choices(report, figures),
        several=len(report.orgs) > 1,
        roles=tuple(Role),
        severities=tuple(sorted(Severity, reverse=True)),
        live=LinkState.LIVE,
    )


_NOTHING_ELSE: Final = "img-src data:; base-uri 'none'; form-action 'none'"
"""`data:` is for the empty icon, which keeps a browser from asking a server for one."""


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("kam_sync.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {
        "day": words.day,
        "moment": words.moment,
        "month": words.month,
        "words": words.words_of,
        "person": words.person_label,
        "person_key": words.person_key,
        "level": lambda level: words.LEVELS[level],
        "topic": lambda topic: topic.replace("-", " "),
        "number": lambda number: f"{number:,}",
        "iso": lambda at: at.isoformat(),
    }
    return environment


def _shown(value: object) -> object:
    """Show every text that is not markup on one line, what would turn or hide the text around it as an escape."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _source(name: str) -> str:
    environment = _environment()
    if environment.loader is None:
        raise TypeError("the templates have no loader")
    text, _, _ = environment.loader.get_source(environment, name)
    return text


def _charts(figures: Figures) -> Mapping[str, charts.Chart]:
    drawn = [charts.coverage_chart(figures), charts.reviews_chart(figures)]
    if figures.headline.open_findings:
        drawn += [charts.topics_chart(figures), charts.ages_chart(figures)]
    if any(load.findings for load in figures.owners):
        drawn.append(charts.people_chart(figures))
    if figures.weeks:
        drawn.append(charts.trend_chart(figures))
    return {chart.name: chart for chart in drawn}


def _rows(report: Report) -> Iterator[Row]:
    for place, account in enumerate(report.accounts):
        yield Row(
            place=place,
            account=account,
            levels="".join("?" if role.level is None else str(int(role.level)) for role in account.roles),
            bucket=review_bucket(account.review, report.checked_on),
            findings=by_severity(account.open_findings),
        )


def _packs(report: Report) -> Iterator[str]:
    """Yield the details of some accounts at a time, as a list of HTML texts in JSON, compressed, in base64."""
    template = _environment().get_template("account.html")
    several = len(report.orgs) > 1
    rows = _rows(report)
    while some := list(islice(rows, PACK)):
        texts = [template.render(row=row, account=row.account, several=several, live=LinkState.LIVE) for row in some]
        packed = gzip.compress(json.dumps(texts, ensure_ascii=False).encode(), compresslevel=6, mtime=0)
        yield base64.b64encode(packed).decode()


def _choices(report: Report, figures: Figures) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return what can be chosen in each filter, as value and words."""
    several = len(report.orgs) > 1
    owners = [load.person for load in figures.owners if load.accounts]
    owners.sort(key=lambda person: words.person_label(person).casefold())
    used = {review_bucket(account.review, report.checked_on) for account in report.accounts}
    gaps = [("any", "some role absent"), *((f"absent:{n}", f"no {role.label}") for n, role in enumerate(Role))]
    return {
        "org": [(org.org, org.name) for org in report.orgs] if several else [],
        "owner": [
            (words.person_key(person), words.person_label(person) + (f" ({person.org})" if several else ""))
            for person in owners
        ],
        "tier": [(tier, tier) for tier in sorted({a.tier for a in report.accounts if a.tier})],
        "severity": [
            (str(int(s)), s.label if s is max(Severity) else f"{s.label} or worse") for s in reversed(Severity)
        ],
        "topic": [(topic, topic.replace("-", " ")) for topic in sorted(figures.topics)],
        "rule": [(rule.code, f"{rule.code} {rule.name}") for rule in sorted(figures.rules, key=lambda r: r.code)],
        "gap": [
            *gaps,
            ("named", "named but not active"),
            ("unknown", "some role unknown"),
            ("none", "all six covered"),
        ],
        "review": [(b, words.month(b)) for b in review_buckets(report.checked_on) if b in used],
    }
