"""Search in the help center, and the catalog for every face."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from api.abuse.guard import guard
from api.chat.schemas import PassageOut, RelatedOut, StepOut, TopicOut
from api.chat.text import MAX_CHARACTERS, normalise
from api.errors import Invalid
from api.services import Services, services
from knowledge_base import SearchResult
from knowledge_base.results import Decision

router = APIRouter(tags=["help center"])

Copilot = Annotated[Services, Depends(services)]


class FoundPassageOut(PassageOut):
    html: str = Field(description="The snippet as safe HTML, to be put into a page of your own.")


class SearchOut(BaseModel):
    confident: bool
    confidence: float
    decision: Decision = Field(
        description="What the copilot does with it: answer, ask which topic is meant, or a person."
    )
    language: str
    other_language: bool
    passages: list[FoundPassageOut]
    topics: list[TopicOut] = Field(description="Those that compete for the question, where that is worth asking about.")
    related: list[RelatedOut]


@router.get("/help-center/search")
async def search(
    copilot: Copilot,
    request: Request,
    q: Annotated[str, Query(description="The question, in the customer's words.")],
    language: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 3,
) -> SearchOut:
    """The passages that answer best, and whether the copilot would dare to answer with them. Public, like the articles."""
    await guard(request).search(request)
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
        decision=result.decision,
        language=result.language,
        other_language=result.other_language,
        passages=[
            FoundPassageOut(
                article_id=hit.article_id,
                title=hit.title,
                heading=hit.heading,
                url=hit.url,
                locale=hit.locale,
                snippet=hit.snippet,
                score=hit.score,
                heading_path=list(hit.heading_path),
                highlights=[(span.start, span.end) for span in hit.highlights],
                steps=[StepOut(number=step.number, start=step.start, end=step.end) for step in hit.steps],
                code=[(span.start, span.end) for span in hit.code],
                continues=hit.continues,
                html=hit.excerpt_html,
            )
            for hit in result.hits
        ],
        topics=[TopicOut(label=each.label, article_id=each.article_id, locale=each.locale) for each in result.topics],
        related=[
            RelatedOut(article_id=each.article_id, title=each.title, url=each.url, locale=each.locale)
            for each in result.related
        ],
    )


@router.get("/catalog")
async def catalog(copilot: Copilot, language: Annotated[str | None, Query()] = None) -> dict[str, Any]:
    """Everything that a face needs to show the support process in one language. Unknown languages get the default."""
    wanted = language if language in copilot.catalog.languages else copilot.catalog.default_language
    texts = copilot.catalog.wording(wanted).section("web")
    # What only staff read (/desk/catalog), what only the portal shows (/portal/catalog), or what is rendered on the server,
    # is no load for every widget.
    elsewhere = ("desk.", "leads.", "portal.", "ticket_form.", "help.", "collections.")
    web = {key: text for key, text in texts.items() if not key.startswith(elsewhere)}
    return {**copilot.catalog.to_json(wanted), "web": web}
