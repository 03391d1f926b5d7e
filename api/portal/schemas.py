"""Shapes of what the portal's pages ask for."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from api.notices.schemas import NoticeOut


class WhoOut(BaseModel):
    """Who looks at the portal. `signed_in` false: nobody that we know, and all else is empty."""

    signed_in: bool
    email: str | None = None
    name: str | None = None
    account_id: str | None = None
    account_viewer: bool = False
    has_password: bool = False
    platforms: list[str] = []
    counts: dict[str, int] = {}


class SuggestedArticle(BaseModel):
    title: str
    heading: str
    url: str
    snippet: str
    locale: str


class SuggestionsOut(BaseModel):
    """What may make a ticket needless, or better: articles, running service notices, details worth adding."""

    articles: list[SuggestedArticle]
    notices: list[NoticeOut]
    topics: list[dict[str, Any]]


class FormOut(BaseModel):
    """Everything that the ticket form is drawn from."""

    catalog: dict[str, Any]
    words: dict[str, str]
    platforms: list[str]
    email: str | None
    verified: bool
