"""Renders the pages: templates filled with the wording of one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.web.modules import static_file
from bot.catalog import Catalog

TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True)
class PageText:
    """The wording of one language of the pages: ``t('shop.headline')`` in a template."""

    catalog: Catalog
    language: str

    def __call__(self, key: str, **values: str | int) -> str:
        return self.catalog.wording(self.language).text(f"web.{key}", **values)


@dataclass(frozen=True)
class LanguageLink:
    """The same page in another language; `label` is the language's own name for itself."""

    id: str
    label: str
    url: str


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset
    return environment


def asset(path: str) -> str:
    """The address of a static file, with a part that changes when the file does."""
    found = static_file(path)
    if found is None:
        raise LookupError(f"api/web/static/{path} does not exist: add it, or mend the template that asks for it")
    return f"/widget/{path}?v={found.etag.strip(chr(34))[:10]}"


def page_language(request: Request, catalog: Catalog) -> str:
    """``?lang=``, else the first language of the browser that the deployment speaks, else its default."""
    wanted = [request.query_params.get("lang", "")]
    wanted += [part.partition(";")[0] for part in request.headers.get("accept-language", "")[:500].split(",")]
    for tag in wanted:
        primary = tag.strip().lower().replace("_", "-").partition("-")[0]
        if primary in catalog.languages:
            return primary
    return catalog.default_language


def render_page(
    request: Request,
    catalog: Catalog,
    template: str,
    language: str | None = None,
    *,
    addresses: Mapping[str, str] | None = None,
    status: int = 200,
    **values: object,
) -> HTMLResponse:
    """A page in its language, with links to itself in every other language of the catalog.

    `addresses`: where it is in each language, for pages that ``?lang=`` does not switch.
    """
    spoken = language or page_language(request, catalog)
    links = [
        LanguageLink(
            id,
            catalog.label("languages", id, id),
            addresses[id]
            if addresses
            else str(request.url.include_query_params(lang=id).replace(scheme="", netloc="")),
        )
        for id in catalog.languages
    ]
    html = (
        _environment()
        .get_template(template)
        .render(t=PageText(catalog, spoken), language=spoken, languages=links, **values)
    )
    return HTMLResponse(html, status, headers={"Content-Language": spoken, "Vary": "Accept-Language"})
