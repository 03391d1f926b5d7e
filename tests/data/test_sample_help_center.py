"""The sample help center covers the whole support process, in every language, and the search finds its way in it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from bot.catalog import Catalog
from knowledge_base import KnowledgeBase
from tests.support.stack import KEPT, ROOT, Stack

ARTICLES = ROOT / "data" / "help_center"
LANGUAGES = ("es", "en", "pt")

# Which article answers for which subcategory (the same one may stand in several categories).
COVERED_BY = {
    "version_upgrades": "upgrade-platform-version",
    "administration": "manage-company-data",
    "concurrency_notices": "concurrency-notices",
    "cancellations": "cancel-a-service",
    "training": "request-training",
    "development": "request-custom-development",
    "domains": "connect-your-domain",
    "graphics": "change-logo-and-colors",
    "new_services": "contract-new-services",
    "complaint": "file-a-complaint",
    "security": "two-step-verification",
    "customer_portal": "customer-portal-access",
    "bulk_actions": "bulk-edit-products",
    "authentication": "recover-password-and-locked-user",
    "configuration": "configure-shipping",
    "language": "store-language-and-currency",
    "integrations": "connect-an-erp",
    "slowness": "slow-store-or-panel",
    "error_message": "error-codes",
    "notifications": "notification-settings",
    "plugins": "install-and-update-plugins",
    "records": "activity-log",
    "reports": "create-and-schedule-reports",
    "roles": "roles-and-permissions",
    "other": "open-a-support-ticket",
}


def articles(language: str) -> dict[str, str]:
    """Slug -> text of every article in a language."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in (ARTICLES / language).rglob("*.md")}
    assert found, f"no articles in {ARTICLES / language}"
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_at_least_36_articles(language: str) -> None:
    assert len(articles(language)) >= 36


def test_every_article_is_there_in_every_language() -> None:
    assert set(articles("es")) == set(articles("en")) == set(articles("pt"))


def test_every_subcategory_of_every_category_has_an_article() -> None:
    catalog = Catalog.load(ROOT / "data")
    wanted = {subcategory for category in catalog.categories for subcategory in category.subcategories}
    assert wanted == set(COVERED_BY)
    assert set(COVERED_BY.values()) | {"platform-down", "linkedin-alliance"} <= set(articles("es"))


def shingles(text: str, size: int = 8) -> set[tuple[str, ...]]:
    body = text.split("---", 2)[2]
    words = re.findall(r"\w+", body.lower())
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_articles_say_the_same(language: str) -> None:
    """At most 30 % of the word 8-grams of the shorter one."""
    found = {slug: shingles(text) for slug, text in articles(language).items()}
    alike = [
        (first, second)
        for (first, one), (second, other) in combinations(found.items(), 2)
        if len(one & other) > 0.3 * min(len(one), len(other))
    ]
    assert alike == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_articles_have_the_variety_of_real_ones(language: str) -> None:
    everything = "\n".join(articles(language).values())
    for mark in (
        r"(?m)^1\. ",
        r"(?m)^\|",
        r"(?m)^> ?ℹ️",
        r"(?m)^```",
        r"!\[[^\]]+\]\(",
        r"\]\((\.\./|/)",
        r"<div class=",
    ):
        assert re.search(mark, everything), mark


def questions() -> list[dict[str, Any]]:
    lines = (ROOT / "data" / "evaluation" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_there_are_sixty_questions_and_twenty_near_misses_a_language() -> None:
    counted: dict[tuple[str, bool], int] = defaultdict(int)
    for question in questions():
        counted[question["locale"], bool(question["relevant"])] += 1
    assert counted == {
        (language, answerable): 60 if answerable else 20 for language in LANGUAGES for answerable in (True, False)
    }


def test_the_labels_name_articles_that_exist() -> None:
    known = set(articles("es"))
    assert [question["id"] for question in questions() if not set(question["relevant"]) <= known] == []


@pytest.mark.processes
@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_in_ten_questions_find_their_article_and_no_near_miss_is_answered(stack: Stack, language: str) -> None:
    knowledge_base = KnowledgeBase.open(Path(KEPT / "index"))
    found, asked, answered_wrongly = 0, 0, []
    for question in questions():
        if question["locale"] != language:
            continue
        result = knowledge_base.search(question["query"], language=language, limit=5)
        if question["relevant"]:
            asked += 1
            found += bool({hit.article_id for hit in result.hits} & set(question["relevant"]))
        elif result.confident:
            answered_wrongly.append(question["id"])
    assert found / asked >= 0.9
    assert answered_wrongly == []
