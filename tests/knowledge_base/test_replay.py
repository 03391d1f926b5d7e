from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from knowledge_base import KnowledgeBase, build_index
from knowledge_base.cli import make_app
from knowledge_base.queries import LabelledQuery
from knowledge_base.replay import ChangeKind, PastQuestion, Replay, past_questions, replay
from knowledge_base.results import SearchResult
from tests.knowledge_base.conftest import WordHashing, use_quick_encoder, write, write_help_center

NEW = (
    "---\ntitle: 'Restablecer tu contraseña con un código'\nslugEN: reset-by-code\nlocale: es\n---\n\nPide un código.\n"
)


@pytest.fixture(scope="module")
def built_candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny help center without its article about reports and with another one about passwords."""
    folder = tmp_path_factory.mktemp("candidate")
    source = write_help_center(folder / "newer")
    for locale in ("en", "es", "pt"):
        (source / locale / "export-reports.md").unlink()
    write(source, "es/reset-by-code.md", NEW)
    build_index(source, folder / "candidate", embedder=WordHashing())
    return folder / "candidate"


@pytest.fixture
def candidate(built_candidate: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built_candidate, tmp_path / "candidate"))


class Decided(KnowledgeBase):
    """An opened index that answers everything, or nothing."""

    answers: bool

    @classmethod
    def of(cls, base: KnowledgeBase, answers: bool) -> Decided:
        made = cls.__new__(cls)
        made.__dict__.update(base.__dict__, answers=answers)
        return made

    def search(self, *arguments: Any, **options: Any) -> SearchResult:
        found = super().search(*arguments, **options)
        return dataclasses.replace(found, confident=self.answers, decision="answer" if self.answers else "person")


QUESTIONS = [
    PastQuestion(id="reports", query="exportar reportes de ventas", locale="es", times=3, relevant=("export-reports",)),
    PastQuestion(id="code", query="restablecer contraseña con un código", locale="es", relevant=("reset-by-code",)),
    PastQuestion(id="refund", query="reembolsar un pedido", locale="es"),
]


@pytest.fixture
def replayed(base: KnowledgeBase, candidate: Path, encoder: WordHashing) -> Replay:
    return replay(base, KnowledgeBase.open(candidate, embedder=encoder), QUESTIONS)


def test_a_deleted_article_is_named_with_the_question_that_loses_it(replayed: Replay) -> None:
    lost = next(change for change in replayed.changes if change.id == "reports")
    assert ChangeKind.OTHER_FIRST in lost.kinds
    assert lost.before.articles[0].article_id == "export-reports"
    assert "export-reports" not in {each.article_id for each in lost.after.articles}
    gone = next(each for each in replayed.disappeared if each.article_id == "export-reports")
    assert (gone.locale, gone.title) == ("es", "Exportar reportes de ventas")


def test_a_new_article_is_named_with_the_question_that_it_answers(replayed: Replay) -> None:
    won = next(change for change in replayed.changes if change.id == "code")
    assert won.after.articles[0].article_id == "reset-by-code"
    assert "reset-by-code" in {each.article_id for each in replayed.appeared}


def test_counts_add_up(replayed: Replay) -> None:
    assert (replayed.questions, replayed.asked) == (3, 5)
    assert replayed.unchanged + len(replayed.changes) == 3
    assert replayed.answered_after - replayed.answered_before == replayed.newly_answered - replayed.no_longer_answered
    assert (replayed.right_before, replayed.right_after) == (1, 1)


def test_an_index_changes_nothing_against_itself(base: KnowledgeBase) -> None:
    found = replay(base, base, QUESTIONS)
    assert (found.unchanged, found.changes, found.appeared, found.disappeared) == (3, [], [], [])
    assert replay(base, base, QUESTIONS[2:]).right_before is None


def test_what_loses_its_answer_comes_first(base: KnowledgeBase) -> None:
    """An index that is sure of everything against one that never is."""
    sure, unsure = Decided.of(base, True), Decided.of(base, False)
    found = replay(sure, unsure, QUESTIONS[::-1])
    assert (found.no_longer_answered, found.answered_after) == (3, 0)
    assert {change.kinds for change in found.changes} == {(ChangeKind.NO_LONGER_ANSWERED,)}
    assert found.changes[0].id == "reports", "asked most"
    back = replay(unsure, sure, QUESTIONS)
    assert (back.newly_answered, back.no_longer_answered) == (3, 0)


def test_questions_that_differ_in_case_accents_or_spaces_are_one() -> None:
    asked = [
        LabelledQuery(id="1", query="¿Cómo  exporto?", locale="es"),
        LabelledQuery(id="2", query="¿como exporto?", locale="es", relevant=("a",)),
        LabelledQuery(id="3", query="¿como exporto?", locale="pt"),
    ]
    first, other = past_questions(asked)
    assert (first.id, first.times, first.relevant) == ("1", 2, ("a",))
    assert (other.locale, other.times) == ("pt", 1)


class Asked:
    """Customers who asked two things."""

    def labels(self, index: Path, given: Path | None) -> Path | None:
        return given

    def asked(self, newest: int) -> list[LabelledQuery]:
        return [LabelledQuery(id=str(at), query="exportar reportes [red]x[/red]", locale="es") for at in range(2)][
            :newest
        ]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    use_quick_encoder(monkeypatch)


@pytest.mark.usefixtures("quick", "base")
def test_the_command_reads_files_and_conversations(tmp_path: Path, candidate: Path) -> None:
    queries = write(
        tmp_path, "q.jsonl", json.dumps({"id": "a", "query": "reembolsar un pedido", "locale": "es"}) + "\n"
    )
    asked = ["replay", "--index", str(tmp_path / "index"), "--candidate", str(candidate)]
    app = make_app(Asked())

    def run(*more: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, [*asked, *more])
        assert result.exit_code == code, result.output
        return result.stdout if code in (0, 3) else result.stderr

    told = json.loads(run("--queries", str(queries), "--from-conversations", "9", "--json"))
    assert (told["questions"], told["asked"]) == (2, 3)
    assert any(change["query"].startswith("exportar reportes") for change in told["changes"])
    shown = run("--from-conversations", "1")
    assert "exportar reportes [red]x[/red]" in shown, "a question is no markup"
    assert "Articles that disappear" in shown
    assert "give --queries FILE" in run(code=2)


def test_the_command_fails_where_too_many_lose_their_answer(
    tmp_path: Path, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = {"id": "a", "query": "reembolsar un pedido", "locale": "es"}
    queries = write(tmp_path, "q.jsonl", json.dumps(line) + "\n")
    monkeypatch.setattr(KnowledgeBase, "open", lambda folder, **_options: Decided.of(base, folder.name == "index"))
    asked = ["replay", "--index", "index", "--candidate", "unsure", "--queries", str(queries), "--json"]
    for limit, code in (([], 0), (["--fail-if-lost", "1"], 3), (["--fail-if-lost", "2"], 0)):
        result = CliRunner().invoke(make_app(), [*asked, *limit])
        assert result.exit_code == code, result.output
        assert json.loads(result.stdout)["no_longer_answered"] == 1
    without = CliRunner().invoke(make_app(), [*asked[:5], "--from-conversations", "5"])
    assert without.exit_code == 2
    assert "copilot's database" in without.stderr
