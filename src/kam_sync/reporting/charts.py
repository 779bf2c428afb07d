"""The charts of the HTML report: Vega-Lite specifications that are drawn as SVG when the report is made.

Colours are CSS variables of the page, so that a chart follows dark mode and print. Every chart has its figures beside
it as a table, and its drawing is one image with a name for whoever cannot see it.
"""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync.errors import ConfigError
from kam_sync.escaping import one_line
from kam_sync.records import Role
from kam_sync.reporting.counting import BySeverity, Figures, OwnerLoad
from kam_sync.reporting.words import LEVELS, day, month, person_label
from kam_sync.severity import Severity

VEGA_LITE: Final = "5.21"
"""The version of Vega-Lite that the specifications are written for; the converter holds it, nothing is fetched."""
WIDTH: Final = 420
"""Width of a drawing in its own units; the page scales it."""
WIDEST: Final = 7.6
"""Width of a letter of a label at most: readers' fonts may be wider than the one that the drawing is measured with."""
MOST_LABEL: Final = 150
"""Width of a label at most; longer ones are cut."""
MOST_PEOPLE: Final = 15
"""People in the chart of loads; the table beside it has them all."""
_SVG: Final = "http://www.w3.org/2000/svg"
_DROPPED: Final = frozenset({"class", "role", "pointer-events", "aria-hidden", "aria-roledescription", "aria-label"})
"""Attributes of the drawing's parts that say nothing, since the whole is one image with a name."""
_SEVERITIES: Final = tuple(sorted(Severity, reverse=True))

