"""A help center of a few articles: what the pages ask of `api.help_center.index.HelpCenter`, without an encoder."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from api.help_center.steering import Steering
from knowledge_base import Article, SearchHit, SearchResult, render_markdown
from knowledge_base.results import Related
from knowledge_base.snippets import Span
from knowledge_base.text import fold, language_of

BODY = """Before the steps, a word [about roles](/help/en/roles).

## Before you start

> [!NOTE]
> Your role needs the permission **Export reports**.

## Steps

1. Open `Reports > Sales`.
2. Press **Export**.

### By hand

```
shop export --all
```

## Columns

| Column | Meaning |
|---|---|
| order_id | The number of the order |

![A chart](https://pictures.example/chart.png)

> [!WARNING]
> Times are in the time zone of the store.
"""


def article(article_id: str, locale: str, title: str, folder: str = "reports", body: str = BODY) -> Article:
    return Article(
        id=article_id,
        locale=locale,
        title=title,
        url=f"/help/{locale}/{article_id}",
        body_markdown=body,
        path=f"{locale}/{folder}/{article_id}.md",
        updated_at=dt.datetime(2026, 1, 31, 9, tzinfo=dt.UTC),
    )


SHORT = "One paragraph, and that is all."
ARTICLES = [
    article("export-sales-report", "en", "Export your sales report"),
    article("export-sales-report", "es", "Exporta tu reporte de ventas"),
    article("export-sales-report", "pt", "Exporte seu relatório de vendas"),
    article("schedule-reports", "en", "Schedule a report", body=SHORT),
    article("roles", "en", "Roles & permissions <b>", "users", SHORT),
    article("only-english", "en", "Only in English", "odd-things", SHORT),
    *(article(f"report-{number}", "en", f"Report number {number}", body=SHORT) for number in range(3)),
]


class FakeHelpCenter:
    """`problem` is raised by every search, where it is set. `asked` is what was searched for."""

    def __init__(self, articles: list[Article] | None = None, rendered: dict[str, Path] | None = None) -> None:
        self.held = list(ARTICLES if articles is None else articles)
        self.rendered = rendered or {}
        self.asked: list[str] = []
        self.problem: Exception | None = None
        self.steering = Steering()

    def steer(self, steering: Steering) -> None:
        self.steering = steering

    @property
    def precision(self) -> float:
        return self.steering.precision or 0.9

    def thresholds(self, precision: float | None = None) -> dict[str, float]:
        """The surer it has to be, the higher."""
        return dict.fromkeys(("es", "en", "pt"), round((precision or self.precision) - 0.3, 4))

    def article(self, article_id: str, locale: str) -> Article | None:
        return next((each for each in self.held if (each.id, each.locale) == (article_id, locale)), None)

    def articles(self, language: str) -> list[Article]:
        return [each for each in self.held if language_of(each.locale) == language]

    async def related(self, article: Article, limit: int = 4) -> list[Article]:
        return [each for each in self.articles(article.locale) if each.id != article.id][:limit]

    def render(self, article: Article) -> str:
        path = self.rendered.get(article.id)
        return path.read_text(encoding="utf-8") if path else render_markdown(article.body_markdown)

    async def search(
        self, text: str, *, language: str | None, limit: int = 3, all_languages: bool = False
    ) -> SearchResult:
        """Articles whose title shares the beginning of a word with the text; confident where the title is the text."""
        self.asked.append(text)
        if self.problem is not None:
            raise self.problem
        starts = [word[:5] for word in fold(text).split()]
        held = [
            each
            for each in self.articles(language or "en")
            if any(word.startswith(tuple(starts)) for word in fold(each.title).split())
        ]
        held.sort(key=lambda each: fold(each.title) != fold(text))
        hits = tuple(_hit(each) for each in held[:limit])
        confident = bool(hits) and fold(hits[0].title) == fold(text)
        rest = tuple(Related(each.id, each.title, each.url, each.locale) for each in held[limit : limit + 2])
        return SearchResult(confident, 0.9 if confident else 0.4, language or "en", hits, False, related=rest)


def _hit(article: Article) -> SearchHit:
    return replace(
        SearchHit(article.id, article.title, "Steps", f"{article.url}#steps", article.locale, "Press Export.", 1.0),
        highlights=(Span(6, 12),),
    )
