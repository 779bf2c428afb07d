"""The policy file: its models, and loading it with messages that name line, key and what was probably meant."""

from kam_sync.config.loading import LoadedPolicy, load_policy, parse_policy
from kam_sync.config.models import OrgPolicy, Policy

__all__ = ["LoadedPolicy", "OrgPolicy", "Policy", "load_policy", "parse_policy"]
