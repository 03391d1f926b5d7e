"""The help center as pages, rendered on the server: everything works without a script, which only makes it quicker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from api.chat.text import MAX_CHARACTERS, normalise
from api.errors import Forbidden, NotFound, Unavailable
from api.help_center.collections import Collection, arrange, read_plan
from api.help_center.reading import reading
from api.help_center.showing import Choice, Crumb, Found, article_address, contact_choices, found_of, home_address
from api.help_center.votes import vote
from api.identity.limits import network_of
from api.identity.principal import client_address
from api.notices.banner import banner
from api.services import Services, services
from api.web.pages import page_language, render_page

router = APIRouter(include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]

RESULTS = 10
CALLOUTS = ("info", "tip", "warning", "danger")


@router.get("/help", response_class=HTMLResponse)
async def help_home(request: Request, copilot: Copilot) -> HTMLResponse:
    """The home page, in the language that is asked for or that the browser speaks."""
    return await _home(request, copilot, page_language(request, copilot.catalog))


@router.get("/help/search", response_class=HTMLResponse)
async def help_search(request: Request, copilot: Copilot, q: Annotated[str, Query()] = "") -> HTMLResponse:
    """What the articles say of a question, by the search that the copilot answers with."""
    language = page_language(request, copilot.catalog)
    text = normalise(q)[:MAX_CHARACTERS]
    found: list[Found] | None = []
    confident = False
    if text:
        try:
            result = await copilot.help_center.search(text, language=language, limit=RESULTS)
            confident = result.confident
            found = found_of(copilot, result.hits, language)
        except Unavailable:
            found = None
    key = "help.search_title_of" if text else "help.search_title"
    title = copilot.catalog.wording(language).text(f"web.{key}", **({"query": text} if text else {}))
    return await _page(
        request,
        copilot,
        "help_search.html",
        language,
        title=title,
        addresses=_switched("/help/search", copilot, {"q": text} if text else {}),
        indexed=False,
        query=text,
        found=found,
        confident=confident,
    )


@router.get("/help/support", response_class=HTMLResponse)
async def help_support(request: Request, copilot: Copilot) -> HTMLResponse:
    """The choice of the support type: the copilot, or the form of the others."""
    language = page_language(request, copilot.catalog)
    choices: list[Choice] = contact_choices(copilot.catalog, language)
    return await _page(
        request,
        copilot,
        "help_support.html",
        language,
        title=_said(copilot, language, "support_title"),
        addresses=_switched("/help/support", copilot),
        choices=choices,
        hours=copilot.catalog.support_hours_text(language),
    )


@router.get("/help/collections/{collection_id}", response_class=HTMLResponse)
async def help_collection(request: Request, copilot: Copilot, collection_id: str) -> HTMLResponse:
    """Every article of a collection. One that has none in this language is missing, and the other languages are offered."""
    language = page_language(request, copilot.catalog)
    held = {each.id: each for each in _collections(copilot, language)}
    addresses = _switched(f"/help/collections/{quote(collection_id, safe='')}", copilot)
    collection = held.get(collection_id)
    if collection is None:
        return await _missing(request, copilot, language, addresses, {})
    return await _page(
        request,
        copilot,
        "help_collection.html",
        language,
        title=collection.title,
        addresses=addresses,
        crumbs=[Crumb(_said(copilot, language, "home"), home_address(language))],
        collection=collection,
        link=article_address,
    )


@router.post("/help/votes")
async def help_vote(
    request: Request,
    copilot: Copilot,
    locale: Annotated[str, Form(max_length=35)],
    article_id: Annotated[str, Form(max_length=500)],
    helped: Annotated[Literal["yes", "no"], Form()],
) -> Response:
    """Whether an article helped. A form's post is led back to the article; a script that accepts JSON is told."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("a vote must come from the article's own page", code="forbidden_origin")
    article = copilot.help_center.article(article_id, locale)
    if article is None:
        raise NotFound("there is no such article", code="article_not_found")
    network = network_of(client_address(request))

    def write(session: Session) -> bool:
        return vote(session, copilot.settings, article, helped == "yes", network)

    recorded = await copilot.database.writing(write)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"recorded": recorded})
    return RedirectResponse(f"{article_address(article)}?helped={helped}#helped", status_code=303)


@router.get("/help/{locale}", response_class=HTMLResponse)
async def help_home_in(request: Request, copilot: Copilot, locale: str) -> HTMLResponse:
    """The home page of one language, at the address that search engines keep."""
    if locale not in copilot.catalog.languages:
        raise NotFound("there is no such page", code="article_not_found")
    return await _home(request, copilot, locale)


