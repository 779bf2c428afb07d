"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kam_sync.cli import completing


class Format(StrEnum):
    """How a table is given out."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Orgs = Annotated[
    list[str] | None,
    typer.Option(
        "--org",
        metavar="NAME",
        help="Only this org; repeat for several.",
        show_default=False,
        autocompletion=completing.orgs,
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="NAME",
        help="Go on although the breaker refuses for this reason; repeat for several. "
        "Names: creates, closings, rows, foreign-keys, null-jump; filled for `setup --remove`.",
        show_default=False,
        autocompletion=completing.acceptable,
    ),
]
Apply = Annotated[bool, typer.Option("--apply", help="Write into the CRMs; without it nothing is written.")]
"""Nothing is written without it."""
Heartbeat = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Bring this file for Prometheus up to date after every run, well or not.",
        show_default=False,
    ),
]
