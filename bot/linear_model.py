"""A linear classifier of texts: how it is learnt, kept on disk and applied. In Rasa's environment only (numpy, scikit-learn).

One logistic regression an intent against all others, on TF-IDF weights of bot/intent_features.py. Kept as an array and a list
of names: nothing is unpickled when it is loaded, and scikit-learn is needed in training only.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.concepts import Concepts
from bot.families import Families
from bot.intent_features import features
from bot.scope import Scope

_ARRAYS, _NAMES = "intents.npz", "intents.json"


class LinearModel:
    """Probabilities of intents for texts."""

    def __init__(
        self,
        intents: Sequence[str],
        names: Sequence[str],
        concepts: Concepts,
        families: Families,
        scope: Scope,
        weights: Any,
        rarity: Any,
        bias: Any,
    ) -> None:
        self.intents = list(intents)
        self._concepts, self._families, self._scope = concepts, families, scope
        self._names = list(names)
        self._column = {name: place for place, name in enumerate(self._names)}
        self._weights = weights  # (features, intents)
        self._rarity = rarity  # (features,)
        self._bias = bias  # (intents,)

    def probabilities(self, text: str) -> dict[str, float]:
        """Of every intent, together 1. A text without a known feature gets what the training data has most of."""
        columns, values = _vector(
            features(text, self._concepts, self._families, self._scope), self._column, self._rarity
        )
        scores = self._bias + values @ self._weights[columns].astype(np.float32)
        odds = np.exp(scores - scores.max())
        return dict(zip(self.intents, (odds / odds.sum()).tolist()))  # noqa: B905 - one each

    def save(self, folder: Path) -> None:
        np.savez(folder / _ARRAYS, weights=self._weights, rarity=self._rarity, bias=self._bias)
        # The concepts, families and parts that it was learnt with: another lexicon would make other features.
        held = {
            "intents": self.intents,
            "features": self._names,
            "concepts": self._concepts.forms,
            "families": self._families.members,
            "scope": self._scope.members,
        }
        (folder / _NAMES).write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        held = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            return cls(
                held["intents"],
                held["features"],
                Concepts(held["concepts"]),
                Families(held["families"]),
                Scope(held["scope"]),
                arrays["weights"],
                arrays["rarity"],
                arrays["bias"],
            )


def learnt(
    examples: Sequence[tuple[str, str]],
    *,
    strength: float = 10.0,
    concepts: Concepts | None = None,
    families: Families | None = None,
    scope: Scope | None = None,
) -> LinearModel:
    """From (text, intent) pairs; the same pairs give the same model. `concepts`, `families`, `scope`: of data/lexicon,
    unless given.

    `strength` is how closely the examples are followed (scikit-learn's C). The dual solver takes 8 s for 12,000 examples,
    where the primal one takes 14 and the stock component's multinomial one several minutes.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    concepts, families = concepts or Concepts.read(), families or Families.read()
    scope = scope or Scope.read()
    counted = [features(text, concepts, families, scope) for text, _ in examples]
    seen = Counter(name for each in counted for name in each)
    # What one example alone has says nothing of others, and is two fifths of all features.
    names = sorted(name for name, times in seen.items() if times > 1)
    column = {name: place for place, name in enumerate(names)}
    rarity = np.array([math.log((1 + len(examples)) / (1 + seen[name])) + 1 for name in names], dtype=np.float32)
    rows = [_vector(each, column, rarity) for each in counted]
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    matrix = csr_matrix(
        (np.concatenate([values for _, values in rows]), np.concatenate([columns for columns, _ in rows]), ends),
        shape=(len(rows), len(names)),
    )
    fitted = LogisticRegression(C=strength, solver="liblinear", dual=True, tol=1e-2, max_iter=400, random_state=1)
    fitted.fit(matrix, [intent for _, intent in examples])
    return LinearModel(
        [str(each) for each in fitted.classes_],
        names,
        concepts,
        families,
        scope,
        fitted.coef_.T.astype(np.float16),  # half the size on disk and in memory, same decisions
        rarity,
        fitted.intercept_.astype(np.float32),
    )


# The kinds of features, each a vector of a length of its own, by the first letter of a feature's name.
_KINDS = {"w": 0, "p": 0, "c": 1, "k": 2, "q": 2, "f": 3, "g": 4, "r": 5, "s": 6, "t": 6}
# A family is in nearly every text: at the length of words and pieces it outshouts them, and hijacks three times the problems.
# Parts of an outage's story help as much at half the length as at the whole.
_LENGTHS = (1.0, 1.0, 1.0, 0.3, 0.3, 0.5, 0.5)


def _vector(counts: Counter[str], column: dict[str, int], rarity: Any) -> tuple[Any, Any]:
    """Columns and values of the known features: TF-IDF with damped counts, each kind of the length that is its."""
    known = [(column[name], _KINDS[name[0]], 1 + math.log(count)) for name, count in counts.items() if name in column]
    columns = np.array([place for place, _, _ in known], dtype=np.int32)
    kinds = np.array([kind for _, kind, _ in known], dtype=np.int8)
    values = np.array([weight for _, _, weight in known], dtype=np.float32) * rarity[columns]
    for kind, wanted in enumerate(_LENGTHS):
        part = kinds == kind
        length = float(np.linalg.norm(values[part]))
        if length:
            values[part] *= wanted / length
    return columns, values
