"""The portal's deal pipelines: fixed, two of them, so that stage ids alone do not tell open from closed by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kam_sync_hubspot.local_crm.definitions import PORTAL_MADE_AT


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of a deal; its probability is 0 to 1."""

    id: str
    label: str
    probability: str
    closed: bool = False

    @property
    def won(self) -> bool:
        """Whether a deal in this stage is won."""
        return self.closed and float(self.probability) == 1

    def as_json(self, order: int) -> dict[str, object]:
        """Return it as the pipelines API answers it; metadata are texts."""
        return {
            "label": self.label,
            "displayOrder": order,
            "metadata": {"isClosed": "true" if self.closed else "false", "probability": self.probability},
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


OPEN_STAGE: Final = "presentationscheduled"
WON_STAGE: Final = "closedwon"

DEAL_PIPELINES: Final = (
    Pipeline(
        id="default",
        label="Sales pipeline",
        stages=(
            Stage(id="appointmentscheduled", label="Appointment scheduled", probability="0.2"),
            Stage(id="qualifiedtobuy", label="Qualified to buy", probability="0.4"),
            Stage(id=OPEN_STAGE, label="Presentation scheduled", probability="0.6"),
            Stage(id="decisionmakerboughtin", label="Decision maker bought-in", probability="0.8"),
            Stage(id="contractsent", label="Contract sent", probability="0.9"),
            Stage(id=WON_STAGE, label="Closed won", probability="1.0", closed=True),
            Stage(id="closedlost", label="Closed lost", probability="0.0", closed=True),
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
)


def stage_of(pipeline_id: str, stage_id: str) -> Stage | None:
    """Return a stage of a pipeline, or None."""
    for pipeline in DEAL_PIPELINES:
        if pipeline.id == pipeline_id:
            return next((stage for stage in pipeline.stages if stage.id == stage_id), None)
    return None
