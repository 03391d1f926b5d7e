"""`copilot notices`: what staff type, what is published, who is mailed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.root import app
from api.database import Database
from api.identity.customers import customer_of_address
from api.notices.models import NoticeSubscription
from api.settings import load_settings

PUBLISH = (
    *(
        "notices",
        "publish",
        "--subcategory",
        "reports",
        "--title-es",
        "Los reportes tardan",
        "--title-en",
        "Slow reports",
    ),
    *(
        "--text-es",
        "Sabemos por qué.",
        "--text-en=We know why.",
        "--keywords-es",
        "exportar reportes, descargar reporte",
    ),
)


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_file: Path) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    (tmp_path / "copilot.db").write_bytes(migrated_file.read_bytes())


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == code, f"{done.output}\n{done.exception!r}"
    return done.stdout if code == 0 else done.stderr


def read(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def follow(notice_id: int, email: str, language: str) -> None:
    database = Database(load_settings().database.url)
    with database.write() as session:
        customer = customer_of_address(session, email)
        session.add(NoticeSubscription(notice_id=notice_id, email=email, language=language, customer_id=customer.id))
    database.close()


def test_a_notice_is_published_updated_resolved_and_listed() -> None:
    made = read(*PUBLISH, "--category", "incident")
    assert (made["state"], made["title"]["en"], made["subcategories"]) == ("open", "Slow reports", ["reports"])
    assert made["keywords"] == {"es": ["exportar reportes", "descargar reporte"]}
    assert made["missing"] == {"pt": "es"}
    number = str(made["id"])
    follow(made["id"], "ana@example.com", "es")
    run("notices", "update", number, "--text-es", "Ya va mejor.", "--state", "monitoring")
    again = run("notices", "update", number, "--text-es", "Ya va mejor.", "--state", "monitoring")
    assert again.startswith(f"Notice {number} was told so before.")
    assert [each["state"] for each in read("notices", "list")] == ["monitoring"]
    assert "mails written: 1" in run("notices", "resolve", number, "--text-es", "Resuelto.")
    [listed] = read("notices", "list", "--state", "resolved")
    assert [each["text"]["es"] for each in listed["updates"]] == ["Ya va mejor.", "Resuelto."]
    assert read("notices", "list", "--state", "open") == []
    mails = read("mail", "list", "--to", "ana@example.com")
    assert [mail["template"] for mail in mails] == ["notice_resolved", "notice_update"]
    assert mails[0]["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Los reportes tardan" in run("notices", "list")


def test_a_language_without_a_text_is_named_with_what_its_readers_get() -> None:
    assert "There is no text in pt: who reads pt gets the one in es." in run(*PUBLISH)
    said = run("notices", "update", "1", "--text-pt", "Já está melhor.")
    assert "There is no text in es: who reads es gets the one in pt." in said


def test_planned_work_may_stand_in_a_file_and_options_overrule_it(tmp_path: Path) -> None:
    file = tmp_path / "work.yml"
    file.write_text(
        """
kind: maintenance
title: {es: Mantenimiento, en: Maintenance}
text: {es: Los pagos paran una hora., en: Payments pause for an hour.}
keywords: {es: [pagos]}
topics: [payments]
planned_from: 2030-01-31T02:00:00+00:00
planned_until: 2030-01-31T03:00:00+00:00
""",
        encoding="utf-8",
    )
    made = read("notices", "publish", "--file", str(file), "--title-en", "Planned work", "--topic", "checkout")
    assert (made["kind"], made["title"]) == ("maintenance", {"es": "Mantenimiento", "en": "Planned work"})
    assert (made["topics"], made["planned_until"]) == (["checkout"], "2030-01-31T03:00:00Z")


def test_the_file_of_the_docs_can_be_published(tmp_path: Path) -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "notices.md"
    file = tmp_path / "notice.yml"
    file.write_text(page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    made = read("notices", "publish", "--file", str(file))
    assert (made["kind"], made["keywords"]["en"]) == ("maintenance", ["payments", "card*"])


def test_the_author_is_a_member_of_staff() -> None:
    run("users", "create", "--email", "lead@example.com", "--role", "lead")
    assert read(*PUBLISH, "--by", "Lead@example.com")["created_by"] == "lead@example.com"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("notices", "publish", "--title-fr", "Avis"), "--title-es"),
        (("notices", "publish", "--title-es"), "needs a text"),
        (("notices", "publish", "--title-es", "Aviso"), "text"),
        (("notices", "publish", "--file", "{bad}"), "line 3"),
        (("notices", "publish", "--file", "{list}"), "docs/notices.md"),
        ((*PUBLISH, "--topic", "nonsense"), "payments"),
        ((*PUBLISH, "--kind", "maintenance"), "planned_from"),
        ((*PUBLISH, "--planned-until", "soon"), "planned_until"),
        ((*PUBLISH, "--by", "nobody@example.com"), "copilot users list"),
        (("notices", "update", "9", "--text-es", "Nada"), "no notice 9"),
    ],
)
def test_a_refusal_is_one_line_with_the_cure(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("title: {es: Aviso}\ntext: {es\n", encoding="utf-8")
    (tmp_path / "list.yml").write_text("- title\n", encoding="utf-8")
    files = {"{bad}": str(tmp_path / "bad.yml"), "{list}": str(tmp_path / "list.yml")}
    message = run(*(files.get(each, each) for each in arguments), code=1)
    assert says in message
    assert message.count("\n") == 1
