from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from knowledge_base.cli import app
from tests.knowledge_base.conftest import use_quick_encoder, write, write_help_center


@pytest.fixture(autouse=True)
def _quick_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    use_quick_encoder(monkeypatch)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the articles and their index, as the command makes it."""
    folder = tmp_path_factory.mktemp("built")
    source = write_help_center(folder / "articles")
    write(source, "es/roto.md", "---\ntitle: [x\n---\nTexto.\n")
    with pytest.MonkeyPatch.context() as patched:
        use_quick_encoder(patched)
        result = CliRunner().invoke(app, ["build", "--source", str(source), "--index", str(folder / "index"), "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["articles"], told["passages"]) == (15, 15)
    assert told["locales"]["es"] == {"articles": 5, "passages": 5}
    assert [each["place"].split(":")[0] for each in told["skipped"]] == ["es/roto.md"]
    return folder


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    """A copy of the index, with the articles beside it."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path / "index"


QUERIES = [
    {"id": "q1", "locale": "es", "query": "exportar reportes", "relevant": ["export-reports"], "kind": "keyword"},
    {"id": "q2", "locale": "pt", "query": "definir frete por peso", "relevant": ["shipping-rates"], "kind": "keyword"},
    {"id": "q3", "locale": "en", "query": "zebras and giraffes", "relevant": [], "kind": "unanswerable"},
]


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    return write(tmp_path, "queries.jsonl", "\n".join(json.dumps(each) for each in QUERIES) + "\n\n")


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def test_search_writes_one_json_object(index: Path) -> None:
    found = json.loads(run("search", "--index", index, "--language", "es", "--json", "conectar mi dominio"))
    assert found["passages"][0]["article_id"] == "connect-domain"
    assert set(found["passages"][0]) == {"article_id", "title", "heading", "url", "locale", "snippet", "score"}
    assert 0 <= found["confidence"] <= 1
    assert isinstance(found["confident"], bool)


def test_search_shows_a_person_titles_and_links(index: Path) -> None:
    assert "/help/es/connect-domain" in run("search", "--index", index, "--language", "es", "conectar mi dominio")


@pytest.mark.parametrize("everywhere", [[], ["--all-languages"]])
def test_batch_search_writes_a_line_a_question_best_first(index: Path, queries: Path, everywhere: list[str]) -> None:
    lines = run("search", "--index", index, "--queries", queries, "--json", "--limit", 4, *everywhere).splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["id"] for each in found] == ["q1", "q2", "q3"]
    assert [each["passages"][0]["article_id"] for each in found[:2]] == ["export-reports", "shipping-rates"]
    for each in found:
        scores = [passage["score"] for passage in each["passages"]]
        assert len(scores) <= 4
        assert scores == sorted(scores, reverse=True)


def test_batch_search_does_not_read_what_is_relevant(index: Path, queries: Path) -> None:
    blind = write(queries.parent, "blind.jsonl", "\n".join(json.dumps({**each, "relevant": []}) for each in QUERIES))
    asked = ("search", "--index", index, "--json", "--queries")
    assert run(*asked, queries) == run(*asked, blind)


def test_evaluate_measures_recall_and_answers_side_by_side(index: Path, queries: Path) -> None:
    told = json.loads(run("evaluate", "--index", index, "--queries", queries, "--json", "--compare"))
    figures = {key: value for key, value in told["all"].items() if not key.endswith("_interval")}
    assert figures == {"questions": 2, "recall_at_1": 1, "recall_at_5": 1, "recall_at_10": 1, "mrr": 1, "ndcg_at_10": 1}
    assert told["by_locale"]["en"]["questions"] == 0
    assert set(told["by_kind"]) == {"keyword"}
    assert told["answerability"]["unanswerable_answered"] == 0
    assert told["answerability"]["auroc"] == 1.0
    assert {"bm25", "glossed", "chars"} <= {each["name"] for each in told["rivals"]}
    low, high = told["rivals"][0]["fusion_gains"]["recall_at_5_interval"]
    assert low <= told["rivals"][0]["fusion_gains"]["recall_at_5"] <= high
    assert {each["articles_in"]: each["all"]["questions"] for each in told["across"]} == {"en": 2, "es": 1, "pt": 1}
    shown = run("evaluate", "--index", index, "--queries", queries, "--compare")
    assert "recall@5" in shown
    assert "other languages -> en" in shown


