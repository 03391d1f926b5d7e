"""Finds articles that a help center holds under several names, so that they are one hit: the same words, or nearly so, and
nothing that tells them apart (a version, a product) in title or text.

Candidates are found by MinHash (Broder 1997; 8 bands of 4 rows find a pair as alike as .95 in 99.9998 % of cases) and
judged by exact comparison, so that the outcome does not depend on chance."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from knowledge_base.articles import Article, Skipped, SourceContent
from knowledge_base.text import fold

ALIKE = 0.95
"""Share of five-word sequences that two long bodies have in common to be copies (Jaccard)."""

SHORT = 50
"""Words below which bodies must be the same: many short pages differ in the one word that counts."""

_MARKUP = re.compile(
    r"<!--[^<>]*-->|</?[a-zA-Z][^<>]*>|\{[#:][^{}\n]*\}|\[!(?:DNL|UICONTROL)\b|&(?:nbsp|quot|amp|lt|gt);", re.S
)
_TARGET = re.compile(r"\]\(([^()\s]*)(?:\s[^()]*)?\)|\bhref\s*=\s*[\"']([^\"']*)")
# A version or a code is one word: 2.4.4 and 2.4.5 share none.
_WORD = re.compile(r"\w+(?:[.\-/:]\w+)*")
_BANDS, _ROWS = 8, 4
_SIZE = 5
# Larger bodies are compared by their beginnings.
_MAX_CHARACTERS = 200_000

_Hashes = npt.NDArray[np.uint64]


@dataclass(eq=False)
class _Body:
    """What is compared of an article."""

    article: Article
    order: int

    @cached_property
    def written(self) -> list[str]:
        text = self.article.body_markdown[:_MAX_CHARACTERS]
        return _WORD.findall(_MARKUP.sub(" ", _TARGET.sub("] ", text) if "](" in text or "href" in text else text))

    @cached_property
    def words(self) -> list[str]:
        return " ".join(self.written).lower().split()

    @cached_property
    def targets(self) -> list[str]:
        """The last parts of what it links to; a page that only points elsewhere says nothing more."""
        found = _TARGET.findall(self.article.body_markdown[:_MAX_CHARACTERS])
        parts = ([part for part in (one or other).split("/") if part.strip(".")] for one, other in found)
        return sorted("/".join(each[-2:]) for each in parts)

    @cached_property
    def title(self) -> frozenset[str]:
        return frozenset(_WORD.findall(fold(self.article.title)))

    @cached_property
    def names(self) -> frozenset[str]:
        """Words written as names and numbers are: with a digit or a capital, and nowhere without."""
        plain = {word for word in self.written if word.islower() and word.isalpha()}
        marked = {word for word in self.written if not (word.islower() and word.isalpha())}
        return frozenset(word.lower() for word in marked if word.lower() not in plain)

    @cached_property
    def all_words(self) -> frozenset[str]:
        return frozenset(self.words)


def without_copies(content: SourceContent) -> SourceContent:
    """`content` with one article of every set of copies in a locale. The one that stays bears the others' ids in
    `also_ids`, and each of those is skipped as `copy of <path>`. Of a set the id stays that most locales have, then the
    first by path: the same one in every locale that has it."""
    numbers: dict[str, int] = {}
    locales: dict[str, list[_Body]] = defaultdict(list)
    for order, article in enumerate(content.articles):
        locales[article.locale].append(_Body(article, order))
    pairs = {locale: _pairs(bodies, numbers) for locale, bodies in locales.items()}
    if not any(pairs.values()):
        return content
    ranks = _ranks(content.articles, pairs)
    also: dict[int, list[str]] = defaultdict(list)
    copy_of: dict[int, Article] = {}
    for found in pairs.values():
        alike = {frozenset((one.order, other.order)) for one, other in found}
        bodies = {body.order: body for pair in found for body in pair}
        kept: list[_Body] = []
        for body in sorted(bodies.values(), key=lambda each: ranks[each.article.id]):
            original = next((each for each in kept if frozenset((each.order, body.order)) in alike), None)
            if original is None:
                kept.append(body)
                continue
            also[original.order].append(body.article.id)
            copy_of[body.order] = original.article
    articles = tuple(
        replace(article, also_ids=tuple(sorted({*article.also_ids, *also[order]}))) if order in also else article
        for order, article in enumerate(content.articles)
        if order not in copy_of
    )
    skipped = [Skipped(content.articles[order].path, f"copy of {kept.path}") for order, kept in sorted(copy_of.items())]
    return replace(content, articles=articles, skipped=(*content.skipped, *skipped))


def _ranks(
    articles: Iterable[Article], pairs: dict[str, list[tuple[_Body, _Body]]]
) -> dict[str, tuple[int, int, str, str]]:
    """A key an id: the smaller, the rather it stays. First how many locales have it, then in how many it comes first."""
    have: Counter[str] = Counter()
    paths: dict[str, str] = {}
    for article in articles:
        have[article.id] += 1
        # The path below the locale's folder, so that no locale decides for the others.
        path = article.path.partition("/")[2] or article.path
        paths[article.id] = min(path, paths.get(article.id, path))
    first: Counter[str] = Counter()
    for found in pairs.values():
        for one, other in found:
            first[min(one, other, key=lambda each: each.article.path).article.id] += 1
    return {name: (-count, -first[name], paths[name], name) for name, count in have.items()}


def _pairs(bodies: Sequence[_Body], numbers: dict[str, int]) -> list[tuple[_Body, _Body]]:
    """Every two of a locale that are copies."""
    shingles = [_shingles(body.words, numbers) for body in bodies]
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for at, body in enumerate(bodies):
        if len(body.words) < SHORT:
            buckets[-1, " ".join(body.words).encode("utf-8", "surrogatepass")].append(at)
        else:
            for band, key in enumerate(_bands(shingles[at])):
                buckets[band, key].append(at)
    candidates: set[tuple[int, int]] = set()
    for members in buckets.values():
        # A template with hundreds of pages: neighbours by path are enough to tell whether it is one article.
        for position, one in enumerate(members):
            candidates.update((one, other) for other in members[position + 1 : position + 25])
    return [
        (bodies[one], bodies[other])
        for one, other in sorted(candidates)
        if _copies(bodies[one], bodies[other], shingles[one], shingles[other])
    ]


def _copies(one: _Body, other: _Body, ours: _Hashes, theirs: _Hashes) -> bool:
    same = one.words == other.words
    if min(len(one.words), len(other.words)) < SHORT:
        return same and one.title == other.title and one.targets == other.targets
    if same:
        return not _tell_apart(one.title, other.title)
    if one.title != other.title or (one.names - other.all_words and other.names - one.all_words):
        return False
    shared = len(np.intersect1d(ours, theirs, assume_unique=True))
    return shared >= ALIKE * (len(ours) + len(theirs) - shared)


def _tell_apart(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether each title has a word that the other lacks, or either a number that the other lacks."""
    only_ours, only_theirs = ours - theirs, theirs - ours
    if only_ours and only_theirs:
        return True
    return any(each.isdigit() for name in only_ours | only_theirs for each in name)


def _shingles(words: Sequence[str], numbers: dict[str, int]) -> _Hashes:
    """Distinct hashes of the five-word sequences. Words are numbered as they are met: the same in every run."""
    codes = np.array([numbers.setdefault(word, len(numbers)) for word in words], dtype=np.uint64)
    if len(codes) < _SIZE:
        return np.unique(codes)
    key = np.zeros(len(codes) - _SIZE + 1, dtype=np.uint64)
    for offset in range(_SIZE):
        key = _mixed(key + codes[offset : offset + len(key)] + np.uint64(1))
    return np.unique(key)


_SEEDS = np.arange(1, _BANDS * _ROWS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def _bands(shingles: _Hashes) -> list[bytes]:
    # A multiply and a shift for each row are hash enough here: the shingles are mixed already.
    least = ((shingles[None, :] ^ _SEEDS[:, None]) * np.uint64(0xD6E8FEB86659FD93)).min(axis=1)
    return [row.tobytes() for row in least.reshape(_BANDS, _ROWS)]


def _mixed(key: _Hashes) -> _Hashes:
    """splitmix64's finaliser."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: _Hashes = key ^ (key >> np.uint64(31))
    return mixed
