"""The standard rule pack: what kam-sync checks unless a policy says otherwise. Only `RULES` is public."""

from __future__ import annotations

from typing import Final

from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.rules_api import Rule
from kam_sync_rules import capacity as _capacity
from kam_sync_rules import competitors as _competitors
from kam_sync_rules import contacts as _contacts
from kam_sync_rules import decision_group as _decision_group
from kam_sync_rules import executives as _executives
from kam_sync_rules import feedback as _feedback
from kam_sync_rules import goals as _goals
from kam_sync_rules import growth as _growth
from kam_sync_rules import managers as _managers
from kam_sync_rules import momentum as _momentum
from kam_sync_rules import ownership as _ownership
from kam_sync_rules import plan_upkeep as _plan_upkeep
from kam_sync_rules import plans as _plans
from kam_sync_rules import portfolio as _portfolio
from kam_sync_rules import proposal_people as _proposal_people
from kam_sync_rules import proposals as _proposals
from kam_sync_rules import relations as _relations
from kam_sync_rules import relationship_stage as _relationship_stage
from kam_sync_rules import renewals as _renewals
from kam_sync_rules import role_players as _role_players
from kam_sync_rules import role_symptoms as _role_symptoms
from kam_sync_rules import roles as _roles
from kam_sync_rules import routines as _routines
from kam_sync_rules import selection as _selection
from kam_sync_rules import service as _service
from kam_sync_rules import steps as _steps
from kam_sync_rules import tenders as _tenders

__all__ = ["RULES"]

RULES: Final[tuple[Rule | PortfolioRule, ...]] = (
    _roles.missing_role,
    _roles.inactive_role_holder,
    _roles.unplayed_role,
    _role_players.single_role_holder,
    _role_players.forced_role_pairing,
    _role_symptoms.symptom_despite_role,
    _role_players.missing_technical_expert,
    _plans.missing_plan,
    _plans.incomplete_plan,
    _steps.missing_next_step,
    _steps.broken_next_step,
    _plans.overdue_plan_review,
    _plan_upkeep.stale_plan,
    _routines.missing_team_meeting,
    _plan_upkeep.expired_plan,
    _goals.missing_goal_horizon,
    _goals.vague_goal,
    _plan_upkeep.missing_swot,
    _plan_upkeep.several_active_plans,
    _routines.empty_account_calendar,
    _routines.missing_progress_report,
    _goals.unmeasured_goal,
    _routines.missing_success_criteria,
    _growth.missing_growth_target,
    _growth.growth_behind_pace,
    _portfolio.key_share_out_of_band,
    _portfolio.dependence,
    _growth.cost_above_revenue,
    _renewals.unplanned_renewal,
    _renewals.unreplaced_revenue,
    _growth.untried_whitespace,
    _portfolio.unreplicated_success,
    _momentum.unanswered_trigger,
    _momentum.stalled_opportunity,
    _momentum.neglected_new_account,
    _selection.weak_selection_criteria,
    _selection.stale_selection_scores,
    _selection.unmet_selection_criteria,
    _selection.promotion_candidate,
    _capacity.too_many_key_accounts,
    _capacity.overloaded_manager,
    _relations.single_threaded_here,
    _relations.single_threaded_there,
    _decision_group.incomplete_decision_group,
    _decision_group.thin_decision_group_profile,
    _decision_group.missing_stakeholder_map,
    _contacts.unmanaged_blocker,
    _decision_group.missing_supporter,
    _executives.missing_executive_contact,
    _contacts.quiet_contact,
    _contacts.departed_key_contact,
    _relations.no_new_stakeholder,
    _competitors.untouched_unit,
    _competitors.undefended_competitor,
    _competitors.repeated_offer_gap,
    _relationship_stage.unfit_relationship_stage,
    _relations.no_site_visit,
    _contacts.unowned_contact,
    _feedback.overdue_feedback,
    _feedback.low_grade,
    _feedback.missing_recovery_call,
    _feedback.falling_grade,
    _service.unasked_reference,
    _feedback.grade_without_reason,
    _service.open_complaint,
    _service.missing_business_review,
    _tenders.late_tender_preparation,
    _tenders.unknown_tender_participants,
    _proposals.undated_proposal,
    _proposals.expiring_proposal,
    _proposals.unconfirmed_proposal,
    _proposals.missing_interim_date,
    _proposal_people.untailored_proposal,
    _proposal_people.unnamed_proposal_team,
    _ownership.seller_is_manager,
    _ownership.missing_handover,
    _ownership.owner_churn,
    _managers.no_dedicated_manager,
    _managers.owner_without_goals,
)
"""Every rule of the pack, in the order of their codes."""