Spec = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing with its title, what it says in a sentence, and its figures as a table."""

    name: str
    title: str
    summary: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def draw(spec: Spec, label: str) -> str:
    """Return a specification's drawing as SVG for embedding in a page: one image of that name, no script, no style.

    Raises:
        ConfigError: The converter is not installed.
    """
    try:
        import vl_convert  # noqa: PLC0415 - large, and only the HTML report needs it
    except ModuleNotFoundError:
        raise ConfigError(
            "the HTML report draws with vl-convert-python, which is not installed: "
            "`pip install 'kam-sync[report]'`, or take `--format json` or `--format csv`"
        ) from None
    drawn = vl_convert.vegalite_to_svg({**_FRAME, **spec}, vl_version=VEGA_LITE, allowed_base_urls=[])
    ET.register_namespace("", _SVG)
    root = ET.fromstring(drawn)  # noqa: S314 - what our own converter has drawn just now
    _strip(root)
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    root.attrib.pop("version", None)
    root.set("role", "img")
    root.set("aria-label", one_line(label))
    root.set("viewBox", root.get("viewBox") or f"0 0 {width} {height}")
    return ET.tostring(root, encoding="unicode")


def _strip(node: ET.Element) -> None:
    for name in _DROPPED & node.attrib.keys():
        del node.attrib[name]
    for child in list(node):
        invisible = child.get("display") == "none" or child.get("opacity") == "0"
        if invisible or child.get("d") == "M0,0h0v0h0Z":
            node.remove(child)
        else:
            _strip(child)


_TEXT: Final[Spec] = {
    "labelColor": "var(--ink-2)",
    "titleColor": "var(--ink-2)",
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}
_FRAME: Final[Spec] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "width": WIDTH,
    "background": None,
    "autosize": {"type": "fit", "contains": "padding"},
    "padding": 2,
    "config": {
        "aria": False,
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {
            **_TEXT,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
            "gridColor": "var(--line)",
            "labelLimit": 0.8 * MOST_LABEL,
        },
        "legend": {
            **_TEXT,
            "title": None,
            "orient": "top",
            "direction": "horizontal",
            "symbolType": "square",
            "symbolSize": 110,
            "columnPadding": 14,
            "columns": 3,
            "offset": 8,
        },
        "bar": {"stroke": "var(--surface)", "strokeWidth": 1},
    },
}


def _stacked(rows: Sequence[Mapping[str, object]], order: Sequence[str], series: Mapping[str, str], axis: str) -> Spec:
    """Return horizontal bars: `rows` have `what`, `series`, `rank` and `count`; `series` gives each its colour."""
    return {
        "height": {"step": 26},
        "data": {"values": list(rows)},
        "mark": {"type": "bar", "height": 17},
        "encoding": {
            "y": {
                "field": "what",
                "type": "nominal",
                "sort": list(order),
                "title": None,
                "axis": {"minExtent": min(MOST_LABEL, max(map(len, order), default=0) * WIDEST + 10)},
            },
            "x": {
                "field": "count",
                "type": "quantitative",
                "title": axis,
                "axis": {"tickMinStep": 1, "tickCount": 5, "format": ",d"},
            },
            "color": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": list(series), "range": list(series.values())},
            },
            "order": {"field": "rank", "type": "quantitative"},
        },
    }


def coverage_chart(figures: Figures) -> Chart:
    """Draw to what extent each of the six roles is played."""
    levels = tuple(sorted((level for level in LEVELS if level is not None), reverse=True))
    shown = (*levels, None)
    colours = {LEVELS[level]: f"var(--level-{LEVELS[level]})" for level in shown}
    rows = [
        {"what": role.label, "series": LEVELS[level], "rank": rank, "count": figures.coverage[role][level]}
        for role in Role
        for rank, level in enumerate(shown)
    ]
    weakest = max(Role, key=lambda role: figures.coverage[role][levels[-1]])
    absent = figures.coverage[weakest][levels[-1]]
    summary = (
        f"Most often nobody is named as {weakest.label}: on {_accounts(absent)}."
        if absent
        else "No role is known to be missing on any account."
    )
    return Chart(
        name="coverage",
        title="The six roles",
        summary=summary,
        svg=draw(_stacked(rows, [role.label for role in Role], colours, "accounts"), f"The six roles. {summary}"),
        columns=("role", *colours),
        rows=tuple((role.label, *(figures.coverage[role][level] for level in shown)) for role in Role),
    )


def _accounts(number: int) -> str:
    return f"{number:,} account" if number == 1 else f"{number:,} accounts"


def _by_severity(name: str, title: str, what: str, groups: Mapping[str, BySeverity], summary: str) -> Chart:
    colours = {severity.label: f"var(--severity-{severity.label})" for severity in _SEVERITIES}
    rows = [
        {"what": group, "series": severity.label, "rank": rank, "count": counts.get(severity, 0)}
        for group, counts in groups.items()
        for rank, severity in enumerate(_SEVERITIES)
    ]
    return Chart(
        name=name,
        title=title,
        summary=summary,
        svg=draw(_stacked(rows, list(groups), colours, "open findings"), f"{title}. {summary}"),
        columns=(what, *colours),
        rows=tuple((group, *(counts.get(severity, 0) for severity in _SEVERITIES)) for group, counts in groups.items()),
    )


def topics_chart(figures: Figures) -> Chart:
    """Draw the open findings by topic and severity."""
    most = next(iter(figures.topics.items()), None)
    summary = f"Most are about {_topic(most[0])}: {sum(most[1].values()):,}." if most else "Nothing is open."
    groups = {_topic(topic): counts for topic, counts in figures.topics.items()}
    return _by_severity("topics", "Open findings by topic", "topic", groups, summary)


def _topic(topic: str) -> str:
    return one_line(topic.replace("-", " "))


def ages_chart(figures: Figures) -> Chart:
    """Draw the open findings by how long they have been open."""
    *_, oldest = figures.ages.values()
    long = sum(oldest.values())
    summary = f"{long:,} for more than half a year." if long else "None for more than half a year."
    return _by_severity("ages", "How long they have been open", "open for", figures.ages, summary)


def people_chart(figures: Figures) -> Chart:
    """Draw the open findings on the accounts of those of our people who have most."""
    loads = [load for load in figures.owners if load.findings][:MOST_PEOPLE]
    names = _distinct(loads)
    groups = {name: load.findings for name, load in zip(names, loads, strict=True)}
    left = sum(bool(load.findings) for load in figures.owners) - len(loads)
    summary = f"The {len(loads)} with most; the table below has all." if left else "Everybody with an open finding."
    return _by_severity("people", "Open findings by account owner", "account owner", groups, summary)


def _distinct(loads: Sequence[OwnerLoad]) -> list[str]:
    """Return names that tell people apart: who bears another's name is told by number."""
    names: list[str] = []
    for load in loads:
        label = one_line(person_label(load.person))
        same = sum(name == label or name.startswith(f"{label} (") for name in names)
        names.append(f"{label} ({same + 1})" if same else label)
    return names


