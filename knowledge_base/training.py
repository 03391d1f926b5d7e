"""Learns the confidence of each locale when an index is built: from made questions, and from labelled ones if given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import BaseModel, ConfigDict

from knowledge_base.asking import Asker
from knowledge_base.confidence import (
    ACROSS_PRIOR,
    ANSWERS,
    WITHIN_PRIOR,
    ConfidenceModel,
    Examples,
    Features,
    best_articles,
    features,
    fit,
    made_questions,
    refined,
)
from knowledge_base.fusion import ACROSS, WITHIN
from knowledge_base.locale_index import LocaleIndex
from knowledge_base.queries import LabelledQuery

# Questions made a locale: twice as many moved no coefficient much, and they have to be encoded.
MADE = 300
MADE_ACROSS = 80
# Below this many labelled questions, or without both outcomes, they would be learnt by heart.
FEWEST_LABELS = 40

EncodeMany = Callable[[Sequence[str]], None]
"""Told of texts that the asker's `encode` will be asked for."""


class ConfidenceModels(BaseModel):
    """A model a locale, and one for questions that are answered from another language."""

    model_config = ConfigDict(frozen=True)

    own: dict[str, ConfidenceModel]
    unlabelled: dict[str, ConfidenceModel]
    """`own` before any labelled question refined it."""
    across: ConfidenceModel | None = None


@dataclass
class _Made:
    rows: list[Features] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    def add(self, row: Features, kind: int, right: bool) -> None:
        self.rows.append(row)
        self.kinds.append(kind)
        self.right.append(right)

    def examples(self) -> Examples:
        return Examples(np.array(self.rows), np.array(self.kinds), np.array(self.right, dtype=bool))


def learn_confidence(
    indexes: Sequence[LocaleIndex],
    asker: Asker,
    encode_many: EncodeMany,
    labels: Sequence[LabelledQuery] = (),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> ConfidenceModels:
    """A locale of which nothing can be learnt (a single article) gets no model and is never confident."""
    own: dict[str, ConfidenceModel] = {}
    across = _Made()
    for done, index in enumerate(indexes):
        if progress:
            progress(done, len(indexes))
        model = _learn_own(index, asker, encode_many)
        if model is not None:
            own[index.locale] = model
        _collect_across(index, indexes, asker, encode_many, across)
    from_others = fit(across.examples(), ACROSS_PRIOR, "made questions, asked across languages where there are several")
    models = ConfidenceModels(own=own, unlabelled=own, across=from_others)
    return relearnt(indexes, models, asker, encode_many, labels)


def relearnt(
    indexes: Sequence[LocaleIndex],
    models: ConfidenceModels,
    asker: Asker,
    encode_many: EncodeMany,
    labels: Sequence[LabelledQuery],
) -> ConfidenceModels:
    """The models as they were without labels, refined by these; unrefined where these are too few."""
    unlabelled = models.unlabelled
    labelled = _labelled(indexes, unlabelled, asker, encode_many, labels)
    own = unlabelled
    if labelled is not None:
        better = refined(list(unlabelled.values()), labelled.rows, labelled.of_model, labelled.right)
        own = dict(zip(unlabelled, better, strict=True))
    return models.model_copy(update={"own": own})


def _learn_own(index: LocaleIndex, asker: Asker, encode_many: EncodeMany) -> ConfidenceModel | None:
    made = made_questions(index, most=MADE)
    encode_many([asker.said(text, index.language) for each in made for text in (each.text, each.strange)])
    found = _Made()
    for each in made:
        question = asker.question(each.text, index.language, index.language)
        evidence = index.evidence(question, WITHIN)
        found.add(features(evidence, WITHIN), 0, each.article in best_articles(evidence.fused, ANSWERS))
        found.add(features(index.evidence(question, WITHIN, hidden=each.twins), WITHIN), 1, False)
        strange = asker.question(each.strange, index.language, index.language)
        found.add(features(index.evidence(strange, WITHIN), WITHIN), 2, False)
    return fit(found.examples(), WITHIN_PRIOR, f"{len(made)} made questions") if made else None


def _collect_across(
    index: LocaleIndex, indexes: Sequence[LocaleIndex], asker: Asker, encode_many: EncodeMany, found: _Made
) -> None:
    """Questions made in one locale, asked of another which has their article or, hidden, has not. Where there is no other
    language the locale's own stand in: customers ask in others all the same, and are to be answered."""
    others = [other for other in indexes if other.language != index.language] or [index]
    made = made_questions(index, most=MADE_ACROSS, seed=21)
    encode_many([asker.said(text, index.language) for each in made for text in (each.text, each.strange)])
    for other in others:
        numbers = {article_id: at for at, article_id in enumerate(other.article_ids)}
        for each in made:
            target = numbers.get(index.article_ids[each.article])
            if target is None:
                continue
            question = asker.question(each.text, index.language, other.language)
            evidence = other.evidence(question, ACROSS)
            found.add(features(evidence, ACROSS), 0, target in best_articles(evidence.fused, ANSWERS))
            hidden = other.evidence(question, ACROSS, hidden=frozenset({target}))
            found.add(features(hidden, ACROSS), 1, False)
            strange = asker.question(each.strange, index.language, other.language)
            found.add(features(other.evidence(strange, ACROSS), ACROSS), 2, False)


@dataclass(frozen=True, slots=True)
class _Labelled:
    rows: list[Features]
    of_model: list[int]
    right: np.ndarray[tuple[int], np.dtype[np.bool_]]


def _labelled(
    indexes: Sequence[LocaleIndex],
    own: dict[str, ConfidenceModel],
    asker: Asker,
    encode_many: EncodeMany,
    labels: Sequence[LabelledQuery],
) -> _Labelled | None:
    """The labelled questions of locales that have a model; None where they are too few or all of one outcome. What a
    customer said of the answer counts before the list of articles."""
    numbers = {locale: at for at, locale in enumerate(own)}
    by_locale = {index.locale: index for index in indexes}
    used = [each for each in labels if each.locale in numbers]
    if len(used) < FEWEST_LABELS:
        return None
    encode_many([asker.said(each.query, by_locale[each.locale].language) for each in used])
    rows: list[Features] = []
    right: list[bool] = []
    for each in used:
        index = by_locale[each.locale]
        evidence = index.evidence(asker.question(each.query, index.language, index.language), WITHIN)
        found = {index.article_ids[at] for at in best_articles(evidence.fused, ANSWERS)}
        rows.append(features(evidence, WITHIN))
        right.append(bool(found & set(each.relevant)) if each.answered is None else each.answered)
    if len(set(right)) < 2:
        return None
    return _Labelled(rows, [numbers[each.locale] for each in used], np.array(right, dtype=bool))
