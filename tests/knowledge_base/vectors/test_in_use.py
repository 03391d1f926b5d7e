"""A help center whose vectors are in PostgreSQL: the same answers, one setting apart."""

from __future__ import annotations

import functools
from pathlib import Path

import psycopg
import pytest

from api.errors import Unavailable
from api.help_center.index import HelpCenter
from knowledge_base import IndexDamaged, KnowledgeBase, VectorStoreUnusable, build_index
from knowledge_base.publishing import read_verified
from tests.knowledge_base.conftest import WordHashing, write, write_help_center

QUESTIONS = (("forgot my password", "en"), ("cname at your registrar", "en"), ("refund an order", "en"))


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """The articles of one language: quicker to index."""
    return write_help_center(tmp_path / "few", ("en",))


def test_the_same_help_center_answers_alike_from_files_and_from_postgresql(
    few: Path, tmp_path: Path, encoder: WordHashing, vectors_database: str
) -> None:
    answers = []
    for store, folder in (("faiss", "files"), (vectors_database, "remote")):
        report = build_index(few, tmp_path / folder / "index", embedder=encoder, store=store)
        assert not report.unchanged
        assert build_index(few, tmp_path / folder / "index", embedder=encoder, store=store).unchanged
        opened = KnowledgeBase.open(tmp_path / folder / "index", embedder=encoder, store=store)
        found = [opened.search(text, language=language) for text, language in QUESTIONS]
        answers.append([(each.confident, [hit.article_id for hit in each.hits]) for each in found])
    assert answers[0] == answers[1]
    assert [hits[0] for _, hits in answers[0]] == ["reset-password", "connect-domain", "refund-order"]
    _, files = read_verified(tmp_path / "remote" / "index")
    assert any(name.endswith(".pgvector.json") for name in files)
    assert not any(name.endswith(".faiss") for name in files)


def test_vectors_that_went_from_the_server_make_the_index_damaged_until_it_is_built_again(
    few: Path, tmp_path: Path, encoder: WordHashing, vectors_database: str
) -> None:
    index = tmp_path / "index"
    write(few, "en/gift-cards.md", "---\ntitle: Gift cards\n---\nSell gift cards in every shop.\n")
    build_index(few, index, embedder=encoder, store=vectors_database)
    with pytest.raises(VectorStoreUnusable, match="COPILOT_KB__VECTORS"):
        KnowledgeBase.open(index, embedder=encoder)
    with psycopg.connect(vectors_database, autocommit=True) as server:
        server.execute("DROP SCHEMA copilot_vectors CASCADE")
    with pytest.raises(IndexDamaged, match="PostgreSQL no longer has"):
        KnowledgeBase.open(index, embedder=encoder, store=vectors_database)
    assert not build_index(few, index, embedder=encoder, store=vectors_database).unchanged
    opened = KnowledgeBase.open(index, embedder=encoder, store=vectors_database)
    assert opened.search("gift cards", language="en").hits[0].article_id == "gift-cards"


async def test_while_the_server_is_away_the_api_says_so_and_goes_on_afterwards(
    few: Path, tmp_path: Path, encoder: WordHashing, vectors_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge_base.vectors.connections import Connections, connections

    index = tmp_path / "index"
    build_index(few, index, embedder=encoder, store=vectors_database)
    served = HelpCenter(index, functools.partial(KnowledgeBase.open, embedder=encoder, store=vectors_database))
    served.open()
    assert (await served.search("cname at your registrar", language="en")).hits

    def away(_: Connections) -> None:
        raise psycopg.OperationalError("connection refused")

    connections(vectors_database).close()
    with monkeypatch.context() as patched:
        patched.setattr(Connections, "_connect", away)
        with pytest.raises(Unavailable):
            await served.search("refund an order", language="en", all_languages=True)
        fresh = HelpCenter(index, functools.partial(KnowledgeBase.open, embedder=encoder, store=vectors_database))
        fresh.open()
        assert not fresh.serving
        assert "does not answer" in (fresh.problem or "")
    fresh.open()
    assert fresh.problem is None
    for each in (served, fresh):
        assert (await each.search("refund an order", language="en", all_languages=True)).hits
        each.close()
