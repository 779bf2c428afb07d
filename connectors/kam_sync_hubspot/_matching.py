"""How well the name of a property says what a policy wants to know, whatever its language, case and accents. Pure.

A score is between 0 (something else) and 100; from `SURE` on a property may be proposed without asking twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from kam_sync_hubspot._option_words import CHOICES, YES
from kam_sync_hubspot._vocabulary import CONCEPTS, FILLERS, SUBJECTS, Words

SURE: Final = 60
"""The least score of a property that may be chosen for somebody."""

_SAID: Final = 60
_HELP: Final = 15
_NOTHING_ELSE: Final = 10
_TWICE: Final = 10
_EACH_OTHER_WORD: Final = 6
_OTHER_WORDS_AT_MOST: Final = 5
_OUT_OF_USE: Final = 50
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_SPELT_OUT: Final = (("ue", "u"), ("oe", "o"), ("ae", "a"))
"""Umlauts as people spell them where a name takes none."""


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a label or of an internal name: lower case, without accents, `nextReview` as two."""
    apart = _CAMEL.sub(" ", name)
    plain = "".join(each for each in unicodedata.normalize("NFKD", apart.casefold()) if not unicodedata.combining(each))
    return tuple(filter(None, _BETWEEN_WORDS.split(plain)))


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(patterns, key=lambda pattern: (-pattern.count(" "), -len(pattern)))
    parts = (re.escape(pattern).replace(r"\*", r"\w*").replace(r"\ ", " ") for pattern in longest_first)
    return re.compile(rf"(?<!\S)(?:{'|'.join(parts)})(?!\S)")


def _patterns(words: Words) -> tuple[str, ...]:
    return tuple(pattern for patterns in words.values() for pattern in patterns)


def _spellings(words: Sequence[str]) -> Iterable[str]:
    """Yield the words as one text, and again with spelt-out umlauts as single letters; both have as many words."""
    text = " ".join(words)
    yield text
    plain = text
    for spelt, letter in _SPELT_OUT:
        plain = plain.replace(spelt, letter)
    if plain != text:
        yield plain


def _said(words: Sequence[str], concept: Words) -> set[int]:
    """Return which of the words tell a concept, by their places; none when it is not told."""
    pattern = _compiled(_patterns(concept))
    found: set[int] = set()
    for text in _spellings(words):
        for match in pattern.finditer(text):
            first = text.count(" ", 0, match.start())
            found.update(range(first, first + match[0].count(" ") + 1))
    return found


def score(subject: str, label: str, name: str) -> int:
    """Return how well a property's label or internal name says a subject.

    Args:
        subject: A key of `SUBJECTS`.
        label: What people call the property.
        name: Its internal name.
    """
    read = [tokens(label), tokens(name)]
    wanted = SUBJECTS[subject]
    if any(_said(words, CONCEPTS[concept]) for words in read for concept in wanted.never):
        return 0
    scores = [_score_of(subject, words) for words in read]
    best = max(scores)
    if not best:
        return 0
    best += _TWICE if all(scores) else 0
    if any(_said(words, CONCEPTS["out of use"]) for words in read):
        best -= _OUT_OF_USE
    return max(1, min(100, best))


def _score_of(subject: str, words: Sequence[str]) -> int:
    wanted = SUBJECTS[subject]
    explained: set[int] = set()
    for concept in wanted.needs:
        said = _said(words, CONCEPTS[concept])
        if not said:
            return 0
        explained |= said
    helped = 0
    for concept in wanted.helps:
        said = _said(words, CONCEPTS[concept])
        helped += _HELP if said else 0
        explained |= said
    others = [word for place, word in enumerate(words) if place not in explained and word not in FILLERS]
    other = _EACH_OTHER_WORD * min(len(others), _OTHER_WORDS_AT_MOST)
    return _SAID + helped - other + (0 if others else _NOTHING_ELSE)


def says(concept: str, *texts: str) -> bool:
    """Return whether one of the texts tells a concept."""
    return any(_said(tokens(text), CONCEPTS[concept]) for text in texts)


def says_yes(*texts: str) -> bool:
    """Return whether one of the texts is a yes, and nothing else."""
    return any(" ".join(tokens(text)) in _patterns(YES) for text in texts)


def choice_of(name: str, value: str, label: str) -> str | None:
    """Return which of our values an option stands for, by its internal value or its label; None when none."""
    for ours, words in CHOICES.get(name, {}).items():
        if any(_said(tokens(text), words) for text in (value, label)) and not says("negated", value, label):
            return str(ours)
    return None


def values_for(name: str, options: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """Return our value → the options that stand for it, in the order of our values; the others are left out.

    Args:
        name: A canonical name with choices.
        options: Value and label of each option.
    """
    found: dict[str, list[str]] = {}
    for value, label in options:
        ours = choice_of(name, value, label)
        if ours is not None:
            found.setdefault(ours, []).append(value)
    return {str(ours): tuple(found[ours]) for ours in CHOICES.get(name, {}) if ours in found}
