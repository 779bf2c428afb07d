"""What planning knows of one task: the link, how the CRM shows it, what the rules say, and what it should become."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from kam_sync import rendering
from kam_sync.caps import Caps
from kam_sync.engine import FindingState, OutcomeKind
from kam_sync.judgements import Judgement, Judgements
from kam_sync.lifecycle import LinkedFinding, Seen, TaskField, TaskLink, Verdict, seen_as
from kam_sync.ports import OrgDescription, TaskState
from kam_sync.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningInput:
    """Everything planning of one org rests on.

    Args:
        org: The org's name in the policy file.
        description: The org.
        today: The date in the org's time zone.
        judgements: What checking left.
        links: All links that are not ended.
        episodes: (account, topic) → the highest episode there ever was.
        observed: Task id → the task as the CRM shows it now.
        merged: Id of a merged account → id of the account that took it in.
        absent: Tells whether an account that was not judged is known to be gone or out of scope.
        recent: Owner → tasks made for them in the last 24 hours.
        caps: The caps.
        due_days: Days until due, by severity.
        assignable: Tells whether a user can own a task now.
        aliases: Former code of a rule → its code now.
    """

    org: str
    description: OrgDescription
    today: dt.date
    judgements: Judgements
    links: Iterable[TaskLink] = ()
    episodes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    observed: Mapping[str, TaskState] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    absent: Callable[[str], bool] = lambda _account_id: True
    recent: Mapping[str, int] = field(default_factory=dict)
    caps: Caps = field(default_factory=Caps)
    due_days: Mapping[Severity, int]
    assignable: Callable[[str], bool] = lambda _user_id: True
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The task of one account and topic while it is being planned.

    Args:
        stored: The link as the store has it.
        link: The link under the account that is left after a merge, and with rules' codes of today.
        state: The task as the CRM shows it, None when it was not seen.
        seen: The same in one word.
        judgement: What checking said of the account.
        failing: What a task should speak of now.
        kept: What the task speaks of that cannot be known now.
        verdict: The whole in one word.
        gone_because: Why there is nothing left to speak of, where the verdict is that.
    """

    stored: TaskLink
    link: TaskLink
    state: TaskState | None
    seen: Seen
    judgement: Judgement | None
    failing: tuple[LinkedFinding, ...] = ()
    kept: tuple[LinkedFinding, ...] = ()
    verdict: Verdict
    gone_because: str = ""

    @property
    def name(self) -> str:
        """The account's name, or its id where the account is gone."""
        return self.judgement.account_name if self.judgement else self.link.account_id

    @property
    def judged(self) -> Judgement:
        """The judgement, in steps that the table takes only where there is one."""
        if self.judgement is None:
            raise AssertionError(f"the task {self.link.key} has no judgement")
        return self.judgement

    @property
    def observed(self) -> TaskState:
        """The task, in steps that the table takes only where it was seen."""
        if self.state is None:
            raise AssertionError(f"the task {self.link.key} was not seen")
        return self.state

    @property
    def findings(self) -> tuple[LinkedFinding, ...]:
        """What the task should speak of: what fails, and what it spoke of that is unknown now."""
        return (*self.failing, *self.kept)


def make_case(given: PlanningInput, stored: TaskLink, link: TaskLink) -> Case:
    """Return the case of a link; `link` is `stored` under the account that is left after a merge."""
    state = given.observed.get(link.task_id)
    link = _with_codes_of_today(link, given.aliases)
    judgement = given.judgements.of(link.account_id)
    if judgement is None:
        return Case(
            stored=stored,
            link=link,
            state=state,
            seen=seen_as(link, state),
            judgement=None,
            verdict=Verdict.GONE if given.absent(link.account_id) else Verdict.UNKNOWN,
            gone_because="the account is gone or no longer among the key accounts",
        )
    failing = linked_findings(given, judgement, link.topic)
    verdict, kept = _verdict(link, judgement, failing)
    return Case(
        stored=stored,
        link=link,
        state=state,
        seen=seen_as(link, state),
        judgement=judgement,
        failing=failing,
        kept=kept,
        verdict=verdict,
        gone_because="the rules behind it no longer apply to this account",
    )


