"""The commands that work on the database: users, tokens, widget-keys, mail, tickets, metrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.root import app
from api.database import Database
from api.identity import accounts
from api.identity.customer_accounts import read_link
from api.notifications.mail import MailDraft, enqueue_mail
from api.settings import load_settings
from api.tickets.models import Ticket
from bot.catalog import load_catalog


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))


def run(*arguments: str, typed: str | None = None, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(arguments), input=typed)
    assert done.exit_code == code, f"{done.output}\n{done.exception!r}"
    return done.stdout if code == 0 else done.stderr


def read(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def database() -> Database:
    return Database(load_settings().database.url)


def test_a_user_is_made_with_a_password_that_works_and_is_shown_once() -> None:
    made = read("users", "create", "--email", "Lead@Example.com", "--role", "lead", "--name", "Leo")
    with database().read() as session:
        assert accounts.find_staff(session, "lead@example.com", made["password"]) is not None
    listed = read("users", "list")
    assert [(each["email"], each["role"], each["name"]) for each in listed] == [("lead@example.com", "lead", "Leo")]
    assert made["password"] not in json.dumps(listed)
    assert "lead@example.com" in run("users", "list")


def test_a_customer_is_invited_with_a_link_that_works() -> None:
    invite = ("customers", "invite", "--email", "Ana@Shop.example", "--account", "demo-shop", "--platform", "Norte")
    made = read(*invite, "--account-viewer")
    assert (made["email"], made["account_id"], made["account_viewer"]) == ("ana@shop.example", "demo-shop", True)
    token = made["link"].partition("#")[2]
    with database().read() as session:
        assert read_link(session, token).purpose == "invitation"
    again = run("customers", "invite", "--email", "ana@shop.example", "--language", "pt")
    assert "/portal/password?lang=pt#cpl_" in again
    assert read("mail", "list", "--to", "ana@shop.example")[0]["subject"].startswith("Seu acesso")
    run("customers", "invite", "--email", "nobody", code=1)


def test_a_password_may_come_from_standard_input() -> None:
    run(
        "users",
        "create",
        "--email",
        "ana@example.com",
        "--role",
        "customer",
        "--password-stdin",
        typed="my own long one\n",
    )
    with database().read() as session:
        assert accounts.find_customer(session, "ana@example.com", "my own long one") is not None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("users", "create", "--email", "nonsense", "--role", "agent"), "e-mail"),
        (("tokens", "create", "--email", "nobody@example.com"), "copilot users create"),
        (("tokens", "revoke", "9"), "copilot tokens list"),
        (("widget-keys", "create", "--origin", "nonsense"), "https://shop.example"),
        (("widget-keys", "revoke", "wk_none"), "copilot widget-keys list"),
        (("tickets", "show", "9"), "no ticket 9"),
        (("metrics", "deflection", "--from", "soon"), "2026-01-31"),
    ],
)
def test_a_refusal_is_one_line_with_the_cure(arguments: tuple[str, ...], says: str) -> None:
    message = run(*arguments, code=1)
    assert says in message
    assert message.count("\n") == 1


def test_tokens_are_made_listed_and_revoked() -> None:
    run("users", "create", "--email", "agent@example.com", "--role", "agent")
    token = read("tokens", "create", "--email", "agent@example.com", "--name", "crm")
    assert token["token"].startswith("cpt_")
    [listed] = read("tokens", "list")
    assert (listed["email"], listed["role"], listed["name"], listed["revoked_at"]) == (
        "agent@example.com",
        "agent",
        "crm",
        None,
    )
    assert token["token"] not in json.dumps(listed)
    run("tokens", "revoke", str(token["id"]))
    assert read("tokens", "list")[0]["revoked_at"] is not None


def test_widget_keys_are_made_listed_and_revoked() -> None:
    made = read("widget-keys", "create", "--origin", "https://Shop.example/", "--origin", "http://localhost:3000")
    assert made["origins"] == ["https://shop.example", "http://localhost:3000"]
    run("widget-keys", "revoke", made["key"])
    assert [each["active"] for each in read("widget-keys", "list")] == [False]


def test_kept_mail_is_shown_newest_first() -> None:
    run("users", "list")
    with database().write() as session:
        for code in ("111111", "222222"):
            values = {"code": code, "minutes": 10}
            enqueue_mail(session, load_catalog(), MailDraft("ana@example.com", "code", "en", values))
    mails = read("mail", "list", "--to", "Ana@Example.com")
    assert [mail["subject"].split()[-1] for mail in mails] == ["222222", "111111"]
    assert set(mails[0]) >= {"to", "subject", "text", "headers", "created_at"}
    assert read("mail", "list", "--to", "eva@example.com") == []
    assert "222222" in run("mail", "list")


def test_tickets_and_figures_are_shown() -> None:
    assert read("tickets", "list") == []
    with database().write() as session:
        session.add(
            Ticket(
                subject="Lento", description="Todo.", type="question", priority="low", language="es", via="api",
                category="incident", subcategory="slowness",
            )
        )  # fmt: skip
    assert [each["id"] for each in read("tickets", "list", "--status", "new")] == [1001]
    shown = read("tickets", "show", "1001")
    assert (shown["ticket"]["subject"], shown["comments"], shown["audits"]) == ("Lento", [], [])
    assert "slowness" in run("tickets", "list")
    assert "category: incident" in run("tickets", "show", "1001")
    assert read("metrics", "deflection")["conversations"] == 0
    assert "asked_for_help" in run("metrics", "deflection", "--from", "2026-01-01", "--to", "2026-01-31")
