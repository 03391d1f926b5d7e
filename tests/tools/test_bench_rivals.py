"""The searches that ours is compared with, each real and each found to work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBase, build_index
from knowledge_base.queries import LabelledQuery
from tests.knowledge_base.conftest import WordHashing, use_quick_encoder, write, write_help_center
from tools.bench import alone, corpora
from tools.bench.corpora import IMPORTED, HelpCenter, help_centers
from tools.bench.full_text import Document, FullText, PostgresFullText, SqliteFullText, postgres, words
from tools.bench.processes import BenchError
from tools.bench.rivals import compare

DOCUMENTS = [
    Document("refunds", "es", "Reembolsar un pedido", "Pagos", "Elige el monto que devuelves y guarda."),
    Document("domains", "es", "Conectar tu dominio", "Registros", "Agrega un CNAME; los pedidos siguen andando."),
    Document("refunds", "en", "Refund an order", "Payments", "Choose the amount to give back."),
    Document("domains", "en", "Connect your domain", "Records", "Add a CNAME record; orders keep coming in."),
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full_text(request: pytest.FixtureRequest) -> Iterator[FullText]:
    if request.param == "sqlite":
        made = SqliteFullText(DOCUMENTS)
        yield made
        made.close()
        return
    with postgres() as connection:
        yield PostgresFullText(DOCUMENTS, connection)


@pytest.mark.parametrize(
    ("query", "locale", "first"),
    [
        ("¿Cómo reembolso un PEDIDO?", "es", "refunds"),
        ("dominio", "es", "domains"),
        ("cname", "en", "domains"),
        ("refunding orders", "en", "refunds"),
        ('"; DROP TABLE articles_en; -- domain', "en", "domains"),
        ("domain AND NOT (CNAME* OR", "en", "domains"),
    ],
)
def test_full_text_finds_an_article_by_any_of_the_words(
    full_text: FullText, query: str, locale: str, first: str
) -> None:
    found = full_text.search(query, locale, 5)
    assert found.article_ids[0] == first
    assert found.score > 0


def test_full_text_finds_nothing_for_nothing(full_text: FullText) -> None:
    for query in ("", "?!", "zebra"):
        assert full_text.search(query, "es", 5).article_ids == ()


def test_small_words_are_left_out_unless_there_are_no_others() -> None:
    assert words("¿Cómo conecto mi dominio?", "es") == ["conecto", "dominio"]
    assert words("the", "en") == ["the"]


def test_every_side_answers_the_same_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_quick_encoder(monkeypatch)
    monkeypatch.setattr(alone, "MiniLM", lambda **_settings: WordHashing())
    build_index(write_help_center(tmp_path / "articles"), tmp_path / "index")
    queries = [
        LabelledQuery(id="1", locale="es", query="exportar reportes", relevant=("export-reports",), overlap_head=0.1),
        LabelledQuery(id="2", locale="en", query="shipping rates by weight", relevant=("shipping-rates",)),
        LabelledQuery(id="3", locale="pt", query="zebras", relevant=()),
    ]
    found = compare("tiny", KnowledgeBase.open(tmp_path / "index"), queries)
    assert [each.name for each in found.sides] == ["whole", "bm25", "minilm-faiss", "rrf", "sqlite-fts5", "postgresql"]
    assert (found.articles, found.questions) == (15, 3)
    for side in found.sides:
        assert side.all.questions == 2
        assert side.all.recall_at_5 == 1.0, side.name
        assert side.p95 >= side.p50 > 0
        assert (side.gains is None) == (side.name == "whole")
        assert side.few_shared is not None
        assert side.few_shared.questions == 1


@pytest.mark.parametrize("kind", ["markdown", "jsonl"])
def test_an_article_is_changed_and_changed_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(corpora, "WORK", tmp_path / "work")
    if kind == "markdown":
        source = write_help_center(tmp_path / "articles")
    else:
        lines = [
            {"id": str(at), "locale": "es", "title": "Título", "body": "Texto con tildes: ñandú."} for at in range(5)
        ]
        write(tmp_path, "articles/es.jsonl", "\n".join(json.dumps(each, ensure_ascii=False) for each in lines) + "\n")
        source = tmp_path / "articles"
    write(tmp_path, "questions/a.jsonl", '{"id": "1", "query": "a", "locale": "es", "relevant": ["0"]}')
    write(tmp_path, "questions/b.jsonl", '{"id": "2", "query": "b", "locale": "en", "relevant": ["0"]}\n')
    center = HelpCenter("tiny", source, tmp_path / "questions")
    center.prepare()

    def texts() -> dict[str, str]:
        return {str(each): each.read_text(encoding="utf-8") for each in sorted(center.copy.rglob("*.*"))}

    before = texts()
    center.change_one()
    assert sum(before[name] != text for name, text in texts().items()) == 1
    center.change_one()
    assert {name: text.strip() for name, text in texts().items()} == {
        name: text.strip() for name, text in before.items()
    }
    assert [each.id for each in center.questions()] == ["1", "2"]
    foreign = center.foreign("en")
    assert foreign is not None
    assert json.loads(foreign.read_text(encoding="utf-8"))["id"] == "1"


def test_corpora_are_named_with_their_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_BENCH_CORPUS", "/one:/two")
    monkeypatch.setenv("COPILOT_BENCH_QUERIES", "/one.jsonl:/two.jsonl")
    assert [each.name for each in help_centers()][1:] == [IMPORTED, f"{IMPORTED} 2"]
    monkeypatch.setenv("COPILOT_BENCH_QUERIES", "/one.jsonl")
    with pytest.raises(BenchError, match="equally many"):
        help_centers()
