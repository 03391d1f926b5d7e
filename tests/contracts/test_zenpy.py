"""zenpy, a Zendesk client that knows nothing of us, unmodified against our server: each operation, by what it brings back."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from zenpy import Zenpy
from zenpy.lib.api_objects import (
    Comment,
    GroupMembership,
    Macro,
    Organization,
    Request,
    SatisfactionRating,
    Ticket,
    User,
)
from zenpy.lib.exception import APIException, RecordNotFoundException

from api.database import Database
from api.people.models import organization_id
from api.tickets.rate_limits import Counter, RateLimit
from tests.support.rest import Rest, ok
from tests.support.served import served

CUSTOMER = "ana@example.com"
ACCOUNT = "acme"


@dataclass
class World:
    """The server and its clients: an admin, and the customer Ana of the account acme."""

    rest: Rest
    staff: Any
    customer: Any
    numbers: Iterator[int]

    def ticket(self, **extra: Any) -> Any:
        """A new ticket of Ana's."""
        wanted = {"subject": "Lento", "description": "Todo va lento.", **extra}
        wanted.setdefault("requester", User(name="Ana", email=CUSTOMER))
        return self.staff.tickets.create(Ticket(**wanted)).ticket

    def word(self) -> str:
        """A word that nothing else has."""
        return f"w{next(self.numbers)}x"


def client(rest: Rest, email: str, authorization: str) -> Any:
    """zenpy as it is, with its own settings only."""
    return Zenpy(
        subdomain="desk", email=email, token=authorization.removeprefix("Bearer "), disable_cache=True, timeout=30
    )


