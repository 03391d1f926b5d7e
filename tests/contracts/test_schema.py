"""The whole api against its own OpenAPI document: whatever is sent, the answer is one that the document declares."""

from __future__ import annotations

import functools
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup
from schemathesis.python import asgi
from schemathesis.schemas import APIOperation
from schemathesis.transport.asgi import ASGI_TRANSPORT
from sqlalchemy import event

from api.chat.gateway import DialogueGateway
from api.chat.service import TurnService
from api.chat.streams import Streams
from api.database import Database
from api.help_center.index import HelpCenter
from api.settings import ApiSettings
from knowledge_base import KnowledgeBase, build_index
from tests.chat.conftest import FakeDialogue
from tests.knowledge_base.conftest import WordHashing, write_help_center
from tests.support.rest import Rest, ok, rest_of

# What never ends (streams of events), and what tells of other processes, which are not here: tests of their own.
CASES = 14
LEFT_OUT = ("/events", "/health/ready")
CHECKED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]


@dataclass
class World:
    """The api with something in it, who calls it, and which ids there are."""

    rest: Rest
    callers: list[dict[str, str]]
    known: dict[str, Any]
    http: Any
    counted: Counter[int] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def world(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("schema")
    shutil.copy(migrated_file, folder / "copilot.db")
    database = Database(f"sqlite:///{folder / 'copilot.db'}")

    @event.listens_for(database.engine, "connect")
    def _hurry(connection: Any, _record: Any) -> None:
        # A test needs no disk that survives a power cut: three times as fast.
        connection.execute("PRAGMA synchronous=OFF")

    rest = rest_of(database, var=folder, api=ApiSettings(rate_limit=0))
    build_index(write_help_center(folder / "articles", ("en",)), folder / "index", embedder=WordHashing())
    services = rest.services
    services.help_center = HelpCenter(folder / "index", functools.partial(KnowledgeBase.open, embedder=WordHashing()))
    services.help_center.open()
    services.streams = Streams()
    services.dialogue = DialogueGateway("http://dialogue", "g" * 32, 5.0, transport=FakeDialogue())
    rest.app.state.turns = TurnService(services)
    staff, customer = rest.token_of("admin", "admin@example.com"), rest.token_of("customer", "ana@example.com")
    talk = rest.conversation("ana@example.com")
    known = _filled(rest, staff, customer, talk.id)
    with asgi.get_client(without_lifespan(rest.app)) as http:
        yield World(rest, [staff, customer, talk.headers, staff, {}], known, http)
    services.help_center.close()
    rest.http.close()
    database.close()


def _filled(rest: Rest, staff: Mapping[str, str], customer: Mapping[str, str], conversation_id: str) -> dict[str, Any]:
    """One of everything, and the ids by which paths name it."""
    http = rest.http
    body = {"ticket": {"subject": "x", "comment": {"body": "y"}, "requester": {"email": "ana@example.com"}}}
    ticket = ok(http.post("/api/v2/tickets", json=body, headers=staff), 201)
    me = ok(http.get("/api/v2/users/me", headers=staff))["user"]["id"]
    group = {"group_membership": {"user_id": me, "group_id": 1}}
    member = ok(http.post("/api/v2/group_memberships", json=group, headers=staff), 201)
    account = ok(http.post("/api/v2/organizations", json={"organization": {"name": "acme"}}, headers=staff), 201)
    job = ok(http.put("/api/v2/tickets/update_many?ids=1001", json={"ticket": {"status": "solved"}}, headers=staff))
    score = {"satisfaction_rating": {"score": "good"}}
    rating = ok(http.post("/api/v2/tickets/1001/satisfaction_rating", json=score, headers=customer))
    fields = ok(http.get("/api/v2/ticket_fields", headers=staff))
    comments = ok(http.get("/api/v2/tickets/1001/comments", headers=staff))
    return {
        "ticket_id": ticket["ticket"]["id"],
        "metric_id": ticket["ticket"]["id"],
        "audit_id": ticket["audit"]["id"],
        "comment_id": comments["comments"][0]["id"],
        "user_id": ticket["ticket"]["requester_id"],
        "identity_id": ticket["ticket"]["requester_id"],
        "membership_id": member["group_membership"]["id"],
        "number": account["organization"]["id"],
        "job_id": job["job_status"]["id"],
        "rating_id": rating["satisfaction_rating"]["id"],
        "field_id": fields["ticket_fields"][3]["id"],
        "conversation_id": conversation_id,
        **dict.fromkeys(("group_id", "form_id", "brand_id", "status_id", "locale_id"), 1),
    }


def without_lifespan(app: FastAPI) -> Callable[..., Awaitable[None]]:
    """The application as it stands: its services are there already."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("there is none")
        await app(scope, receive, send)

    return served


def operations(rest: Rest) -> list[Operation]:
    schema = schemathesis.openapi.from_dict(rest.app.openapi())
    found: list[Operation] = [cast("Any", result).ok() for result in schema.get_all_operations()]
    return [each for each in found if not each.path.endswith(LEFT_OUT)]


def held(world: World, operation: Operation, cases: int, number: int) -> list[str]:
    """Sends `cases` requests of one operation; what the document does not allow."""
    checks = cast("list[Any]", CHECKS.get_by_names(CHECKED))
    wrong: list[str] = []

    def send(case: AnyCase, caller: int, real: bool) -> None:
        if real and case.path_parameters:
            named = {name: world.known[name] for name in case.path_parameters if name in world.known}
            case.path_parameters = {**case.path_parameters, **named}
        world.http.cookies.clear()
        headers = world.callers[caller]
        try:
            answer = ASGI_TRANSPORT.send(
                case, session=world.http, app=without_lifespan(world.rest.app), headers=headers
            )
        except Exception as error:
            # What a client sees as a 500 is raised here: told with all the others at the end.
            wrong.append(f"{case.method} {case.path}: {case.as_curl_command()[:500]}: {error!r}"[:900])
            return
        world.counted[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=checks)
        except FailureGroup as group:
            wrong.extend(f"{case.method} {case.path}: {each.title}: {each.message}"[:900] for each in group.exceptions)

    for mode, share in ((GenerationMode.POSITIVE, 3), (GenerationMode.NEGATIVE, 1)):
        _try_many(send, operation.as_strategy(generation_mode=mode), max(1, cases * share // 4), number)
    return wrong


def _try_many(
    send: Callable[[AnyCase, int, bool], None], cases: st.SearchStrategy[AnyCase], number: int, seed_number: int
) -> None:
    @seed(seed_number)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=cases, caller=st.integers(0, 4), real=st.sampled_from([True, True, False]))
    def run(case: AnyCase, caller: int, real: bool) -> None:
        send(case, caller, real)

    try:
        run()
    except Unsatisfiable:
        # Nothing can be wrong about a request without parameters.
        return


def check(world: World, cases: int, least: int, number: int) -> None:
    wrong: list[str] = []
    for operation in operations(world.rest):
        wrong += held(world, operation, cases, number)
    assert not wrong, f"{len(wrong)} answers that are not declared:\n" + "\n".join(dict.fromkeys(wrong))
    assert world.counted.total() >= least
    assert {200, 201, 401, 403, 404, 422} <= set(world.counted), world.counted


# Three quarters of a minute of CPU; on a busy machine that is several minutes.
@pytest.mark.timeout(1200)
def test_every_answer_is_one_that_the_document_declares(world: World) -> None:
    check(world, CASES, 2_000, 1)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_answer_of_twenty_thousand_is_declared(world: World) -> None:
    check(world, 140, 20_000, 2)
