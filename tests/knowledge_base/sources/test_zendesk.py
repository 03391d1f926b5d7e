from __future__ import annotations

from collections.abc import Mapping

import pytest

from knowledge_base.errors import SourceUnavailable, SourceUnusable
from knowledge_base.sources.snapshots import Snapshot, compare
from knowledge_base.sources.zendesk import Credentials, ZendeskHelpCenter
from tests.knowledge_base.sources.conftest import LOOPBACK, QUICK
from tests.support.help_center_server import CLOCK, Answer, HelpCenterServer, ZendeskArticle

TOKEN = "t0ken-of-the-agent"
AGENT = Credentials(email="agent@shop.example", token=TOKEN)


@pytest.fixture
def server(server: HelpCenterServer) -> HelpCenterServer:
    """Five articles in three locales, on pages of two."""
    for number in range(5):
        server.articles[100 + number] = ZendeskArticle(
            100 + number,
            {
                "en-us": (f"Set rate {number}", f"<h2 id='r'>Rates</h2><p>Choose rate {number}.</p>"),
                "es": (f"Definir tarifa {number}", f"<p>Elige la tarifa {number}.</p>"),
                "pt-br": (f"Definir frete {number}", f"<p>Escolha o frete {number}.</p>"),
            },
            labels=["shipping"],
            updated=CLOCK - 10_000 + number,
        )
    server.token = TOKEN
    return server


def source(
    server: HelpCenterServer, credentials: Credentials = AGENT, locales: Mapping[str, str] | None = None
) -> ZendeskHelpCenter:
    return ZendeskHelpCenter(server.url, credentials, locales or {}, LOOPBACK, QUICK, pause=lambda _: None)


def fetch(server: HelpCenterServer, previous: Snapshot | None = None, credentials: Credentials = AGENT) -> Snapshot:
    return source(server, credentials).fetch(previous, lambda what, done, total: None)


def touch(server: HelpCenterServer, article_id: int) -> ZendeskArticle:
    server.now += 1000
    article = server.articles[article_id]
    article.updated = server.now - 1
    return article


def test_every_locale_is_read_page_by_page_and_translations_share_their_id(server: HelpCenterServer) -> None:
    articles = fetch(server).articles
    assert len(articles) == 15
    assert {each.locale for each in articles if each.id == "103"} == {"en", "es", "pt"}
    first = next(each for each in articles if (each.id, each.locale) == ("100", "en"))
    assert first.title == "Set rate 0"
    assert first.body_markdown == "## Rates {#r}\n\nChoose rate 0.\n"
    assert first.url == f"{server.url}/hc/en-us/articles/100-Set-rate-0"
    assert first.tags == ("shipping",)
    assert first.updated_at is not None


def test_with_a_mapping_only_the_locales_that_it_lists_are_read(server: HelpCenterServer) -> None:
    content = source(server, locales={"pt-BR": "pt"}).read()
    assert {each.locale for each in content.articles} == {"pt"}
    assert server.asked_since(0, "/api/v2/help_center/es/") == []
    with pytest.raises(SourceUnusable, match="en-us, es, pt-br"):
        source(server, locales={"fr": "fr"}).read()


def test_drafts_and_articles_for_some_users_only_are_left_out_with_their_reason(server: HelpCenterServer) -> None:
    server.articles[100].draft_in = {"es"}
    server.articles[101].user_segment_id = 7
    snapshot = fetch(server)
    assert len(snapshot.articles) == 11
    assert {(each.place, each.reason) for each in snapshot.skipped if each.place.startswith("es")} == {
        ("es/100", "draft"),
        ("es/101", "not public: for a segment of users only"),
    }


def test_with_nothing_changed_only_changes_and_counts_are_asked_for(server: HelpCenterServer) -> None:
    first = fetch(server)
    second = fetch(server, first)
    mark = len(server.asked)
    third = fetch(server, second)
    assert third.articles == first.articles
    asked = server.asked_since(mark)
    assert [path.partition("?")[0].rsplit("/", 2)[-2] for path in asked] == [
        "help_center", "incremental", "en-us", "es", "pt-br",
    ]  # fmt: skip


def test_a_changed_article_alone_is_fetched_again_in_all_its_languages(server: HelpCenterServer) -> None:
    first = fetch(server, fetch(server))
    article = touch(server, 102)
    article.translations["es"] = ("Definir tarifa 2", "<p>Ahora se elige otra.</p>")
    mark = len(server.asked)
    second = fetch(server, first)
    assert server.asked_since(mark, "/api/v2/help_center/articles/") == [
        "/api/v2/help_center/articles/102/translations.json"
    ]
    assert all("page[size]" not in path for path in server.asked_since(mark))
    (changed,) = set(second.articles) - set(first.articles) - {each for each in second.articles if each.locale != "es"}
    assert changed.body_markdown == "Ahora se elige otra.\n"
    assert compare(first, second).gone == 0


