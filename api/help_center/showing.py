"""What the help center's pages are filled with: addresses, results, and the ways to reach a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from api.help_center.collections import folder_of, read_plan, title_of
from api.services import Services
from bot.catalog import Catalog
from knowledge_base import Article, SearchHit
from knowledge_base.text import language_of

# So many subjects say what a support type is for; all of them are in its form.
SUBJECTS = 3


@dataclass(frozen=True, slots=True)
class Crumb:
    """A page above this one."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    """A result of the search. `excerpt` is safe HTML; `language` names another language than the page's."""

    title: str
    heading: str
    url: str
    section: str
    locale: str
    language: str
    excerpt: Markup


@dataclass(frozen=True, slots=True)
class Choice:
    """A support type as the support page offers it. `copilot`: it is talked about with the copilot, else by its form."""

    id: str
    label: str
    subjects: tuple[str, ...]
    url: str
    copilot: bool


def article_address(article: Article, language: str | None = None) -> str:
    """Where the article is read here, whatever address it has elsewhere."""
    return f"/help/{language or language_of(article.locale)}/{quote(article.id)}"


def home_address(language: str) -> str:
    return f"/help/{language}"


def form_address(support_type: str, language: str) -> str:
    """The portal's form for a support type."""
    return f"/portal/new?support_type={quote(support_type)}&lang={language}"


def found_of(copilot: Services, hits: Sequence[SearchHit], language: str) -> list[Found]:
    """The hits with their sections, each leading to its passage on our own page."""
    plan, catalog = read_plan(copilot.settings.data), copilot.catalog
    sections = {section: each.id for each in plan.collections for section in each.sections}
    found = []
    for hit in hits:
        article = copilot.help_center.article(hit.article_id, hit.locale)
        if article is None:  # the index was switched in between
            continue
        folder = folder_of(article)
        anchor = hit.url.partition("#")[2]
        found.append(
            Found(
                title=hit.title,
                heading=hit.heading if hit.heading != hit.title else "",
                url=article_address(article) + (f"#{anchor}" if anchor else ""),
                section=title_of(sections.get(folder, folder), catalog, language),
                locale=hit.locale,
                language=_other(catalog, hit.locale, language),
                excerpt=Markup(hit.excerpt_html),  # noqa: S704 - made safe by the knowledge base
            )
        )
    return found


def contact_choices(catalog: Catalog, language: str) -> list[Choice]:
    """The deployment's support types in its order. The first one is the copilot's own."""
    return [
        Choice(
            id=each.id,
            label=catalog.label("support_types", each.id, language),
            subjects=tuple(
                catalog.label("subjects", subject, language) for subject in catalog.subjects.get(each.id, ())[:SUBJECTS]
            ),
            url=form_address(each.id, language),
            copilot=number == 0,
        )
        for number, each in enumerate(catalog.support_types)
    ]


def _other(catalog: Catalog, locale: str, language: str) -> str:
    spoken = language_of(locale)
    if spoken == language:
        return ""
    return catalog.label("languages", spoken, language) if spoken in catalog.languages else locale