@router.get("/help/{locale}/{article_id:path}", response_class=HTMLResponse)
async def article_page(
    request: Request, locale: str, article_id: str, copilot: Copilot, helped: Literal["yes", "no", ""] = ""
) -> Response:
    """An article as a page, where a passage's link leads to. Another language is offered where this one has none."""
    catalog = copilot.catalog
    if locale not in catalog.languages:
        raise NotFound("there is no such article", code="article_not_found")
    article = copilot.help_center.article(article_id, locale)
    found = {each: copilot.help_center.article(article_id, each) for each in catalog.languages}
    translations = {language: article_address(each, language) for language, each in found.items() if each is not None}
    addresses = {each: f"/help/{each}/{quote(article_id)}" for each in catalog.languages}
    if article is None:
        return await _missing(request, copilot, locale, addresses, translations)
    wording = catalog.wording(locale)
    names = {kind: wording.text(f"web.help.callout_{kind}") for kind in CALLOUTS}
    shown = reading(copilot.help_center.render(article), names, wording.text("web.help.picture"))
    crumbs = [Crumb(_said(copilot, locale, "home"), home_address(locale))]
    for collection in _collections(copilot, locale):
        if any(each.id == article.id for each in collection.articles):
            crumbs.append(Crumb(collection.title, collection_address(collection.id, locale)))
    return await _page(
        request,
        copilot,
        "article.html",
        locale,
        title=article.title,
        addresses={**addresses, **translations},
        alternates=translations,
        canonical=article.url if article.url.startswith("https://") else translations.get(locale, addresses[locale]),
        summary=article.description or shown.summary,
        crumbs=crumbs,
        article=article,
        reading=shown,
        # As safe as what the renderer let through.
        body=Markup(shown.html),  # noqa: S704
        related=[(each.title, article_address(each, locale)) for each in await copilot.help_center.related(article)],
        helped=helped,
    )


async def _home(request: Request, copilot: Services, language: str) -> HTMLResponse:
    addresses = {each: home_address(each) for each in copilot.catalog.languages}
    return await _page(
        request,
        copilot,
        "help.html",
        language,
        title=_said(copilot, language, "page_title"),
        summary=_said(copilot, language, "summary"),
        addresses=addresses,
        everywhere="/help",
        collections=_collections(copilot, language),
        link=article_address,
        collection_link=lambda each: collection_address(each.id, language),
    )


async def _missing(
    request: Request,
    copilot: Services,
    language: str,
    addresses: Mapping[str, str],
    translations: Mapping[str, str],
) -> HTMLResponse:
    """Not there in this language: where it is, and the search."""
    offered = [
        (each, copilot.catalog.label("languages", each, each), address) for each, address in translations.items()
    ]
    return await _page(
        request,
        copilot,
        "help_missing.html",
        language,
        status=404,
        title=_said(copilot, language, "missing_title"),
        addresses=addresses,
        indexed=False,
        offered=offered,
    )


async def _page(
    request: Request,
    copilot: Services,
    template: str,
    language: str,
    *,
    addresses: Mapping[str, str],
    status: int = 200,
    indexed: bool = True,
    alternates: Mapping[str, str] | None = None,
    canonical: str | None = None,
    everywhere: str | None = None,
    crumbs: Sequence[Crumb] = (),
    summary: str = "",
    **values: object,
) -> HTMLResponse:
    """A page with what all of them have. `alternates`: where a search engine finds its translations (default: `addresses`);
    `everywhere`: the address that chooses the language by itself."""
    base = copilot.settings.public_url.rstrip("/")
    found = addresses if alternates is None else alternates
    own = canonical or addresses[language]
    return render_page(
        request,
        copilot.catalog,
        template,
        language,
        addresses=addresses,
        status=status,
        indexed=indexed,
        canonical=own if own.startswith("https://") else base + own,
        alternates=[(each, base + address) for each, address in found.items()] if len(found) > 1 else [],
        everywhere=base + everywhere if everywhere else None,
        crumbs=crumbs,
        summary=summary,
        home=home_address(language),
        support=f"/help/support?lang={language}",
        face=template,
        notices=await banner(copilot, language),
        **values,
    )


def _collections(copilot: Services, language: str) -> list[Collection]:
    """None while there is no index: search and support are there all the same."""
    try:
        articles = copilot.help_center.articles(language)
    except Unavailable:
        return []
    return arrange(articles, read_plan(copilot.settings.data), copilot.catalog, language)


def collection_address(collection_id: str, language: str) -> str:
    return f"/help/collections/{quote(collection_id, safe='')}?lang={language}"


def _switched(path: str, copilot: Services, query: Mapping[str, str] | None = None) -> dict[str, str]:
    """The same page in every language, by ``?lang=``."""
    return {each: f"{path}?{urlencode({**(query or {}), 'lang': each})}" for each in copilot.catalog.languages}


def _said(copilot: Services, language: str, key: str) -> str:
    return copilot.catalog.wording(language).text(f"web.help.{key}")
