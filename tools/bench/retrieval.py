"""How well questions find their articles, and how long an index takes: `copilot kb build` and `copilot kb evaluate`, as their
users run them, each in a process of its own."""

from __future__ import annotations

from pydantic import BaseModel

from knowledge_base.evaluation import Evaluation
from tools.bench.corpora import Built, HelpCenter, copilot_kb, help_centers

# What the others are written first in, where a help center is not translated whole.
MAIN_LOCALE = "en"


class Corpus(BaseModel):
    """A help center with its questions. `first`: a whole new index; `unchanged`: built again with nothing new; `changed`:
    with one article changed, and changed back. `across`: other languages' questions, of English articles only."""

    name: str
    first: Built
    unchanged: Built
    changed: list[Built]
    evaluation: Evaluation
    across: Evaluation | None


class RetrievalMeasured(BaseModel):
    corpora: list[Corpus]


def measure() -> RetrievalMeasured:
    """The sample help center, and those that the environment names. The indexes stay, for `rivals`."""
    return RetrievalMeasured(corpora=[_measured(each) for each in help_centers()])


def _measured(center: HelpCenter) -> Corpus:
    center.prepare()
    first, unchanged = center.build(), center.build()
    changed = []
    for _ in range(2):
        center.change_one()
        changed.append(center.build())
    foreign = center.foreign(MAIN_LOCALE)
    # Where every question has an answer there is nothing for a confidence to tell apart.
    folds = ("--cross-validate", "5") if any(not each.relevant for each in center.questions()) else ()
    return Corpus(
        name=center.name,
        first=first,
        unchanged=unchanged,
        changed=changed,
        evaluation=_evaluated(center, str(center.asked), "--no-across", *folds),
        across=_evaluated(center, str(foreign), "--articles-in", MAIN_LOCALE) if foreign else None,
    )


def _evaluated(center: HelpCenter, queries: str, *options: str) -> Evaluation:
    told = copilot_kb("evaluate", "--index", str(center.index), "--queries", queries, "--compare", "--json", *options)
    return Evaluation.model_validate_json(told)
