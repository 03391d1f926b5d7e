"""Search in the help center, its articles as pages, and the catalog for every face."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from api.chat.schemas import PassageOut
from api.chat.text import MAX_CHARACTERS, normalise
from api.errors import Invalid, NotFound
from api.services import Services, services
from api.web.pages import render_article
from knowledge_base import SearchResult

router = APIRouter(tags=["help center"])

Copilot = Annotated[Services, Depends(services)]


class SearchOut(BaseModel):
    confident: bool
    confidence: float
    language: str
    other_language: bool
    passages: list[PassageOut]


@router.get("/help-center/search")
async def search(
    copilot: Copilot,
    q: Annotated[str, Query(description="The question, in the customer's words.")],
    language: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 3,
) -> SearchOut:
    """The passages that answer best, and whether the copilot would dare to answer with them. Public, like the articles."""
    text = normalise(q)
    if not text:
        raise Invalid("q is empty: write what you are looking for", code="text_empty")
    if len(text) > MAX_CHARACTERS:
        raise Invalid(
            f"q has {len(text)} characters, at most {MAX_CHARACTERS} are accepted",
            code="text_too_long",
            values={"limit": MAX_CHARACTERS, "length": len(text)},
        )
    if language is not None and language not in copilot.catalog.languages:
        raise Invalid(
            f"language must be one of {', '.join(copilot.catalog.languages)}",
            code="unknown_language",
            values={"languages": ", ".join(copilot.catalog.languages)},
        )
    result = await copilot.help_center.search(text, language=language, limit=limit)
    return search_out(result)


def search_out(result: SearchResult) -> SearchOut:
    return SearchOut(
        confident=result.confident,
        confidence=result.confidence,
        language=result.language,
        other_language=result.other_language,
        passages=[
            PassageOut(
                article_id=hit.article_id,
                title=hit.title,
                heading=hit.heading,
                url=hit.url,
                locale=hit.locale,
                snippet=hit.snippet,
                score=hit.score,
            )
            for hit in result.hits
        ],
    )


@router.get("/catalog")
async def catalog(copilot: Copilot, language: Annotated[str | None, Query()] = None) -> dict[str, Any]:
    """Everything that a face needs to show the support process in one language. Unknown languages get the default."""
    wanted = language if language in copilot.catalog.languages else copilot.catalog.default_language
    return {**copilot.catalog.to_json(wanted), "web": dict(copilot.catalog.wording(wanted).section("web"))}


@router.get("/help/{locale}/{article_id:path}", response_class=HTMLResponse)
async def article_page(request: Request, locale: str, article_id: str, copilot: Copilot) -> HTMLResponse:
    """An article as a page, where a passage's link leads to. Another language is offered where this one has none."""
    article = copilot.help_center.article(article_id, locale) if locale in copilot.catalog.languages else None
    if article is None:
        raise NotFound("there is no such article", code="article_not_found")
    html = copilot.help_center.render(article)
    return render_article(request, copilot.catalog, article, html)