def trend_chart(figures: Figures) -> Chart:
    """Draw what was open at each week's end, and what was opened and ended in each week."""
    weeks = figures.weeks
    colours = {"opened": "var(--trend-opened)", "ended": "var(--trend-ended)"}
    flow = [
        {"week": week_of(week.ends_on), "series": series, "count": count}
        for week in weeks
        for series, count in (("opened", week.opened), ("ended", -(week.resolved + week.gone)))
    ]
    level = [{"week": week_of(week.ends_on), "count": week.open} for week in weeks]
    order = [week_of(week.ends_on) for week in weeks]
    time: Spec = {"field": "week", "type": "ordinal", "sort": order, "title": None, "axis": None}
    labelled: Spec = {**time, "axis": {"labelAngle": 0, "labelOverlap": "greedy", "grid": False}}
    spec: Spec = {
        "vconcat": [
            {
                "width": WIDTH - 60,
                "height": 120,
                "data": {"values": level},
                "layer": [
                    {"mark": {"type": "area", "color": "var(--trend-open)", "opacity": 0.18}},
                    {"mark": {"type": "line", "color": "var(--trend-open)", "strokeWidth": 2.5, "point": _POINT}},
                ],
                "encoding": {"x": time, "y": _count("open at the week's end")},
            },
            {
                "width": WIDTH - 60,
                "height": 80,
                "data": {"values": flow},
                "mark": "bar",
                "encoding": {
                    "x": labelled,
                    "y": {**_count("a week"), "stack": "zero"},
                    "color": {
                        "field": "series",
                        "type": "nominal",
                        "scale": {"domain": list(colours), "range": list(colours.values())},
                    },
                },
            },
        ],
        "spacing": 12,
        "autosize": "pad",
    }
    summary = f"{weeks[-1].open:,} on {day(weeks[-1].ends_on)}, silenced findings included."
    return Chart(
        name="trend",
        title="Findings over time",
        summary=summary,
        svg=draw(spec, f"Findings over time. {summary}"),
        columns=("week to", "open at its end", "opened", "solved", "gone with account or rule"),
        rows=tuple((day(week.ends_on), week.open, week.opened, week.resolved, week.gone) for week in weeks),
    )


def week_of(ends_on: dt.date) -> str:
    """Return a week as the trend names it, by its last day without the year: half a year holds no day twice."""
    return day(ends_on).rpartition(" ")[0]


_POINT: Final[Spec] = {"filled": True, "color": "var(--trend-open)", "size": 36}


def _count(title: str) -> Spec:
    axis = {"tickMinStep": 1, "tickCount": 4, "format": ",d", "minExtent": 34}
    return {"field": "count", "type": "quantitative", "title": title, "axis": axis}


def reviews_chart(figures: Figures) -> Chart:
    """Draw when account plans are to be gone over."""
    shown = {month(bucket): count for bucket, count in figures.reviews.items()}
    colours = {"overdue": "var(--severity-high)", "planned": "var(--level-active)", "open": "var(--level-unknown)"}
    kinds = {"overdue": "overdue", "no date": "open", "no plan": "open", "unknown": "open"}
    rows = [
        {"what": bucket, "series": kinds.get(bucket, "planned"), "rank": 0, "count": count}
        for bucket, count in shown.items()
    ]
    spec = _stacked(rows, list(shown), colours, "accounts")
    overdue = figures.reviews["overdue"]
    summary = f"Overdue on {_accounts(overdue)}." if overdue else "None is overdue."
    return Chart(
        name="reviews",
        title="Next review of the account plan",
        summary=summary,
        svg=draw({**spec, "config": {**_config(), "legend": {"disable": True}}}, f"Next review. {summary}"),
        columns=("next review", "accounts"),
        rows=tuple(shown.items()),
    )


def _config() -> Mapping[str, object]:
    config = _FRAME["config"]
    if not isinstance(config, Mapping):
        raise TypeError("the frame of the charts has no configuration")
    return config
