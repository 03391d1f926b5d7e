"""Learns the confidence of each locale when an index is built: from made questions, and from labelled ones if given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from knowledge_base.asking import Asker
from knowledge_base.confidence import (
    ANSWERS,
    ConfidenceModel,
    Features,
    best_articles,
    features,
    made_questions,
)
from knowledge_base.fusion import ACROSS, weights_for
from knowledge_base.locale_index import LocaleIndex
from knowledge_base.queries import LabelledQuery

# Where made questions reach about the nine in ten right answers that are wanted; near-misses rarely pass it.
THRESHOLD = 0.5
# Questions made a locale: twice as many moved no coefficient much, and English ones have to be encoded.
MADE = 400
# Below this many labelled questions of a locale they would be learnt by heart.
FEWEST_LABELS = 20
# A labelled question is a real one and counts as much as this many made ones.
LABEL_WEIGHT = 20


class ConfidenceModels(BaseModel):
    """A model a locale, and one for questions that are answered from another language."""

    model_config = ConfigDict(frozen=True)

    own: dict[str, ConfidenceModel]
    across: ConfidenceModel | None = None


@dataclass
class _Examples:
    rows: list[Features]
    answered: list[bool]

    def add(self, row: Features, answered: bool) -> None:
        self.rows.append(row)
        self.answered.append(answered)

    def fit(self, learnt_from: str) -> ConfidenceModel | None:
        if len(set(self.answered)) < 2:
            return None
        return ConfidenceModel.fit(
            np.array(self.rows), np.array(self.answered, dtype=bool), threshold=THRESHOLD, learnt_from=learnt_from
        )


def learn_confidence(
    indexes: Sequence[LocaleIndex],
    asker: Asker,
    encode_many: Callable[[Sequence[str]], None],
    labels: Sequence[LabelledQuery] = (),
) -> ConfidenceModels:
    """A locale of which nothing can be learnt (a single article) gets no model and is never confident. `encode_many` is
    told of texts that the asker's `encode` will be asked for."""
    own = {}
    across = _Examples([], [])
    for index in indexes:
        of_locale = [each for each in labels if each.locale == index.locale]
        model = _learn_own(index, asker, encode_many, of_locale)
        if model is not None:
            own[index.locale] = model
        _collect_across(index, indexes, asker, encode_many, across)
    return ConfidenceModels(own=own, across=across.fit("made questions whose article exists in both languages"))


def _learn_own(
    index: LocaleIndex, asker: Asker, encode_many: Callable[[Sequence[str]], None], labels: Sequence[LabelledQuery]
) -> ConfidenceModel | None:
    weights = weights_for(index.language, index.language)
    examples = _Examples([], [])
    made = made_questions(index, most=MADE)
    encode_many([asker.said(text, index.language) for each in made for text in (each.text, each.strange)])
    for each in made:
        question = asker.question(each.text, index.language, index.language)
        evidence = index.evidence(question, weights)
        examples.add(features(evidence, weights), each.article in best_articles(evidence.fused, ANSWERS))
        examples.add(features(index.evidence(question, weights, hidden=each.twins), weights), False)
        strange = asker.question(each.strange, index.language, index.language)
        examples.add(features(index.evidence(strange, weights), weights), False)
    learnt_from = f"{len(made)} made questions"
    if len(labels) >= FEWEST_LABELS:
        learnt_from += f", {len(labels)} labelled ones"
        encode_many([asker.said(label.query, index.language) for label in labels])
        for label in labels:
            evidence = index.evidence(asker.question(label.query, index.language, index.language), weights)
            found = {index.article_ids[at] for at in best_articles(evidence.fused, ANSWERS)}
            for _ in range(LABEL_WEIGHT):
                examples.add(features(evidence, weights), bool(found & set(label.relevant)))
    return examples.fit(learnt_from)


def _collect_across(
    index: LocaleIndex,
    indexes: Sequence[LocaleIndex],
    asker: Asker,
    encode_many: Callable[[Sequence[str]], None],
    examples: _Examples,
) -> None:
    """Questions made in one locale, asked of another which has their article or, hidden, has not."""
    others = [other for other in indexes if other.language != index.language]
    if not others:
        return
    made = made_questions(index, most=120, seed=21)
    encode_many([asker.said(each.text, index.language) for each in made])
    for other in others:
        numbers = {article_id: at for at, article_id in enumerate(other.article_ids)}
        for each in made:
            target = numbers.get(index.article_ids[each.article])
            if target is None:
                continue
            question = asker.question(each.text, index.language, other.language)
            evidence = other.evidence(question, ACROSS)
            examples.add(features(evidence, ACROSS), target in best_articles(evidence.fused, ANSWERS))
            hidden = other.evidence(question, ACROSS, hidden=frozenset({target}))
            examples.add(features(hidden, ACROSS), False)
