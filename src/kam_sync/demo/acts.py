"""What people do in the demo: chosen from what is really there, and done through the CRM's own user interface.

Nobody is named here: accounts and people are picked by what they lack, have or are, so that any portfolio will do.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from kam_sync.demo.scenes import Act, Expectation
from kam_sync.errors import KamSyncError
from kam_sync.lifecycle import TaskLink
from kam_sync.local_crms import LocalCrm, PersonsTask
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioUser
from kam_sync.records import ActivityKind, ActivityStatus, Role
from kam_sync.rules_api import Topic

Held = tuple[PersonsTask, TaskLink]
"""A task of kam-sync as people see it, with what our books hold of it."""

OWN_WORDS = "Talk to them at the trade fair first"
"""What a person writes over a subject."""


class DemoError(KamSyncError):
    """The demo claims something that did not come true, or finds nobody to play a part."""


class Cast:
    """The people of one org, and what they do in the days between two runs.

    Args:
        org: The org's name.
        crm: Its local CRM.
        portfolio: What the CRM was filled with.
        held: kam-sync's live tasks.
        today: The day on which people act.
    """

    def __init__(self, org: str, crm: LocalCrm, portfolio: Portfolio, held: Sequence[Held], today: dt.date) -> None:
        self._org = org
        self._crm = crm
        self._accounts = {account.slug: account for account in portfolio.accounts}
        self._users = {user.slug: user for user in portfolio.users}
        self._held = held
        self._today = today
        self._leaver = self._who_leaves()
        self._used = {account.slug for account in portfolio.accounts if self._depends_on(account, self._leaver)}
        self._used.add(self._leaver.slug)

    def act(self) -> Iterator[Act]:
        """Yield what people do, each right after it was done."""
        yield self._fill_role()
        yield self._write_plan()
        yield self._book_meeting()
        yield self._appoint()
        yield self._tick_off()
        yield self._delete()
        yield self._reword()
        yield self._reassign()
        yield self._empty_role()
        yield self._finish_everything()
        yield self._leave()

    # -- choosing -------------------------------------------------------------------------------------------------

    def _who_leaves(self) -> PortfolioUser:
        """Return an active person with a role on some account, as few as possible, but not the head of all."""
        roles = Counter(
            slug for account in self._accounts.values() if account.key_account for slug in _holders(account)
        )
        people = [user for user in self._users.values() if user.active and user.person]
        candidates = [user for user in people if user.manager and roles[user.slug]]
        if not candidates:
            raise DemoError(f"nobody in {self._org} could leave")
        return min(candidates, key=lambda user: roles[user.slug])

    def _depends_on(self, account: PortfolioAccount, user: PortfolioUser) -> bool:
        doing = {activity.owner for activity in account.activities}
        return user.slug in {account.owner, *_holders(account), *doing}

    def _take(self, what: str, fits: Callable[[PortfolioAccount, TaskLink], bool]) -> tuple[PortfolioAccount, Held]:
        """Return an account nobody acted on yet with a task that fits: the worst and most valuable first."""
        fitting = [
            (task, link)
            for task, link in self._held
            if not {task.account, task.owner} & self._used and fits(self._accounts[task.account], link)
        ]
        if not fitting:
            raise DemoError(f"no task in {self._org} lends itself to showing how somebody would {what}")
        task, link = min(fitting, key=self._order)
        self._used.add(task.account)
        return self._accounts[task.account], (task, link)

    def _order(self, held: Held) -> tuple[float, float, str]:
        task, link = held
        worst = max(finding.severity for finding in link.findings)
        return (-worst, -self._accounts[task.account].revenue, task.account)

    def _take_healthy(self) -> PortfolioAccount:
        for account in self._accounts.values():
            if account.key_account and not account.expected and account.slug not in self._used and account.roles:
                self._used.add(account.slug)
                return account
        raise DemoError(f"no account in {self._org} is healthy")

    def _owner(self, account: PortfolioAccount) -> PortfolioUser:
        """Return the owner, or a colleague where the owner has left or is nobody."""
        owner = self._users[account.owner]
        return owner if owner.active and owner.person else self._colleague(owner.slug)

    def _colleague(self, than: str) -> PortfolioUser:
        free = (user for user in self._users.values() if user.slug not in {than, self._leaver.slug})
        return next(user for user in free if user.active and user.person)

    def _act(
        self, account: PortfolioAccount, did: str, topic: str, expectation: Expectation, task: PersonsTask | None
    ) -> Act:
        return Act(
            org=self._org,
            account=account.slug,
            about=account.name,
            did=did,
            topic=topic,
            task=task,
            expectation=expectation,
        )

    # -- mending --------------------------------------------------------------------------------------------------

    def _fill_role(self) -> Act:
        roles = {role.value for role in Role}
        account, (task, link) = self._take(
            "name the holder of a role",
            lambda _account, link: link.topic == Topic.ROLES and all(f.key in roles for f in link.findings),
        )
        owner = self._owner(account)
        missing = [Role(finding.key) for finding in link.findings]
        for role in missing:
            self._crm.people.assign_role(account.slug, role, owner.slug)
        names = " and ".join(role.label for role in missing)
        return self._act(account, f"{owner.name} is named as {names}", link.topic, Expectation.CLOSED, task)

    def _write_plan(self) -> Act:
        account, (task, link) = self._take("write a plan", lambda _account, link: link.topic == Topic.PLAN)
        review = self._today + dt.timedelta(days=60)
        self._crm.people.set_plan(account.slug, start_on=self._today, last_review_on=self._today, next_review_on=review)
        did = f"the whole plan is written, its next review set for {review}"
        return self._act(account, did, link.topic, Expectation.CLOSED, task)

    def _book_meeting(self) -> Act:
        account, (task, link) = self._take(
            "book a meeting",
            lambda account, link: link.topic == Topic.NEXT_STEPS and not _loose_ends(account),
        )
        day = self._today + dt.timedelta(days=14)
        owner = self._owner(account)
        self._crm.people.add_activity(
            account.slug, kind=ActivityKind.MEETING, on=day, owner=owner.slug, subject="Where do we go from here?"
        )
        did = f"{owner.name} books a meeting for {day}"
        return self._act(account, did, link.topic, Expectation.CLOSED, task)

    def _appoint(self) -> Act:
        account, (task, link) = self._take(
            "give an account a manager",
            lambda account, link: link.topic == Topic.PROCESS and self._owner(account).slug != account.owner,
        )
        manager = self._owner(account)
        self._crm.people.set_owner(account.slug, manager.slug)
        return self._act(account, f"{manager.name} becomes its owner", link.topic, Expectation.CLOSED, task)

    # -- having one's own mind ------------------------------------------------------------------------------------

    def _tick_off(self) -> Act:
        account, (task, link) = self._take("tick a task off", lambda _account, link: link.topic == Topic.ROLES)
        self._crm.people.complete_task(task.id)
        did = "the task is ticked off, and nothing is mended"
        return self._act(account, did, link.topic, Expectation.SET_ASIDE, task)

    def _delete(self) -> Act:
        account, (task, link) = self._take("delete a task", lambda _account, link: link.topic == Topic.PLAN)
        self._crm.people.delete_task(task.id)
        return self._act(account, "the task is deleted", link.topic, Expectation.SET_ASIDE, task)

    def _reword(self) -> Act:
        account, (task, link) = self._take("reword a task", lambda _account, _link: True)
        self._crm.people.edit_task(task.id, subject=OWN_WORDS)
        did = f"the subject is rewritten: “{OWN_WORDS}”"
        return self._act(account, did, link.topic, Expectation.KEPT, task)

    def _reassign(self) -> Act:
        account, (task, link) = self._take("reassign a task", lambda _account, _link: True)
        colleague = self._colleague(task.owner)
        self._crm.people.edit_task(task.id, owner=colleague.slug)
        did = f"the task is given to {colleague.name}"
        return self._act(account, did, link.topic, Expectation.KEPT, task)

    # -- breaking -------------------------------------------------------------------------------------------------

    def _empty_role(self) -> Act:
        account = self._take_healthy()
        role = next(iter(account.roles))
        self._crm.people.clear_role(account.slug, role)
        did = f"nobody is {role.label} any more"
        return self._act(account, did, Topic.ROLES, Expectation.FOUND, None)

    def _finish_everything(self) -> Act:
        account = self._take_healthy()
        self._crm.people.finish_activities(account.slug)
        did = "everything planned is done or canceled, and nothing new is planned"
        return self._act(account, did, Topic.NEXT_STEPS, Expectation.FOUND, None)

    def _leave(self) -> Act:
        slug = self._leaver.slug
        self._crm.people.deactivate_user(slug)
        return Act(
            org=self._org,
            about=self._leaver.name,
            did="leaves the company and is deactivated",
            expectation=Expectation.HANDED_ON,
            person=slug,
            theirs=tuple(task for task, _link in self._held if task.owner == slug),
        )


def _holders(account: PortfolioAccount) -> set[str]:
    return {slug for slugs in account.roles.values() for slug in slugs}


def _loose_ends(account: PortfolioAccount) -> bool:
    """Return whether something open is on the account that would need mending beside a new step."""
    tasks = (activity for activity in account.activities if activity.kind is ActivityKind.TASK)
    return any(task.status is ActivityStatus.OPEN for task in tasks) or any(deal.is_open for deal in account.deals)
