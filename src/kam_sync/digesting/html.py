"""A digest as one HTML page that loads nothing, for mail and for files; the template engine escapes everything."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from kam_sync.digesting.presenting import Document, Section


def as_html(document: Document) -> str:
    """Return a digest as an HTML page."""
    return _template().render(document=document, is_section=lambda part: isinstance(part, Section))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("kam_sync.digesting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("digest.html")
