"""Whether an article that was shown as the answer speaks of what was asked.

A search is confident of a sibling, too: of the article on one page's error where another page's was asked about. What tells
them apart over many questions are the words that customers use and the article never does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from knowledge_base.articles import Article
from knowledge_base.text import language_of, terms

Shares = npt.NDArray[np.float64]


def uncovered(
    questions: Sequence[tuple[str, str]],
    shown: Sequence[tuple[str, str] | None],
    article: Callable[[str, str], Article | None],
) -> Shares:
    """For each (text, language) the share of its words that the article shown for it (id, locale) does not have, in [0, 1].
    Rare words among the questions of a language count more; 1 where nothing was shown."""
    held = [frozenset(terms(text, language_of(language))) for text, language in questions]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    asked: Counter[str] = Counter()
    for words, (_, language) in zip(held, questions, strict=True):
        counts[language_of(language)].update(words)
        asked[language_of(language)] += 1
    of_article: dict[tuple[str, str], frozenset[str]] = {}
    shares = np.ones(len(questions))
    for at, (words, (_, language), place) in enumerate(zip(held, questions, shown, strict=True)):
        if place is None or not words:
            continue
        if place not in of_article:
            found = article(*place)
            text = f"{found.title}\n{found.body_markdown}" if found else ""
            of_article[place] = frozenset(terms(text, language_of(place[1])))
        own = language_of(language)
        # In a fixed order: sums of floats must not depend on how a set happens to lie.
        worth = {each: np.log1p(asked[own] / (0.5 + counts[own][each])) for each in sorted(words)}
        missing = sum(value for each, value in worth.items() if each not in of_article[place])
        shares[at] = missing / sum(worth.values())
    return shares