def test_evaluate_asks_the_articles_of_one_locale_only(index: Path, queries: Path) -> None:
    told = json.loads(run("evaluate", "--index", index, "--queries", queries, "--json", "--articles-in", "en"))
    assert told["articles_in"] == "en"
    assert told["across"] == []
    assert told["all"]["questions"] == 2
    message = run("evaluate", "--index", index, "--queries", queries, "--articles-in", "fr", code=2)
    assert "no article in fr" in message
    both = ("--articles-in", "en", "--all-languages")
    assert "either" in run("evaluate", "--index", index, "--queries", queries, *both, code=2)


def test_evaluate_plots_the_reliability(index: Path, queries: Path, tmp_path: Path) -> None:
    run("evaluate", "--index", index, "--queries", queries, "--no-across", "--plot", tmp_path / "plots/all.svg")
    assert (tmp_path / "plots/all.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_evaluate_learns_the_confidence_again_without_the_questions_that_it_judges(index: Path, tmp_path: Path) -> None:
    topics = [
        "exportar reportes",
        "conectar dominio",
        "reembolsar pedido",
        "restablecer contraseña",
        "tarifas de envío",
    ]
    ids = ["export-reports", "connect-domain", "refund-order", "reset-password", "shipping-rates"]
    labelled = [
        {"id": f"y{at}", "locale": "es", "query": f"{topics[at % 5]} {at}", "relevant": [ids[at % 5]]}
        for at in range(60)
    ] + [{"id": f"n{at}", "locale": "es", "query": f"jirafas y cebras {at}", "relevant": []} for at in range(30)]
    asked = write(tmp_path, "labelled.jsonl", "\n".join(json.dumps(each) for each in labelled))
    options = ("--queries", asked, "--no-across", "--cross-validate")
    told = json.loads(run("evaluate", "--index", index, *options, 3, "--json"))
    known = told["cross_validated"]
    assert (known["answerable"], known["unanswerable"]) == (60, 30)
    assert known["auroc"] > 0.9
    assert known != told["answerability"], "other models judged"
    assert "cannot be cross-validated" in run("evaluate", "--index", index, *options, 91, code=2)


def test_evaluate_sets_a_candidate_beside_the_index(index: Path, queries: Path, tmp_path: Path) -> None:
    smaller = tmp_path / "fewer"
    write_help_center(smaller, locales=("en", "es"))
    candidate = tmp_path / "candidate"
    run("build", "--source", smaller, "--index", candidate)
    (told,) = json.loads(
        run("evaluate", "--index", index, "--queries", queries, "--json", "--no-across", "--candidate", candidate)
    )["candidates"]
    assert told["index"] == str(candidate)
    assert told["by_locale"]["es"]["recall_at_1"] == 1.0
    assert told["gains"]["recall_at_1"] <= 0


def test_status_tells_what_is_indexed(index: Path) -> None:
    told = json.loads(run("status", "--index", index, "--json"))
    assert told["locales"]["pt"] == {"articles": 5, "passages": 5}
    assert len(told["skipped"]) == 1
    assert "pt: 5 articles" in run("status", "--index", index)


def test_labels_refine_the_confidence(tmp_path: Path) -> None:
    source = write_help_center(tmp_path / "articles")
    labelled = [{**QUERIES[0], "id": f"y{number}"} for number in range(30)]
    labelled += [
        {"id": f"n{number}", "locale": "es", "query": "jirafas y cebras", "relevant": []} for number in range(15)
    ]
    labels = write(tmp_path, "labels.jsonl", "\n".join(json.dumps(each) for each in labelled))
    run("build", "--source", source, "--index", tmp_path / "index", "--labels", labels)
    models = json.loads((tmp_path / "index/confidence.json").read_text())
    assert "45 labelled ones" in models["own"]["es"]["learnt_from"]


def test_errors_are_one_clear_line_with_an_exit_code(index: Path, tmp_path: Path) -> None:
    broken = write(tmp_path, "broken.jsonl", '{"id": "a", "query": "x"}\n{"id": 1}\n')
    for code, asked, told in (
        (2, ("build", "--source", tmp_path / "no", "--index", tmp_path / "i"), "does not exist"),
        (1, ("search", "--index", tmp_path / "no", "x"), "copilot kb build"),
        (1, ("status", "--index", tmp_path / "no"), "No help center index"),
        (2, ("search", "--index", index), "either a TEXT or --queries"),
        (2, ("search", "--index", index, "--queries", broken), "broken.jsonl:2"),
        (2, ("evaluate", "--index", index, "--queries", tmp_path / "none.jsonl"), "cannot be read"),
    ):
        message = run(*asked, code=code)
        assert told in message
        assert message.startswith("copilot kb: ")
        assert message.count("\n") == 1
