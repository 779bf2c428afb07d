"""Reports made by hand, for tests of counting, of what is given out, and of the page in a browser."""

from __future__ import annotations

import datetime as dt

from kam_sync.engine import FindingState
from kam_sync.figures.plan_review import PlanReview, ReviewState
from kam_sync.lifecycle import LinkState
from kam_sync.ports import SetupFinding
from kam_sync.records import Role
from kam_sync.reporting.figures import (
    MissingOrg,
    Person,
    QueuedTask,
    Report,
    ReportedAccount,
    ReportedEvidence,
    ReportedFinding,
    ReportedOrg,
    ReportedTask,
    Unjudged,
)
from kam_sync.roles import RoleCoverage, RoleLevel
from kam_sync.severity import Severity

TODAY = dt.date(2026, 11, 25)
"""A Wednesday."""
CHECKED = dt.datetime(2026, 11, 25, 6, 30, tzinfo=dt.UTC)
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle" * 4
HOSTILE = (
    '<script>document.title="owned"</script>',
    '"><img src=x onerror="document.title=1">',
    "'; alert(1); //",
    "</script></template></article></dialog>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnirts desrever\u202c\x1b[31m\x00\u2028",
    '=HYPERLINK("http://evil.example")',
    LONG_WORD,
    "&lt;b&gt; & <b>",
)
AMAL = Person(org="main", id="u1", name="Amal Haddad")
NOA = Person(org="main", id="u2", name="נועה בן־דוד")
NOBODY = Person(org="main")
SOMEBODY = Person(org="main", known=False)


def finding(
    severity: Severity = Severity.HIGH,
    *,
    code: str = "KAM101",
    days: int = 10,
    topic: str = "roles",
    key: str = "innovator",
    title: str = "Nobody holds the role of innovator",
    state: FindingState = FindingState.ACTIVE,
    reason: str = "",
    url: str | None = "https://crm.example/user/u1",
) -> ReportedFinding:
    return ReportedFinding(
        code=code,
        name="missing-role" if code == "KAM101" else "missing-plan",
        topic=topic,
        severity=severity,
        key=key,
        fingerprint=f"{code}-{key}",
        title=title,
        evidence=(ReportedEvidence(text=f"About {title}", url=url), ReportedEvidence(text="No active user is named")),
        why="Without an innovator nothing new comes up.",
        action="Name who plays this role.",
        done_when="An active person is named.",
        since=TODAY - dt.timedelta(days=days),
        state=state,
        reason=reason,
    )


def roles(levels: str) -> tuple[RoleCoverage, ...]:
    """Return the six roles at levels such as `0123?3`."""
    return tuple(
        RoleCoverage(
            role=role,
            level=None if sign == "?" else RoleLevel(int(sign)),
            holders=("Amal Haddad",) if sign not in "?0" else (),
        )
        for role, sign in zip(Role, levels, strict=True)
    )


def account(
    number: int,
    *,
    name: str = "",
    levels: str = "333333",
    owner: Person = AMAL,
    tier: str | None = "A",
    findings: tuple[ReportedFinding, ...] = (),
    review: PlanReview | None = None,
    tasks: tuple[ReportedTask, ...] = (),
    queue: tuple[QueuedTask, ...] = (),
    unjudged: tuple[Unjudged, ...] = (),
    org: str = "main",
) -> ReportedAccount:
    return ReportedAccount(
        org=org,
        id=f"a{number:05d}",
        name=name or f"Customer {number:05d}",
        owner=owner,
        roles=roles(levels),
        review=review or PlanReview(state=ReviewState.PLANNED, on=dt.date(2027, 1, 7)),
        url=f"https://crm.example/account/a{number:05d}",
        tier=tier,
        findings=findings,
        unjudged=unjudged,
        tasks=tasks,
        queue=queue,
    )


def task(
    topic: str = "roles", *, state: LinkState = LinkState.LIVE, owner: Person = AMAL, until: dt.date | None = None
) -> ReportedTask:
    return ReportedTask(
        topic=topic,
        state=state,
        task_id="t1",
        owner=owner,
        url="https://crm.example/task/t1",
        due_on=dt.date(2026, 11, 28),
        made_on=TODAY,
        until=until,
        codes=("KAM101",),
    )


def org(name: str = "main", **changes: object) -> ReportedOrg:
    values: dict[str, object] = {
        "org": name,
        "org_uid": f"uid-{name}",
        "name": name.title(),
        "checked_at": CHECKED,
        "checked_on": TODAY,
        "pulled_at": CHECKED,
        "changes": {
            (dt.date(2026, 11, 2), "opened"): 7,
            (dt.date(2026, 11, 15), "resolved"): 2,
            (dt.date(2026, 11, 16), "opened"): 3,
            (dt.date(2026, 11, 25), "gone"): 1,
        },
        **changes,
    }
    return ReportedOrg(**values)  # type: ignore[arg-type]  # the values are those of the fields


def sample() -> Report:
    """A small report with something of everything."""
    accounts = (
        account(
            1,
            name="Żółta Łódź S.A.",
            levels="0123?3",
            findings=(
                finding(Severity.CRITICAL, days=200),
                finding(Severity.HIGH, code="KAM201", topic="plan", key="", title="There is no account plan"),
                finding(state=FindingState.SUPPRESSED, key="collaborator", reason="agreed with the board"),
            ),
            tasks=(task(), task("plan", state=LinkState.DISMISSED, until=dt.date(2026, 12, 20))),
            queue=(QueuedTask(topic="growth", severity=Severity.HIGH, cap="3 live tasks on the account", owner=AMAL),),
            unjudged=(Unjudged(code="KAM103", names=("activities",)),),
        ),
        account(
            2,
            name="شركة الميناء",
            levels="111111",
            owner=NOA,
            tier=None,
            findings=(finding(Severity.MEDIUM, days=3),),
            review=PlanReview(state=ReviewState.OVERDUE, on=dt.date(2026, 10, 1)),
        ),
        account(3, name="מפעלי הגליל", owner=SOMEBODY, levels="3333??", review=PlanReview(state=ReviewState.UNKNOWN)),
        account(4, name="Quiet & Sons", owner=NOBODY, tier="B", review=PlanReview(state=ReviewState.NO_PLAN)),
        *(
            account(5 + n, name=text, levels="222222", findings=(finding(title=text, key=str(n)),))
            for n, text in enumerate(HOSTILE)
        ),
    )
    setup = (
        SetupFinding(subject="tasks.key", problem="There is no field for the key", fix="make it", blocks_apply=True),
        SetupFinding(subject="plan.next_review_on", problem=HOSTILE[0], fix=HOSTILE[1], code="KAM903"),
    )
    facts = org(
        accounts=len(accounts),
        setup=setup,
        unknown={"activities": "not readable", "contact.stance": HOSTILE[0]},
        portfolio=(finding(Severity.LOW, code="KAM405", topic="growth", key="", title="Too many key accounts"),),
        live_tasks_elsewhere=1,
        rejected=2,
    )
    return Report(orgs=(facts,), accounts=accounts, missing=(MissingOrg(org="west", reason="was never pulled"),))


def large(number: int) -> Report:
    """A report of so many accounts, some with a gap."""
    accounts = tuple(
        account(
            n,
            levels="033333" if n % 7 == 0 else "333333",
            findings=(finding(Severity.HIGH),) if n % 7 == 0 else (),
            owner=AMAL if n % 2 else NOA,
        )
        for n in range(number)
    )
    return Report(orgs=(org(accounts=number),), accounts=accounts)