def test_votes_do_not_make_an_article_changed(server: HelpCenterServer) -> None:
    first = fetch(server, fetch(server))
    server.articles[104].votes = 12
    mark = len(server.asked)
    fetch(server, first)
    assert server.asked_since(mark, "/api/v2/help_center/articles/") == []


@pytest.mark.parametrize("way", ["deleted", "unpublished", "hidden", "translation deleted"])
def test_what_leaves_the_help_center_leaves_at_the_next_sync(server: HelpCenterServer, way: str) -> None:
    first = fetch(server, fetch(server))
    if way == "deleted":
        del server.articles[101]
    elif way == "unpublished":
        touch(server, 101).draft_in = {"en-us", "es", "pt-br"}
    elif way == "hidden":
        touch(server, 101).user_segment_id = 9
    else:
        del server.articles[101].translations["es"]
    left = {each.locale for each in fetch(server, first).articles if each.id == "101"}
    assert left == ({"en", "pt"} if way == "translation deleted" else set())


def test_a_deletion_and_a_new_article_at_once_are_both_seen(server: HelpCenterServer) -> None:
    first = fetch(server, fetch(server))
    del server.articles[100]
    server.articles[200] = ZendeskArticle(200, {"en-us": ("New", "<p>Words.</p>")})
    touch(server, 200)
    ids = {each.id for each in fetch(server, first).articles if each.locale == "en"}
    assert ids == {"101", "102", "103", "104", "200"}


def test_an_anonymous_reader_lists_what_is_public_each_time(server: HelpCenterServer) -> None:
    server.token = ""
    server.articles[100].user_segment_id = 7
    server.articles[101].draft_in = {"en-us"}
    first = fetch(server, credentials=Credentials())
    assert len(first.articles) == 11
    del server.articles[102]
    assert len(fetch(server, first, Credentials()).articles) == 8
    assert server.asked_since(0, "/api/v2/help_center/incremental") == []
    assert all("authorization" not in headers for headers in server.headers)


def test_a_bearer_token_is_sent_as_one(server: HelpCenterServer) -> None:
    assert len(fetch(server, credentials=Credentials(bearer=TOKEN)).articles) == 15
    assert server.headers[-1]["authorization"] == f"Bearer {TOKEN}"


def test_wrong_credentials_are_named_without_being_shown(server: HelpCenterServer) -> None:
    wrong = Credentials(email="agent@shop.example", token="not-the-token")
    with pytest.raises(SourceUnavailable, match="refuses the credentials") as caught:
        fetch(server, credentials=wrong)
    assert "not-the-token" not in str(caught.value) + repr(wrong)


def test_a_500_half_way_is_an_error_after_some_tries_and_nothing_is_half_read(server: HelpCenterServer) -> None:
    server.failing = lambda path: Answer(status=500) if "/es/" in path and "after" in path else None
    with pytest.raises(SourceUnavailable, match="answers 500"):
        fetch(server)
    assert len([path for path in server.asked if "/es/" in path and "after" in path]) == 3


def test_429_is_waited_for(server: HelpCenterServer) -> None:
    busy = [Answer(status=429, headers={"Retry-After": "0"}) for _ in range(2)]
    server.failing = lambda _: busy.pop() if busy else None
    assert len(fetch(server).articles) == 15


def test_the_token_does_not_follow_a_redirect(server: HelpCenterServer) -> None:
    server.failing = lambda path: (
        Answer(status=302, headers={"Location": f"{server.url}/stolen"}) if path != "/stolen" else None
    )
    with pytest.raises(SourceUnavailable, match="answers 302"):
        fetch(server)
    assert "/stolen" not in server.asked


@pytest.mark.parametrize("body", [b"<html>not json</html>", b"[]", b'{"articles": 7}', b'{"articles": [7, {}]}'])
def test_nonsense_is_named(server: HelpCenterServer, body: bytes) -> None:
    server.failing = lambda path: Answer(body=body) if "articles.json" in path else None
    with pytest.raises(SourceUnavailable):
        fetch(server)


def test_pages_that_lead_back_to_each_other_end(server: HelpCenterServer) -> None:
    row = b'{"id": 1, "title": "One", "body": "<p>Words.</p>"}'
    page = (
        b'{"articles": [%s], "meta": {"has_more": true}, "links": {"next": "%s/api/v2/help_center/es/articles.json"}}'
    )
    server.failing = lambda path: Answer(body=page % (row, server.url.encode())) if "articles.json" in path else None
    assert {each.id for each in fetch(server).articles} == {"1"}


def test_a_token_is_only_sent_by_https() -> None:
    with pytest.raises(SourceUnusable, match="https"):
        ZendeskHelpCenter("http://shop.zendesk.example", AGENT)