@pytest.fixture(scope="module")
def world(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server of this module's own."""
    path = tmp_path_factory.mktemp("zenpy") / "copilot.db"
    shutil.copy(migrated_file, path)
    database = Database(f"sqlite:///{path}")
    with served(database, var=path.parent) as rest, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZENPY_FORCE_SCHEME", "http")
        patch.setenv("ZENPY_FORCE_NETLOC", rest.settings.public_url.removeprefix("http://"))
        staff = client(rest, "lead@example.com", rest.token_of("admin", "lead@example.com")["Authorization"])
        customer = client(rest, CUSTOMER, rest.token_of("customer", CUSTOMER)["Authorization"])
        made = staff.organizations.create(Organization(name="Acme", external_id=ACCOUNT))
        ana = next(iter(staff.users.search(query=CUSTOMER)))
        ana.organization_id = made.id
        staff.users.update(ana)
        yield World(rest, staff, customer, itertools.count(1))
    database.close()


Operation = Callable[[World], None]
OPERATIONS: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    def register(check: Operation) -> Operation:
        OPERATIONS[name] = check
        return check

    return register


@operation("tickets.create")
def _(world: World) -> None:
    audit = world.staff.tickets.create(
        Ticket(
            subject="El informe sale vacío",
            comment=Comment(body="Desde esta mañana."),
            requester=User(name="Ana", email=CUSTOMER),
            custom_fields=[{"id": "category", "value": "incident"}, {"id": "subcategory", "value": "reports"}],
            tags=["vip"],
            external_id="crm-1",
        )
    )
    assert (audit.ticket.subject, audit.ticket.status) == ("El informe sale vacío", "new")
    assert {each["type"] for each in audit.audit.events} == {"Comment", "Create"}
    assert {"id": "subcategory", "value": "reports"} in [dict(each) for each in audit.ticket.custom_fields]


@operation("tickets.create with a number for a field")
def _(world: World) -> None:
    number = {each.key: each.id for each in world.staff.ticket_fields()}
    made = world.ticket(
        custom_fields=[
            {"id": number["category"], "value": "incident"},
            {"id": number["subcategory"], "value": "slowness"},
        ]
    )
    assert {"id": "category", "value": "incident"} in [dict(each) for each in made.custom_fields]


@operation("tickets.create many")
def _(world: World) -> None:
    job = world.staff.tickets.create(
        [
            Ticket(subject="Uno", description="x", requester=User(name="Ana", email=CUSTOMER)),
            Ticket(subject="Dos", description="y", priority="frantic"),
        ]
    )
    assert (job.status, job.total) == ("completed", 2)
    assert [each.success for each in job.results] == [True, False]


@operation("tickets by id")
def _(world: World) -> None:
    made = world.ticket(subject="Uno solo")
    found = world.staff.tickets(id=made.id)
    assert (found.id, found.subject, found.requester.email) == (made.id, "Uno solo", CUSTOMER)
    assert found.organization.external_id == ACCOUNT


@operation("tickets by ids")
def _(world: World) -> None:
    ids = [world.ticket().id, world.ticket().id]
    assert [each.id for each in world.staff.tickets(ids=[*ids, 999_999])] == ids


@operation("tickets by external id")
def _(world: World) -> None:
    word = world.word()
    made = world.ticket(external_id=word)
    assert [each.id for each in world.staff.tickets(external_id=word)] == [made.id]


@operation("tickets, every page by cursor")
def _(world: World) -> None:
    ids = [world.ticket().id for _ in range(3)]
    found = world.staff.tickets(cursor_pagination=2)
    listed = [each.id for each in found]
    assert listed == sorted(set(listed))
    assert set(ids) <= set(listed)


@operation("tickets, counted")
def _(world: World) -> None:
    world.ticket()
    found = world.staff.tickets(cursor_pagination=False)
    assert len(found) == found.count >= 1
    assert found[0:1][0].id == 1001


@operation("users.requests, every page by number")
def _(world: World) -> None:
    ids = [world.ticket().id for _ in range(3)]
    requester = world.rest.customer(CUSTOMER).id * 2
    found = world.staff.users.requests(id=requester, per_page=2, cursor_pagination=False)
    listed = [each.id for each in found]
    assert len(listed) == len(set(listed)) == found.count
    assert set(ids) <= set(listed)


@operation("tickets.update")
def _(world: World) -> None:
    ticket = world.ticket()
    ticket.priority, ticket.status = "high", "open"
    changed = world.staff.tickets.update(ticket)
    assert (changed.ticket.priority, changed.ticket.status) == ("high", "open")
    assert ("priority", "high") in [(each.get("field_name"), each.get("value")) for each in changed.audit.events]


@operation("tickets.update with a public comment")
def _(world: World) -> None:
    ticket = world.ticket()
    ticket.comment = Comment(body="¿Desde cuándo?", public=True)
    world.staff.tickets.update(ticket)
    assert [each.body for each in world.staff.tickets.comments(ticket)][-1] == "¿Desde cuándo?"


@operation("tickets.update with an internal note")
def _(world: World) -> None:
    ticket = world.ticket()
    ticket.comment = Comment(body="Mirar el registro", public=False)
    world.staff.tickets.update(ticket)
    assert [each.public for each in world.staff.tickets.comments(ticket.id)] == [True, False]
    assert [each.body for each in world.customer.requests.comments(ticket.id)] == ["Todo va lento."]


@operation("tickets.update many")
def _(world: World) -> None:
    tickets = [world.ticket(), world.ticket()]
    for each in tickets:
        each.priority = "urgent"
    job = world.staff.tickets.update(tickets)
    assert [(each.id, each.success) for each in job.results] == [(each.id, True) for each in tickets]
    assert world.staff.tickets(id=tickets[1].id).priority == "urgent"


@operation("tickets.update assignee and group")
def _(world: World) -> None:
    ticket, me = world.ticket(), world.staff.users.me()
    ticket.assignee_id, ticket.group_id = me.id, 2
    changed = world.staff.tickets.update(ticket).ticket
    assert (changed.assignee.email, changed.group.id, changed.status) == ("lead@example.com", 2, "open")


@operation("tickets.comments")
def _(world: World) -> None:
    (comment,) = world.staff.tickets.comments(world.ticket(description="Nada carga."))
    assert (comment.body, comment.public, comment.author.email) == ("Nada carga.", True, "lead@example.com")


@operation("tickets.comment_redact")
def _(world: World) -> None:
    ticket = world.ticket(description="Mi clave es hunter2 y no entra.")
    (comment,) = world.staff.tickets.comments(ticket)
    redacted = world.staff.tickets.comment_redact(ticket, comment, "hunter2")
    assert "hunter2" not in redacted.body
    assert "hunter2" not in world.staff.tickets(id=ticket.id).description


@operation("tickets.audits of one")
def _(world: World) -> None:
    ticket = world.ticket()
    ticket.priority = "low"
    world.staff.tickets.update(ticket)
    audits = list(world.staff.tickets.audits(ticket))
    assert [audit.ticket_id for audit in audits] == [ticket.id] * 2
    assert audits[0].author.email == "lead@example.com"


@operation("tickets.audits of all")
def _(world: World) -> None:
    ticket = world.ticket()
    assert ticket.id in {audit.ticket_id for audit in world.staff.tickets.audits()}


@operation("tickets.tags")
def _(world: World) -> None:
    assert list(world.staff.tickets.tags(world.ticket(tags=["uno", "dos"]).id)) == ["uno", "dos"]


@operation("tickets.add_tags")
def _(world: World) -> None:
    ticket = world.ticket(tags=["uno"])
    assert list(world.staff.tickets.add_tags(ticket.id, ["dos"])) == ["uno", "dos"]


@operation("tickets.set_tags")
def _(world: World) -> None:
    ticket = world.ticket(tags=["uno"])
    assert list(world.staff.tickets.set_tags(ticket.id, ["tres"])) == ["tres"]


@operation("tickets.delete_tags")
def _(world: World) -> None:
    ticket = world.ticket(tags=["uno", "dos"])
    world.staff.tickets.delete_tags(ticket.id, ["uno"])
    assert world.staff.tickets(id=ticket.id).tags == ["dos"]


@operation("tickets.merge")
def _(world: World) -> None:
    target, source = world.ticket(subject="El primero"), world.ticket(subject="El segundo")
    job = world.staff.tickets.merge(target, [source.id], target_comment="Llegó otro", source_comment="Sigue allí")
    assert [each.id for each in job.results] == [source.id]
    closed = world.staff.tickets(id=source.id)
    assert (closed.status, closed.merged_into_id) == ("closed", target.id)
    assert [each.body for each in world.staff.tickets.comments(target)][-1] == "Llegó otro"


@operation("tickets.metrics")
def _(world: World) -> None:
    ticket = world.ticket()
    ticket.comment, ticket.status = Comment(body="Ya está", public=True), "solved"
    world.staff.tickets.update(ticket)
    metrics = world.staff.tickets.metrics(ticket)
    assert (metrics.ticket_id, metrics.replies, metrics.reopens) == (ticket.id, 1, 0)
    assert metrics.solved_at is not None


@operation("ticket_metrics")
def _(world: World) -> None:
    ticket = world.ticket()
    assert ticket.id in {each.ticket_id for each in world.staff.ticket_metrics()}


@operation("tickets.incidents")
def _(world: World) -> None:
    problem = world.ticket(type="problem")
    case = world.ticket(type="incident", problem_id=problem.id)
    assert [each.id for each in world.staff.tickets.incidents(problem)] == [case.id]


@operation("tickets.recent")
def _(world: World) -> None:
    ticket = world.ticket()
    assert ticket.id in {each.id for each in world.staff.tickets.recent()}


@operation("tickets.organizations")
def _(world: World) -> None:
    ticket = world.ticket()
    number = organization_id(ACCOUNT)
    assert ticket.id in {each.id for each in world.staff.tickets.organizations(number)}


@operation("tickets.delete")
def _(world: World) -> None:
    ticket = world.ticket()
    world.staff.tickets.delete(ticket)
    with pytest.raises(RecordNotFoundException):
        world.staff.tickets(id=ticket.id)
    with pytest.raises(RecordNotFoundException):
        world.customer.requests(id=ticket.id)


@operation("tickets.deleted")
def _(world: World) -> None:
    ticket = world.ticket()
    world.staff.tickets.delete(ticket)
    assert ticket.id in {each.id for each in world.staff.tickets.deleted()}


@operation("tickets.restore")
def _(world: World) -> None:
    ticket = world.ticket()
    world.staff.tickets.delete(ticket)
    world.staff.tickets.restore(ticket.id)
    assert world.staff.tickets(id=ticket.id).subject == "Lento"


@operation("tickets.delete many")
def _(world: World) -> None:
    tickets = [world.ticket(), world.ticket()]
    job = world.staff.tickets.delete(tickets)
    assert [each.success for each in job.results] == [True, True]
    assert list(world.staff.tickets(ids=[each.id for each in tickets])) == []


@operation("tickets.incremental")
def _(world: World) -> None:
    ticket = world.ticket()
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    assert ticket.id in {each.id for each in world.staff.tickets.incremental(start_time=since)}


@operation("tickets.incremental by cursor")
def _(world: World) -> None:
    ticket = world.ticket()
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    found = world.staff.tickets.incremental(start_time=since, paginate_by_time=False, per_page=2)
    listed = [each.id for each in found]
    assert ticket.id in listed
    assert len(listed) == len(set(listed))


@operation("tickets.events")
def _(world: World) -> None:
    ticket = world.ticket()
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    assert ticket.id in {each.ticket_id for each in world.staff.tickets.events(since)}


@operation("job_status")
def _(world: World) -> None:
    job = world.staff.tickets.update([world.ticket(), world.ticket()])
    assert world.staff.job_status(id=job.id).total == 2


@operation("requests.create")
def _(world: World) -> None:
    made = world.customer.requests.create(Request(subject="No abre", comment=Comment(body="La página no abre.")))
    assert (made.subject, made.status, made.requester.email) == ("No abre", "new", CUSTOMER)


@operation("requests")
def _(world: World) -> None:
    made = world.customer.requests.create(Request(subject="En la lista", comment=Comment(body="x")))
    assert made.id in {each.id for each in world.customer.requests()}


@operation("requests by id")
def _(world: World) -> None:
    ticket = world.ticket(subject="La mía")
    assert world.customer.requests(id=ticket.id).subject == "La mía"


@operation("requests.update with a comment")
def _(world: World) -> None:
    ticket = world.ticket()
    request = world.customer.requests(id=ticket.id)
    request.comment = Comment(body="Sigue igual")
    world.customer.requests.update(request)
    assert [each.body for each in world.customer.requests.comments(ticket.id)][-1] == "Sigue igual"


@operation("requests.update solved")
def _(world: World) -> None:
    request = world.customer.requests(id=_answered(world))
    request.solved = True
    assert world.customer.requests.update(request).status == "solved"


@operation("requests.open")
def _(world: World) -> None:
    ticket = world.ticket()
    assert ticket.id in {each.id for each in world.customer.requests.open()}


@operation("requests.solved")
def _(world: World) -> None:
    ticket = world.ticket(status="solved")
    assert ticket.id in {each.id for each in world.customer.requests.solved()}


@operation("requests.ccd")
def _(world: World) -> None:
    ticket = world.ticket(
        requester=User(name="Luis", email="luis@example.com"), email_ccs=[{"user_email": CUSTOMER, "action": "put"}]
    )
    assert ticket.id in {each.id for each in world.customer.requests.ccd()}
    assert [each.body for each in world.customer.requests.comments(ticket.id)] == ["Todo va lento."]


@operation("requests.comments")
def _(world: World) -> None:
    ticket = world.ticket(description="Lo mío")
    assert [(each.body, each.public) for each in world.customer.requests.comments(ticket.id)] == [("Lo mío", True)]


@operation("satisfaction_ratings.create")
def _(world: World) -> None:
    ticket = world.ticket(status="solved")
    rating = world.customer.satisfaction_ratings.create(ticket, SatisfactionRating(score="good", comment="¡Gracias!"))
    assert (rating.score, rating.comment, rating.ticket_id) == ("good", "¡Gracias!", ticket.id)


@operation("satisfaction_ratings")
def _(world: World) -> None:
    ticket = world.ticket(status="solved")
    rating = world.customer.satisfaction_ratings.create(ticket, SatisfactionRating(score="bad"))
    assert (rating.id, "bad") in {(each.id, each.score) for each in world.staff.satisfaction_ratings()}


@operation("users.me")
def _(world: World) -> None:
    assert (world.staff.users.me().role, world.customer.users.me().role) == ("admin", "end-user")


@operation("users.create")
def _(world: World) -> None:
    word = world.word()
    made = world.staff.users.create(User(name="Luz", email=f"{word}@example.com"))
    assert (made.name, made.email, made.role) == ("Luz", f"{word}@example.com", "end-user")


@operation("users.create staff")
def _(world: World) -> None:
    word = world.word()
    made = world.staff.users.create(User(name="Leo", email=f"{word}@example.com", role="agent"))
    assert (made.role, made.id % 2) == ("agent", 1)


@operation("users.create many")
def _(world: World) -> None:
    word = world.word()
    job = world.staff.users.create([User(name="A", email=f"{word}@example.com"), User(name="B", email="no")])
    assert [each.success for each in job.results] == [True, False]


@operation("users.create_or_update")
def _(world: World) -> None:
    word = world.word()
    first = world.staff.users.create_or_update(User(name="Ema", email=f"{word}@example.com"))
    again = world.staff.users.create_or_update(User(name="Emma", email=f"{word}@example.com"))
    assert (again.id, again.name) == (first.id, "Emma")


@operation("users.update")
def _(world: World) -> None:
    made = world.staff.users.create(User(name="Eva", email=f"{world.word()}@example.com"))
    made.name = "Eva María"
    assert world.staff.users.update(made).name == "Eva María"


@operation("users by id and ids")
def _(world: World) -> None:
    made = world.staff.users.create(User(name="Noa", email=f"{world.word()}@example.com"))
    assert world.staff.users(id=made.id).name == "Noa"
    assert [each.id for each in world.staff.users(ids=[made.id, 999_998])] == [made.id]


@operation("users")
def _(world: World) -> None:
    world.staff.users.create(User(name="Pía", email=f"{world.word()}@example.com"))
    everybody = list(world.staff.users(cursor_pagination=2))
    assert {"end-user", "admin"} <= {each.role for each in everybody}
    assert [each.id for each in everybody] == sorted({each.id for each in everybody})
    assert {each.role for each in world.staff.users(role="end-user")} == {"end-user"}


@operation("users.search")
def _(world: World) -> None:
    word = world.word()
    made = world.staff.users.create(User(name=f"Iris {word}", email=f"iris{word}@example.com"))
    assert [each.id for each in world.staff.users.search(query=word)] == [made.id]


@operation("users.requested, assigned and cced")
def _(world: World) -> None:
    me = world.staff.users.me()
    ticket = world.ticket(assignee_id=me.id, email_ccs=[{"user_email": "copia@example.com", "action": "put"}])
    copied = next(iter(world.staff.users.search(query="copia@example.com")))
    assert ticket.id in {each.id for each in world.staff.users.requested(ticket.requester_id)}
    assert ticket.id in {each.id for each in world.staff.users.assigned(me)}
    assert [each.id for each in world.staff.users.cced(copied)] == [ticket.id]


@operation("users.related")
def _(world: World) -> None:
    before = world.staff.users.related(world.ticket().requester_id).requested_tickets
    assert world.staff.users.related(world.ticket().requester_id).requested_tickets == before + 1


@operation("users.identities")
def _(world: World) -> None:
    (identity,) = world.staff.users.identities(id=world.staff.users.me().id)
    assert (identity.type, identity.value) == ("email", "lead@example.com")


@operation("users.organizations")
def _(world: World) -> None:
    (found,) = world.staff.users.organizations(world.rest.customer(CUSTOMER).id * 2)
    assert found.external_id == ACCOUNT


@operation("users.incremental")
def _(world: World) -> None:
    made = world.staff.users.create(User(name="Ugo", email=f"{world.word()}@example.com"))
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    assert made.id in {each.id for each in world.staff.users.incremental(start_time=since)}


@operation("users.delete")
def _(world: World) -> None:
    made = world.staff.users.create(User(name="Ida", email=f"{world.word()}@example.com", role="agent"))
    world.staff.users.delete(made)
    assert world.staff.users(id=made.id).active is False


@operation("groups")
def _(world: World) -> None:
    names = [each.name for each in world.staff.groups()]
    assert names[0] == world.rest.catalog.support_types[0].team
    assert world.staff.groups(id=1).name == names[0]
    assert [each.name for each in world.staff.groups.assignable()] == names


@operation("group_memberships")
def _(world: World) -> None:
    made = world.staff.users.create(User(name="Gil", email=f"{world.word()}@example.com", role="agent"))
    member = world.staff.group_memberships.create(GroupMembership(user_id=made.id, group_id=1))
    assert (member.user.name, member.group.id) == ("Gil", 1)
    assert made.id in {each.id for each in world.staff.groups.users(1)}
    assert [each.id for each in world.staff.users.group_memberships(made)] == [member.id]
    world.staff.group_memberships.delete(member)
    assert list(world.staff.users.group_memberships(made)) == []


@operation("organizations")
def _(world: World) -> None:
    word = world.word()
    made = world.staff.organizations.create(Organization(name=word.upper(), external_id=word))
    assert made.id in {each.id for each in world.staff.organizations()}
    assert world.staff.organizations(id=made.id).name == word.upper()
    made.name = "Otro nombre"
    assert world.staff.organizations.update(made).name == "Otro nombre"
    world.staff.organizations.delete(made)
    with pytest.raises(RecordNotFoundException):
        world.staff.organizations(id=made.id)


@operation("organizations.users")
def _(world: World) -> None:
    assert CUSTOMER in {each.email for each in world.staff.organizations.users(organization_id(ACCOUNT))}


@operation("ticket_fields")
def _(world: World) -> None:
    fields = {each.key: each for each in world.staff.ticket_fields()}
    assert {each.id for each in world.rest.catalog.fields if each.enabled} <= set(fields)
    impact = world.staff.ticket_fields(id=fields["impact"].id)
    assert [each.value for each in impact.custom_field_options] == list(world.rest.catalog.field("impact").options)


@operation("ticket_forms")
def _(world: World) -> None:
    forms = list(world.staff.ticket_forms())
    assert len(forms) == len(world.rest.catalog.support_types)
    assert forms[0].ticket_field_ids


@operation("custom_statuses, brands and locales")
def _(world: World) -> None:
    assert [each.status_category for each in world.staff.custom_statuses()] == [
        each.id for each in world.rest.catalog.statuses
    ]
    assert [each.name for each in world.staff.brands()] == [world.rest.catalog.vendor]
    assert [each.locale for each in world.staff.locales()] == list(world.rest.catalog.languages)


@operation("search")
def _(world: World) -> None:
    word = world.word()
    ticket = world.ticket(subject=f"Pedido {word}", priority="high")
    (found,) = world.staff.search(word, type="ticket")
    assert (found.id, type(found).__name__) == (ticket.id, "Ticket")
    assert [each.id for each in world.staff.search(word, type="ticket", priority="low")] == []


@operation("search of users")
def _(world: World) -> None:
    word = world.word()
    made = world.staff.users.create(User(name=word, email=f"{word}@example.com"))
    assert [(each.id, type(each).__name__) for each in world.staff.search(word, type="user")] == [(made.id, "User")]


@operation("search.count")
def _(world: World) -> None:
    word = world.word()
    world.ticket(subject=f"Pedido {word}")
    assert world.staff.search.count(word) == 1


@operation("search_export")
def _(world: World) -> None:
    word = world.word()
    ids = [world.ticket(subject=f"Pedido {word}").id for _ in range(3)]
    found = world.staff.search_export(word, type="ticket", cursor_pagination=2)
    assert [each.id for each in found] == ids


@operation("requests.search")
def _(world: World) -> None:
    word = world.word()
    ticket = world.ticket(subject=f"Pedido {word}")
    assert [each.id for each in world.customer.requests.search(word)] == [ticket.id]


@operation("attachments.upload")
def _(world: World) -> None:
    upload = world.staff.attachments.upload(io.BytesIO(b"line 1\n"), target_name="shop.log")
    ticket = world.ticket()
    ticket.comment = Comment(body="Con el registro", uploads=[upload.token])
    world.staff.tickets.update(ticket)
    (file,) = list(world.staff.tickets.comments(ticket))[-1].attachments
    assert file.file_name == "shop.log"
    assert world.staff.attachments.download(file.id).getvalue() == b"line 1\n"


@operation("macros")
def _(world: World) -> None:
    made = world.staff.macros.create(Macro(title=world.word(), actions=[{"field": "status", "value": "pending"}]))
    assert made.id in {each.id for each in world.staff.macros()}


@operation("errors: what is not there")
def _(world: World) -> None:
    with pytest.raises(RecordNotFoundException):
        world.staff.tickets(id=999_999)


@operation("errors: what is wrong, by field")
def _(world: World) -> None:
    with pytest.raises(APIException) as refused:
        world.ticket(priority="frantic")
    assert refused.value.response.status_code == 422
    assert set(refused.value.response.json()["details"]) == {"priority"}


@operation("errors: a comment on a closed ticket")
def _(world: World) -> None:
    ticket = world.ticket(status="closed")
    ticket.comment = Comment(body="¿Hola?")
    with pytest.raises(APIException, match="closed"):
        world.staff.tickets.update(ticket)


@operation("errors: not for customers")
def _(world: World) -> None:
    with pytest.raises(APIException) as refused:
        list(world.customer.tickets())
    assert refused.value.response.status_code == 403


def _answered(world: World) -> int:
    """A ticket of Ana's that staff have taken on."""
    ticket = world.ticket()
    ticket.status = "open"
    return int(world.staff.tickets.update(ticket).ticket.id)


@pytest.mark.parametrize("name", OPERATIONS)
def test_zenpy_gets_what_it_asks_for(world: World, name: str) -> None:
    OPERATIONS[name](world)


def test_the_operations_are_at_least_forty() -> None:
    assert len([name for name in OPERATIONS if not name.startswith("errors")]) >= 40


def test_bearer_tokens_are_taken_as_well(world: World) -> None:
    token = world.rest.token_of("agent")["Authorization"].removeprefix("Bearer ")
    assert Zenpy(subdomain="desk", oauth_token=token).users.me().role == "agent"


def test_a_page_by_number_past_ten_thousand_is_refused(world: World) -> None:
    answer = world.rest.http.get("/api/v2/tickets.json?page=101&per_page=100", headers=world.rest.token_of("agent"))
    assert ok(answer, 400)["error"] == "InvalidPaginationDepth"


def test_zenpy_waits_as_long_as_it_is_told_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own patience is what it sleeps by; here it sleeps by turning the limiter's clock on."""
    shift = [0.0]
    counter = Counter(2, lambda: time.monotonic() + shift[0])
    monkeypatch.setattr(RateLimit, "counter", property(lambda _: counter, lambda *_: None), raising=False)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        shift[0] += seconds

    monkeypatch.setattr("zenpy.lib.api.sleep", sleep)
    names = [world.staff.users.me().email for _ in range(4)]
    assert names == ["lead@example.com"] * 4
    assert 55 <= sum(waited) <= 120
