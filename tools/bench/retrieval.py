"""How well questions find their articles, and how long an index takes: `copilot kb build` and `copilot kb evaluate`, as their
users run them, each in a process of its own."""

from __future__ import annotations

from statistics import mean, median
from time import perf_counter

from pydantic import BaseModel

from knowledge_base.embedding import MiniLM
from knowledge_base.evaluation import Evaluation
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import language_of
from tools.bench.corpora import Built, HelpCenter, copilot_kb, help_centers

# What the others are written first in, where a help center is not translated whole.
MAIN_LOCALE = "en"
# Questions that are timed.
ASKED = 200


class QueryTimes(BaseModel):
    """Medians over the same questions, one after the other, the encoder asked alone before each search."""

    passages: int
    """That each search looked at: those of the question's language, on average."""
    encoder_ms: float
    search_ms: float

    @property
    def bound_ms(self) -> float:
        return 1.3 * self.encoder_ms + 2


class Corpus(BaseModel):
    """A help center with its questions. `first`: a whole new index; `unchanged`: built again with nothing new; `changed`:
    with one article changed, and changed back. `across`: other languages' questions, of English articles only."""

    name: str
    first: Built
    unchanged: Built
    changed: list[Built]
    evaluation: Evaluation
    across: Evaluation | None
    times: QueryTimes | None = None


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
        times=_times(center),
    )


def _times(center: HelpCenter) -> QueryTimes:
    """Every question is new to the search, as a customer's is."""
    encoder = MiniLM(cache_dir=center.index.parent / "encoders", threads=1)
    base = KnowledgeBase.open(center.index, embedder=encoder)
    asked = center.questions()[:ASKED]
    # Once beforehand, with other words: libraries are loaded and caches of word forms filled, as in a process that serves.
    for each in asked:
        base.search(f"{each.query} ?", language=each.locale or None)
    alone, whole, passages = [], [], []
    sizes = {language_of(locale): counts.passages for locale, counts in base.status().locales.items()}
    for each in asked:
        began = perf_counter()
        encoder.encode([each.query], kind="query")
        alone.append(perf_counter() - began)
        began = perf_counter()
        base.search(each.query, language=each.locale or None)
        whole.append(perf_counter() - began)
        passages.append(sizes.get(language_of(each.locale), 0))
    return QueryTimes(passages=round(mean(passages)), encoder_ms=median(alone) * 1000, search_ms=median(whole) * 1000)


def _evaluated(center: HelpCenter, queries: str, *options: str) -> Evaluation:
    told = copilot_kb("evaluate", "--index", str(center.index), "--queries", queries, "--compare", "--json", *options)
    return Evaluation.model_validate_json(told)
