"""A rule and a connector of our own for kam-sync: Acme is an invented CRM with a small API of JSON over HTTP."""
