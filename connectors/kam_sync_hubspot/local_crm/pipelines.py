"""The portal's pipelines of deals and tickets, and what a record's stage decides about it.

There are two deal pipelines, so that stage ids alone do not tell open from closed by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync_hubspot.local_crm.definitions import PORTAL_MADE_AT
from kam_sync_hubspot.local_crm.errors import invalid
from kam_sync_hubspot.local_crm.objects import ObjectType


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage; `probability` is from 0 to 1 and None for tickets."""

    id: str
    label: str
    probability: str | None = None
    closed: bool = False

    @property
    def won(self) -> bool:
        """Whether a deal in this stage is won."""
        return self.closed and self.probability is not None and float(self.probability) == 1

    @property
    def metadata(self) -> dict[str, str]:
        """What the API tells of it, all texts: a probability for deals, a state for tickets."""
        closed = {"isClosed": "true" if self.closed else "false"}
        if self.probability is not None:
            return closed | {"probability": self.probability}
        return closed | {"ticketState": "CLOSED" if self.closed else "OPEN"}

    def as_json(self, order: int) -> dict[str, object]:
        """Return it as the pipelines API answers it."""
        return {
            "label": self.label,
            "displayOrder": order,
            "metadata": self.metadata,
            "createdAt": PORTAL_MADE_AT,
            "updatedAt": PORTAL_MADE_AT,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            "id": self.id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline with its stages in order."""

    id: str
    label: str
    stages: tuple[Stage, ...]

    def as_json(self, order: int) -> dict[str, object]:
        """Return it as the pipelines API answers it."""
        return {
            "label": self.label,
            "displayOrder": order,
            "id": self.id,
            "stages": [stage.as_json(number) for number, stage in enumerate(self.stages)],
            "createdAt": PORTAL_MADE_AT,
            "updatedAt": PORTAL_MADE_AT,
            "archived": False,
        }


DEAL_PIPELINE: Final = "default"
OPEN_STAGE: Final = "presentationscheduled"
TECHNICAL_STAGE: Final = "technicalevaluation"
PROPOSAL_STAGE: Final = "proposalsent"
WON_STAGE: Final = "closedwon"
LOST_STAGE: Final = "closedlost"
TICKET_PIPELINE: Final = "0"
NEW_TICKET: Final = "1"
CLOSED_TICKET: Final = "4"

PIPELINES: Final[Mapping[ObjectType, tuple[Pipeline, ...]]] = {
    ObjectType.DEAL: (
        Pipeline(
            id=DEAL_PIPELINE,
            label="Sales pipeline",
            stages=(
                Stage(id="appointmentscheduled", label="Appointment scheduled", probability="0.2"),
                Stage(id="qualifiedtobuy", label="Qualified to buy", probability="0.4"),
                Stage(id=TECHNICAL_STAGE, label="Technical evaluation", probability="0.5"),
                Stage(id=OPEN_STAGE, label="Presentation scheduled", probability="0.6"),
                Stage(id=PROPOSAL_STAGE, label="Proposal sent", probability="0.7"),
                Stage(id="decisionmakerboughtin", label="Decision maker bought-in", probability="0.8"),
                Stage(id="contractsent", label="Contract sent", probability="0.9"),
                Stage(id=WON_STAGE, label="Closed won", probability="1.0", closed=True),
                Stage(id=LOST_STAGE, label="Closed lost", probability="0.0", closed=True),
            ),
        ),
        Pipeline(
            id="88120417",
            label="Expansion of key accounts",
            stages=(
                Stage(id="165800301", label="Idea", probability="0.1"),
                Stage(id="165800302", label="Agreed with the customer", probability="0.7"),
                Stage(id="165800303", label="Done", probability="1.0", closed=True),
                Stage(id="165800304", label="Dropped", probability="0.0", closed=True),
            ),
        ),
    ),
    ObjectType.TICKET: (
        Pipeline(
            id=TICKET_PIPELINE,
            label="Support pipeline",
            stages=(
                Stage(id=NEW_TICKET, label="New"),
                Stage(id="2", label="Waiting on contact"),
                Stage(id="3", label="Waiting on us"),
                Stage(id=CLOSED_TICKET, label="Closed", closed=True),
            ),
        ),
    ),
}
"""The pipelines of each object type that has any."""


def _stage_of(object_type: ObjectType, pipeline_id: str, stage_id: str) -> Stage | None:
    for pipeline in PIPELINES[object_type]:
        if pipeline.id == pipeline_id:
            return next((stage for stage in pipeline.stages if stage.id == stage_id), None)
    return None


def _stage(object_type: ObjectType, pipeline_id: str, stage_id: str) -> Stage | None:
    """Return a stage, or None where none is set; refuses one that the pipeline does not have."""
    found = _stage_of(object_type, pipeline_id, stage_id)
    if stage_id and found is None:
        raise invalid(f"{stage_id} is not a stage of the {object_type.singular} pipeline {pipeline_id}")
    return found


def deal_state(before: Mapping[str, str], values: Mapping[str, str], now: str) -> dict[str, str]:
    """Return what HubSpot works out for a deal: open or closed, since when in its stage, and how likely.

    Args:
        before: The deal's properties before the write; empty for a new one.
        values: What is written.
        now: The present moment in HubSpot's form.

    Raises:
        RefusalError: The stage is none of the pipeline's.
    """
    merged = {**before, **values}
    pipeline = merged.get("pipeline") or DEAL_PIPELINE
    stage = _stage(ObjectType.DEAL, pipeline, merged.get("dealstage", ""))
    found = {
        "pipeline": pipeline,
        "hs_is_closed": "true" if stage and stage.closed else "false",
        "hs_is_closed_won": "true" if stage and stage.won else "false",
        "amount_in_home_currency": merged.get("amount", ""),
    }
    if merged.get("dealstage") != before.get("dealstage"):
        found["hs_v2_date_entered_current_stage"] = now if stage else ""
        if "hs_deal_stage_probability" not in values:
            found["hs_deal_stage_probability"] = (stage.probability if stage else "") or ""
    return found


def ticket_state(before: Mapping[str, str], values: Mapping[str, str], now: str) -> dict[str, str]:
    """Return what HubSpot works out for a ticket: its pipeline and when it was closed; arguments as for a deal.

    Raises:
        RefusalError: The stage is none of the pipeline's.
    """
    merged = {**before, **values}
    pipeline = merged.get("hs_pipeline") or TICKET_PIPELINE
    stage = _stage(ObjectType.TICKET, pipeline, merged.get("hs_pipeline_stage", ""))
    was = _stage_of(ObjectType.TICKET, pipeline, before.get("hs_pipeline_stage", ""))
    closed, was_closed = bool(stage and stage.closed), bool(was and was.closed)
    return {"hs_pipeline": pipeline} | ({} if closed is was_closed else {"closed_date": now if closed else ""})
