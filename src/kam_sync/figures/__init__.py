"""Figures of key-account management computed from records: pure functions, for rules, reports and one's own code.

One module per figure; nothing here judges: rules do.
"""
