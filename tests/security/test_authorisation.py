"""Who may do what, asked of every endpoint for real: the table is tests/security/authorisation.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.security.asking import FORM, Reply
from tests.security.endpoints import documented, undocumented
from tests.security.world import CANARY, World

TABLE = Path(__file__).with_name("authorisation.yml")
CALLERS = ("anonymous", "other", "customer", "agent", "lead", "admin", "expired", "revoked")
# Nobody of these may ever read a word of the customer whose objects are asked for.
STRANGERS = ("anonymous", "other", "expired", "revoked")
BOUNDARY = "boundary"
FILE = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    f"hello\r\n--{BOUNDARY}--\r\n"
).encode()


@cache
def table() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return loaded


def filled(world: World, value: Any) -> Any:
    """With the real ids in the place of their names."""
    if isinstance(value, str):
        return world.id(value[1:]) if value.startswith("=") else re.sub(r"\{(\w+)\}", world.named, value)
    if isinstance(value, dict):
        return {key: filled(world, each) for key, each in value.items()}
    return [filled(world, each) for each in value] if isinstance(value, list) else value


def asked(world: World, operation: str, row: Mapping[str, Any], caller: str) -> Reply:
    method, path = operation.split()
    given = filled(world, row.get("with") or {})
    target = re.sub(r"\{(\w+)\}", lambda found: str(given.get(found[1], world.ids.get(found[1]))), path)
    options: dict[str, Any] = {"query": filled(world, row.get("query") or {})}
    if "form" in row:
        options |= {"body": filled(world, row["form"]), "kind": FORM}
    elif "json" in row:
        options |= {"body": filled(world, row["json"])}
    elif "file" in row and path.endswith("/uploads"):
        options |= {"body": b"hello", "kind": "application/octet-stream"}
    elif "file" in row:
        options |= {"body": FILE, "kind": f"multipart/form-data; boundary={BOUNDARY}"}
    return world.ask(method, target, headers=world.headers(caller, row.get("as")), **options)


def outcome(reply: Reply, row: Mapping[str, Any]) -> str:
    """`ok`, `door` or the status."""
    if reply.status == 200 and 'action="/leads/sign-in?' in reply.text:
        return "door"
    if reply.status == row.get("answers") or reply.status < 400:
        return "ok"
    return str(reply.status)


def wrong(world: World, operation: str, row: Mapping[str, Any]) -> Iterator[str]:
    expected = {caller: str(each) for caller, each in table()["patterns"][row["for"]].items()}
    for caller in CALLERS:
        reply = asked(world, operation, row, caller)
        got = outcome(reply, row)
        if got != expected[caller]:
            yield f"{operation} by {caller}: {got} instead of {expected[caller]}: {reply.text[:200]}"
        if caller in STRANGERS and row.get("reads") != "link" and CANARY in reply.text:
            yield f"{operation} shows {caller} the words of another customer: {reply.text[:200]}"
        if world.changed():
            if got not in ("ok", "door"):
                yield f"{operation} by {caller} was refused with {got}, and wrote all the same"
            world.restore()


def test_every_endpoint_has_a_row_and_every_row_an_endpoint(world: World) -> None:
    endpoints = documented(world.rest.app) | undocumented(world.rest.app)
    rows = set(table()["endpoints"])
    missing = "\n".join(f"  {each}: {{for: agents}}" for each in sorted(endpoints - rows))
    assert endpoints <= rows, f"say who may use these, in {TABLE.name} (pattern `agents` is an example):\n{missing}"
    assert rows <= endpoints, f"these are gone: take their rows out of {TABLE.name}: {sorted(rows - endpoints)}"


def test_every_caller_gets_what_the_table_says_and_nothing_of_another_customer(world: World) -> None:
    found = [each for operation, row in table()["endpoints"].items() for each in wrong(world, operation, row)]
    assert not found, "\n".join(found)
