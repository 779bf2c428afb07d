"""Two invented portfolios with a planted truth, one in the shape of each CRM.

They are what the demo shows and what the end-to-end tests count on: every standard rule speaks somewhere in both,
alone and beside others, and many accounts are healthy or out of scope, so that silence is tested as well. Every
date keeps some days' distance from the rules' thresholds, so that no time zone moves the truth. In both somebody
gets more tasks than the default caps allow in a day.
"""

from __future__ import annotations

from kam_sync.portfolio import Portfolio
from kam_sync.testing import _seed_hubspot, _seed_hubspot_gaps, _seed_salesforce, _seed_salesforce_gaps


def salesforce_portfolio() -> Portfolio:
    """Return the portfolio for a Salesforce org: no activity is without an owner, and no meeting is canceled."""
    return Portfolio(
        name="Fjordband Fördertechnik",
        users=_seed_salesforce.USERS,
        accounts=(*_seed_salesforce.HEALTHY, *_seed_salesforce.OUT_OF_SCOPE, *_seed_salesforce_gaps.GAPS),
    )


def hubspot_portfolio() -> Portfolio:
    """Return the portfolio for a HubSpot portal: no task is without a due date.

    Where a pull does not tell since when a role is held, what is expected of KAM103 holds only once kam-sync has
    known the roles for `role_since_days`.
    """
    return Portfolio(
        name="Palmyrène Emballages",
        users=_seed_hubspot.USERS,
        accounts=(*_seed_hubspot.HEALTHY, *_seed_hubspot.OUT_OF_SCOPE, *_seed_hubspot_gaps.GAPS),
    )
