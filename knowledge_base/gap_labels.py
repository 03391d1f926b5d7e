"""The words by which a cluster of questions can be told from the others."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from knowledge_base.text import fold, stem, stopwords

TERMS = 4
_WORD = re.compile(r"[^\W_]+(?:[.\-/_][^\W_]+)*")


def telling_terms(groups: Sequence[Sequence[str]], texts: Sequence[str], language: str) -> list[tuple[str, ...]]:
    """Up to `TERMS` words of each group of texts, the most telling first: in many of its texts and few of all `texts`. A
    word is spelt as it is most often; its other forms are not named again."""
    everywhere = Counter(each for text in texts for each in set(_stems(text, language)))
    return [_of_group(group, everywhere, len(texts), language) for group in groups]


def _of_group(group: Sequence[str], everywhere: Counter[str], total: int, language: str) -> tuple[str, ...]:
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    held: Counter[str] = Counter()
    for text in group:
        stems = _stems(text, language)
        held.update(set(stems))
        for each, words in stems.items():
            spelt[each].update(words)
    # Once is chance, unless nothing is said twice.
    often = 2 if any(count > 1 for count in held.values()) else 1
    worth = {
        each: count / len(group) * math.log(1 + total / everywhere[each])
        for each, count in held.items()
        if count >= often
    }
    best = sorted(worth, key=lambda each: (-worth[each], each))[:TERMS]
    return tuple(sorted(spelt[each].items(), key=lambda pair: (-pair[1], pair[0]))[0][0] for each in best)


def _stems(text: str, language: str) -> dict[str, list[str]]:
    """The words of a text by their stem, stop words left out."""
    stop = stopwords(language)
    found: dict[str, list[str]] = defaultdict(list)
    for word in _WORD.findall(text):
        folded = fold(word)
        if folded not in stop and len(folded) > 1:
            found[stem(folded, language)].append(word.lower())
    return found
