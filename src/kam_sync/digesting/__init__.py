"""Digests: what became of the accounts in a week, for each of their owners and for the head of the portfolio.

Gathered from the store as of the last check (`gathering`), built by pure functions (`building`, `presenting`), rendered
for mail, Slack, webhooks and files, and delivered exactly once (`sending`). Nothing here calls a CRM.
"""
