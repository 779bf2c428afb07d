"""Digests as files: a text and an HTML page each, in a folder that only its owner reads."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import ClassVar

from kam_sync.digesting.building import Digest
from kam_sync.digesting.channels import Arrival, Begin, Parcel
from kam_sync.digesting.html import as_html
from kam_sync.digesting.plain import as_text
from kam_sync.errors import DeliveryError
from kam_sync.replacing import replacing


class FileCarrier:
    """Writes digests into a folder; a file is there whole or not at all.

    Args:
        folder: Made if it is not there.
        name: The channel's name, for messages.
    """

    repeatable: ClassVar[bool] = True

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def recipients(self, digest: Digest) -> tuple[str, ...]:
        """Return the one recipient, who has no address."""
        del digest
        return ("",)

    def carry(self, parcel: Parcel, begin: Begin) -> Arrival:
        """Write both files; see Carrier."""
        begin()
        path = self._folder / file_name(parcel.digest)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for ending, text in ((".txt", as_text(parcel.document)), (".html", as_html(parcel.document))):
                with replacing(path.with_name(path.name + ending)) as file:
                    file.write(text)
        except OSError as error:
            raise DeliveryError(f"{self._name} cannot write into {self._folder}: {error.strerror}") from None
        return Arrival.ARRIVED

    def close(self) -> None:
        """Nothing is held open."""


def file_name(digest: Digest) -> str:
    """Return the name of a digest's files without their ending; plain letters only, whatever the person is called."""
    if digest.is_portfolio:
        return f"{digest.period.name}-portfolio"
    plain = unicodedata.normalize("NFKD", digest.name).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))[:40].strip("-")
    return "-".join(part for part in (digest.period.name, words, digest.audience.rpartition("-")[2][:8]) if part)
