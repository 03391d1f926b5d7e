"""Notices where nobody asked: at the top of the pages, and by webhook."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import select

from api.database import utc_now
from api.webhooks.managing import create
from api.webhooks.models import WebhookDelivery
from tests.support.fake_help_center import FakeHelpCenter, article
from tests.support.rest import Rest, ok

EXPORTS: dict[str, Any] = {
    "title": {"es": "Los reportes <b>tardan</b>", "en": "Reports take long"},
    "text": {"es": "Sabemos por qué.", "en": "We know why."},
    "categories": ["incident"],
}


def published(rest: Rest, **values: Any) -> int:
    made = ok(rest.http.post("/notices", json={**EXPORTS, **values}, headers=rest.token_of("lead")), 201)
    return int(made["id"])


def test_the_portal_shows_what_is_going_on_in_the_reader_s_language(rest: Rest) -> None:
    assert "service-notices" not in rest.http.get("/portal").text
    number = published(rest)
    assert "Reports take long" in rest.http.get("/portal?lang=en").text
    spanish = rest.http.get("/portal?lang=es").text
    assert "Los reportes &lt;b&gt;tardan&lt;/b&gt;" in spanish
    portuguese = rest.http.get("/portal?lang=pt").text
    assert '<details class="service-notice incident" lang="es">' in portuguese
    news = {"text": {"es": "Ya va mejor."}, "next_update_at": "2030-01-01T10:00:00Z"}
    ok(rest.http.post(f"/notices/{number}/updates", json=news, headers=rest.token_of("lead")), 201)
    assert "Ya va mejor." in rest.http.get("/portal?lang=es").text
    over = {"text": {"es": "Listo."}, "state": "resolved"}
    ok(rest.http.post(f"/notices/{number}/updates", json=over, headers=rest.token_of("lead")), 201)
    assert "service-notices" not in rest.http.get("/portal?lang=es").text


def test_planned_work_is_shown_from_a_day_before(rest: Rest) -> None:
    begin = utc_now() + dt.timedelta(days=3)
    planned = {"planned_from": begin.isoformat(), "planned_until": (begin + dt.timedelta(hours=1)).isoformat()}
    number = published(rest, kind="maintenance", **planned)
    assert "service-notices" not in rest.http.get("/portal").text
    begin = utc_now() + dt.timedelta(hours=3)
    planned = {"planned_from": begin.isoformat(), "planned_until": (begin + dt.timedelta(hours=1)).isoformat()}
    ok(rest.http.patch(f"/notices/{number}", json=planned, headers=rest.token_of("lead")))
    assert "service-notice maintenance" in rest.http.get("/portal").text


def test_an_article_shows_it_as_well(rest: Rest) -> None:
    held = [article("reportes", "es", "Reportes", body="Texto")]
    rest.services.help_center = cast("Any", FakeHelpCenter(held))
    published(rest)
    page = rest.http.get("/help/es/reportes").text
    assert "Sabemos por qué." in page
    assert "<p>Texto</p>" in page


def test_webhooks_are_told_of_every_step(rest: Rest) -> None:
    with rest.database.write() as session:
        create(session, rest.settings, name="a", url="https://example.com/", events=["*"])
    number = published(rest)
    lead = rest.token_of("lead")
    ok(rest.http.patch(f"/notices/{number}", json={"topics": []}, headers=lead))
    for state in ("monitoring", "resolved"):
        body = {"text": {"es": f"Ahora: {state}"}, "state": state}
        ok(rest.http.post(f"/notices/{number}/updates", json=body, headers=lead), 201)
    with rest.database.read() as session:
        told = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
    assert [each.event for each in told] == [
        "notice.published",
        "notice.corrected",
        "notice.updated",
        "notice.resolved",
    ]
