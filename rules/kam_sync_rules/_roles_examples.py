"""Examples of the rules in `roles`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import ActivityStatus, Role
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, all_roles, call, company, holds, meeting, now, on, task


def missing_role() -> Sequence[Example]:
    """Return the examples of KAM101."""
    innovator = Role.INNOVATOR
    others = all_roles(without=[innovator])
    return (
        Example(
            title="nobody is the innovator", snapshot=company(roles=others), context=now(), expected=("innovator",)
        ),
        Example(
            title="nobody holds any role",
            snapshot=company(),
            context=now(),
            expected=tuple(role.value for role in Role),
        ),
        Example(
            title="a deactivated user holds nothing",
            snapshot=company(roles=[*others, holds(innovator, "gone")]),
            context=now(),
            expected=("innovator",),
        ),
        Example(
            title="an assignment that names nobody is none",
            snapshot=company(roles=[*others, holds(innovator, None, name="  ")]),
            context=now(),
            expected=("innovator",),
        ),
        Example(title="one person plays all six roles", snapshot=company(roles=all_roles()), context=now()),
        Example(
            title="the role is held by somebody outside the CRM",
            snapshot=company(roles=[*others, holds(innovator, None, name="Μυρτώ Αλεξίου-Φωτεινού")]),
            context=now(),
        ),
        Example(
            title="a deactivated holder beside an active one",
            snapshot=company(roles=[*others, holds(innovator, "gone"), holds(innovator, "bao")]),
            context=now(),
        ),
        Example(
            title="a certain holder of a role that is otherwise unknown",
            snapshot=company(roles=all_roles(), unknown=["roles.innovator"]),
            context=now(),
        ),
        Example(title="no role is known", snapshot=company(unknown=["roles"]), context=now(), unknown=True),
        Example(
            title="the innovator is not known",
            snapshot=company(roles=others, unknown=["roles.innovator"]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="the only holder is not among the users",
            snapshot=company(roles=[*others, holds(innovator, "stranger")]),
            context=now(),
            unknown=True,
        ),
    )


def inactive_role_holder() -> Sequence[Example]:
    """Return the examples of KAM102."""
    collaborator = Role.COLLABORATOR
    others = all_roles(without=[collaborator])
    return (
        Example(
            title="the only collaborator left",
            snapshot=company(roles=[*others, holds(collaborator, "gone")]),
            context=now(),
            expected=("collaborator:gone",),
        ),
        Example(
            title="the only technical expert left",
            snapshot=company(roles=[*all_roles(without=[Role.TECHNICAL_EXPERT]), holds(Role.TECHNICAL_EXPERT, "gone")]),
            context=now(),
            expected=("technical_expert:gone",),
        ),
        Example(
            title="two collaborators left",
            snapshot=company(roles=[*others, holds(collaborator, "gone"), holds(collaborator, "left")]),
            context=now(),
            expected=("collaborator:gone", "collaborator:left"),
        ),
        Example(
            title="a collaborator left and another is here",
            snapshot=company(roles=[*others, holds(collaborator, "gone"), holds(collaborator, "bao")]),
            context=now(),
            expected=("collaborator:gone",),
        ),
        Example(
            title="one name in two sources is one problem",
            snapshot=company(roles=[*others, *(holds(collaborator, "gone", source=s) for s in ("team", "file"))]),
            context=now(),
            expected=("collaborator:gone",),
        ),
        Example(title="everybody named is still here", snapshot=company(roles=all_roles()), context=now()),
        Example(title="nobody is named at all", snapshot=company(), context=now()),
        Example(
            title="somebody outside the CRM",
            snapshot=company(roles=[holds(collaborator, None, name="मीनाक्षी सुंदरवन")]),
            context=now(),
        ),
        Example(title="no role is known", snapshot=company(unknown=["roles"]), context=now(), unknown=True),
        Example(
            title="the collaborator is not known",
            snapshot=company(roles=[*others, holds(collaborator, "gone")], unknown=["roles.collaborator"]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="the holder is not among the users",
            snapshot=company(roles=[*others, holds(collaborator, "stranger")]),
            context=now(),
            unknown=True,
        ),
    )


def unplayed_role() -> Sequence[Example]:
    """Return the examples of KAM103."""
    expert = Role.TECHNICAL_EXPERT
    long_held = holds(expert, "bao", since=ago(400))
    of_january = [holds(expert, "bao", since=dt.date(2025, 1, 15))]
    in_april = [meeting(dt.date(2025, 4, 2), "bao")]
    return (
        *_unplayed_flags(),
        Example(
            title="a meeting exactly 90 days ago",
            snapshot=company(roles=of_january, activities=in_april),
            context=on(2025, 7, 1),
        ),
        Example(
            title="assigned exactly 90 days ago",
            snapshot=company(roles=[holds(expert, "bao", since=ago(90))]),
            context=now(),
        ),
        Example(
            title="a task completed before it was due",
            snapshot=company(roles=[long_held], activities=[task(ago(-20), "bao", done=True)]),
            context=now(),
        ),
        Example(
            title="a meeting that was never marked as held",
            snapshot=company(roles=[long_held], activities=[meeting(ago(12), "bao")]),
            context=now(),
        ),
        Example(
            title="longer allowed by the policy",
            snapshot=company(roles=[long_held], activities=[call(ago(120), "bao")]),
            context=now(),
            params={"days": 120},
        ),
        Example(
            title="somebody outside the CRM cannot be judged",
            snapshot=company(roles=[holds(expert, None, name="كريم الزهراوي", since=ago(400))]),
            context=now(),
        ),
        Example(
            title="a deactivated holder is a matter of another rule",
            snapshot=company(roles=[holds(expert, "gone", since=ago(400))]),
            context=now(),
        ),
        Example(
            title="first seen by kam-sync a month ago",
            snapshot=company(roles=[holds(expert, "bao")], role_since={f"team:{expert}:bao": ago(30)}),
            context=now(),
        ),
        Example(
            title="assigned a week ago, whenever it was first seen",
            snapshot=company(roles=[holds(expert, "bao", since=ago(7))], role_since={f"team:{expert}:bao": ago(200)}),
            context=now(),
        ),
        *_unplayed_unknown(),
    )


def _unplayed_flags() -> Sequence[Example]:
    expert = Role.TECHNICAL_EXPERT
    long_held = holds(expert, "bao", since=ago(400))
    of_january = [holds(expert, "bao", since=dt.date(2025, 1, 15))]
    in_april = [meeting(dt.date(2025, 4, 2), "bao")]
    quiet = ("technical_expert:bao",)
    return (
        Example(
            title="nothing was ever done in the role",
            snapshot=company(roles=[long_held]),
            context=now(),
            expected=quiet,
        ),
        Example(
            title="a meeting 91 days ago",
            snapshot=company(roles=of_january, activities=in_april),
            context=on(2025, 7, 2),
            expected=quiet,
        ),
        Example(
            title="assigned on the last day of November, silent over a leap day",
            snapshot=company(roles=[holds(expert, "bao", since=dt.date(2023, 11, 30))]),
            context=on(2024, 2, 29),
            expected=quiet,
        ),
        Example(
            title="only others were active",
            snapshot=company(roles=[long_held], activities=[call(ago(3), "ayse"), call(ago(3), None)]),
            context=now(),
            expected=quiet,
        ),
        Example(
            title="an open task, a canceled meeting and a call without a date are no activity",
            snapshot=company(
                roles=[long_held],
                activities=[
                    task(ago(5), "bao"),
                    meeting(ago(5), "bao", status=ActivityStatus.CANCELED),
                    meeting(ago(-5), "bao"),
                    call(None, "bao"),
                ],
            ),
            context=now(),
            expected=quiet,
        ),
        Example(
            title="first seen by kam-sync long ago",
            snapshot=company(roles=[holds(expert, "bao")], role_since={f"team:{expert}:bao": ago(91)}),
            context=now(),
            expected=quiet,
        ),
        Example(
            title="two sources: the earlier date counts",
            snapshot=company(roles=[long_held, holds(expert, "bao", since=ago(7), source="file")]),
            context=now(),
            expected=quiet,
        ),
        Example(
            title="two roles unplayed by the same person",
            snapshot=company(roles=[long_held, holds(Role.INNOVATOR, "bao", since=ago(400))]),
            context=now(),
            expected=("technical_expert:bao", "innovator:bao"),
        ),
    )


def _unplayed_unknown() -> Sequence[Example]:
    expert = Role.TECHNICAL_EXPERT
    long_held = holds(expert, "bao", since=ago(400))
    return (
        Example(title="no role is known", snapshot=company(unknown=["roles"]), context=now(), unknown=True),
        Example(
            title="activities are not known",
            snapshot=company(roles=[long_held], unknown=["activities"]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="the technical expert is not known",
            snapshot=company(roles=[long_held], unknown=["roles.technical_expert"]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="nobody knows since when",
            snapshot=company(roles=[holds(expert, "bao")]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="the holder is not among the users",
            snapshot=company(roles=[holds(expert, "stranger", since=ago(400))]),
            context=now(),
            unknown=True,
        ),
    )
