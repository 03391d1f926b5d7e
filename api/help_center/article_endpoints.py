"""An article for programs: its body as a tree of plain values, which no string of it can turn into markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.errors import NotFound
from api.services import Services, services

router = APIRouter(tags=["help center"])

Copilot = Annotated[Services, Depends(services)]

_VOID = frozenset({"br", "hr", "img", "input", "col", "wbr"})


class ArticleOut(BaseModel):
    article_id: str
    title: str
    locale: str
    url: str
    body: list[Any] = Field(
        description="Texts, and elements as `[tag, {attribute: value}, ...children]`: the safe HTML of the page.",
        examples=[[["p", {}, "Open ", ["strong", {}, "Reports"], "."]]],
    )


@router.get("/help-center/articles/{locale}/{article_id:path}")
async def article(locale: str, article_id: str, copilot: Copilot) -> ArticleOut:
    """A whole article, as the widget shows it below an answer. Public, like its page."""
    found = copilot.help_center.article(article_id, locale) if locale in copilot.catalog.languages else None
    if found is None:
        raise NotFound("there is no such article", code="article_not_found")
    return ArticleOut(
        article_id=article_id,
        title=found.title,
        locale=found.locale,
        url=f"{copilot.settings.public_url}/help/{locale}/{article_id}",
        body=tree_of(copilot.help_center.render(found)),
    )


def tree_of(html: str) -> list[Any]:
    """Safe HTML as a tree: texts, and ``[tag, {attribute: value}, *children]``. What is never closed ends with its parent."""
    reader = _TreeReader()
    reader.feed(html)
    reader.close()
    return reader.body


class _TreeReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.body: list[Any] = []
        self._open: list[list[Any]] = [self.body]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element: list[Any] = [tag, {name: value or "" for name, value in attrs}]
        self._open[-1].append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].append([tag, {name: value or "" for name, value in attrs}])

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth][0] == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].append(data)