def linked_findings(given: PlanningInput, judgement: Judgement, topic: str) -> tuple[LinkedFinding, ...]:
    """Return what a task of a topic should speak of."""
    return tuple(rendering.link_finding(f, given.description) for f in judgement.worthy_findings(topic))


def wanted_fields(given: PlanningInput, case: Case) -> dict[TaskField, str]:
    """Return what each field of a task that exists should be; the owner is left out where it is not certain."""
    text = rendering.task_text(case.findings, former_url(given, case.link))
    wanted = {
        TaskField.SUBJECT: rendering.subject(case.link.topic, case.judged.account_name),
        TaskField.BODY: rendering.text_hash(text),
        TaskField.PRIORITY: rendering.priority(case.findings).value,
    }
    assignee = case.judged.assignee(case.link.topic)
    if assignee.user_id and assignee.certain:
        wanted[TaskField.OWNER] = assignee.user_id
    return wanted


def former_url(given: PlanningInput, link: TaskLink) -> str | None:
    """Return where the task of the former episode can be opened, if there was one."""
    template = given.description.task_url
    return template.replace("{id}", link.former_task_id) if link.former_task_id and template else None


def _with_codes_of_today(link: TaskLink, aliases: Mapping[str, str]) -> TaskLink:
    if not aliases:
        return link

    def renamed(findings: tuple[LinkedFinding, ...]) -> tuple[LinkedFinding, ...]:
        return tuple(replace(finding, code=aliases.get(finding.code, finding.code)) for finding in findings)

    return replace(link, findings=renamed(link.findings), dismissed=renamed(link.dismissed))


def _verdict(
    link: TaskLink, judgement: Judgement, failing: tuple[LinkedFinding, ...]
) -> tuple[Verdict, tuple[LinkedFinding, ...]]:
    """Return what the rules say of what a task speaks of, and those of its findings that are unknown now."""
    failing_keys = {(finding.code, finding.key) for finding in failing}
    fates = {
        (finding.code, finding.key): _fate(finding, judgement)
        for finding in link.findings
        if (finding.code, finding.key) not in failing_keys
    }
    kept = tuple(f for f in link.findings if fates.get((f.code, f.key)) is Verdict.UNKNOWN)
    if failing:
        return Verdict.FAILING, kept
    if not link.findings:
        return _topic_verdict(link.topic, judgement), ()
    for verdict in (Verdict.UNKNOWN, Verdict.SOLVED):
        if verdict in fates.values():
            return verdict, kept
    return Verdict.GONE, ()


def _fate(finding: LinkedFinding, judgement: Judgement) -> Verdict:
    """Return what became of a finding that no task would speak of now."""
    outcome = judgement.outcome_of(finding.code)
    if outcome is None or outcome.kind is OutcomeKind.NOT_APPLICABLE:
        return Verdict.GONE
    same = next((found for found in outcome.findings if found.key == finding.key), None)
    if same is not None:
        return Verdict.SOLVED if same.state is FindingState.INHIBITED else Verdict.GONE
    return Verdict.UNKNOWN if outcome.is_unknown(finding.key) else Verdict.SOLVED


def _topic_verdict(topic: str, judgement: Judgement) -> Verdict:
    """Return the verdict on a task whose findings we do not know: an adopted one, while nothing is worth a task."""
    outcomes = [outcome for outcome in judgement.outcome.outcomes if outcome.topic == topic]
    waiting = any(f.state is FindingState.ACTIVE for outcome in outcomes for f in outcome.findings)
    if waiting or any(outcome.unknown for outcome in outcomes):
        return Verdict.UNKNOWN
    if all(outcome.kind is OutcomeKind.NOT_APPLICABLE for outcome in outcomes):
        return Verdict.GONE
    return Verdict.SOLVED
