"""The help center's pages as they are answered, votes included."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from api.errors import Unavailable
from api.help_center.collections import Plan, arrange, folder_of, read_plan
from api.help_center.reading import reading
from api.help_center.votes import VOTES_OF_ARTICLE
from tests.support.fake_help_center import FakeHelpCenter, article
from tests.support.rest import Rest, ok


@pytest.fixture
def articles(rest: Rest) -> FakeHelpCenter:
    found = FakeHelpCenter()
    rest.services.help_center = cast("Any", found)
    return found


def test_an_article_tells_search_engines_where_it_and_its_translations_are(
    rest: Rest, articles: FakeHelpCenter
) -> None:
    page = rest.http.get("/help/es/export-sales-report")
    base = rest.settings.public_url
    assert page.headers["content-language"] == "es"
    assert f'<link rel="canonical" href="{base}/help/es/export-sales-report">' in page.text
    for language in ("es", "en", "pt"):
        assert f'hreflang="{language}" href="{base}/help/{language}/export-sales-report"' in page.text
    assert '<meta name="description" content="Before the steps, a word about roles' in page.text
    assert "<title>Exporta tu reporte de ventas · Centro de ayuda de Lumbra</title>" in page.text
    alone = rest.http.get("/help/en/schedule-reports").text
    assert 'rel="alternate"' not in alone
    assert "noindex" in rest.http.get("/help/search?q=report&lang=en").text
    assert f'hreflang="x-default" href="{base}/help"' in rest.http.get("/help/en").text


def test_what_is_not_there_is_404_and_titles_are_no_markup(rest: Rest, articles: FakeHelpCenter) -> None:
    assert rest.http.get("/help/en/nothing").status_code == 404
    assert rest.http.get("/help/xx").status_code == 404
    assert rest.http.get("/help/collections/none?lang=en").status_code == 404
    page = rest.http.get("/help/en/roles").text
    assert "<h1>Roles &amp; permissions &lt;b&gt;</h1>" in page
    found = rest.http.get("/help/search", params={"q": '<img src=x onerror="x">', "lang": "en"}).text
    assert "<img src=x" not in found


def test_the_home_groups_the_articles_and_speaks_the_browser_s_language(rest: Rest, articles: FakeHelpCenter) -> None:
    page = rest.http.get("/help", headers={"Accept-Language": "en-GB"}).text
    assert page.index("Access and account") < page.index("Reports and alerts") < page.index("Odd things")
    assert "See all 5 articles" in page
    assert "Roles &amp; permissions" in rest.http.get("/help/collections/access?lang=en").text


def test_a_search_that_is_down_says_so_and_one_without_words_only_asks(rest: Rest, articles: FakeHelpCenter) -> None:
    articles.problem = Unavailable("no index", code="search_unavailable")
    assert "La búsqueda no responde" in rest.http.get("/help/search?q=reporte&lang=es").text
    articles.problem = None
    assert 'class="results"' not in rest.http.get("/help/search?q=%20&lang=es").text
    assert articles.asked == ["reporte"]


def test_a_vote_is_one_event_and_a_script_s_votes_stop_counting(rest: Rest, articles: FakeHelpCenter) -> None:
    body = {"locale": "en", "article_id": "export-sales-report", "helped": "yes"}
    answer = rest.http.post("/help/votes", data=body, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/help/en/export-sales-report?helped=yes#helped",
    )
    assert "Thank you for telling us." in rest.http.get(answer.headers["location"]).text
    json = {"Accept": "application/json"}
    told = [
        ok(rest.http.post("/help/votes", data={**body, "helped": "no"}, headers=json))["recorded"]
        for _ in range(VOTES_OF_ARTICLE.times)
    ]
    assert told == [True] * (VOTES_OF_ARTICLE.times - 1) + [False]
    events = rest.events("article_rated")
    assert [each.data["helped"] for each in events] == [True] + [False] * (VOTES_OF_ARTICLE.times - 1)
    assert events[0].data == {"article_id": "export-sales-report", "locale": "en", "helped": True}


@pytest.mark.parametrize(
    ("change", "status"), [({"article_id": "nothing"}, 404), ({"helped": "perhaps"}, 422), ({"locale": "xx"}, 404)]
)
def test_a_vote_for_nothing_is_refused(
    rest: Rest, articles: FakeHelpCenter, change: dict[str, str], status: int
) -> None:
    body = {"locale": "en", "article_id": "roles", "helped": "yes", **change}
    assert rest.http.post("/help/votes", data=body).status_code == status


def test_another_site_votes_for_nobody(rest: Rest, articles: FakeHelpCenter) -> None:
    body = {"locale": "en", "article_id": "roles", "helped": "yes"}
    assert rest.http.post("/help/votes", data=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert rest.events("article_rated") == []


def test_leads_see_what_readers_said_of_each_article(rest: Rest, articles: FakeHelpCenter) -> None:
    for article_id, helped in (("roles", "yes"), ("export-sales-report", "no"), ("roles", "yes"), ("roles", "no")):
        body = {"locale": "en", "article_id": article_id, "helped": helped}
        rest.http.post("/help/votes", data=body, headers={"Accept": "application/json"})
    lead = rest.token_of("lead")
    figures = ok(rest.http.get("/metrics/articles", headers=lead))["articles"]
    first = {"article_id": "export-sales-report", "locale": "en", "title": "Export your sales report"}
    assert figures[0] == {**first, "helped": 0, "not_helped": 1, "share": 0.0}
    table = rest.http.get("/metrics/articles?format=csv", headers=lead).text.splitlines()
    assert table[0] == "article_id,locale,title,helped,not_helped,share"
    assert table[2] == "roles,en,Roles & permissions <b>,2,1,0.6667"
    assert rest.http.get("/metrics/articles", headers=rest.token_of("agent")).status_code == 403


def test_pictures_of_other_hosts_become_links_and_callouts_are_named() -> None:
    shown = reading(
        '<p><a href="/x"><img src="https://a.example/1.png" alt="In a link"></a>'
        '<img src="https://a.example/2.png" alt=""><img src="/own.png" alt="Own"></p>'
        '<aside class="callout callout-tip"><p>Try it.</p></aside>',
        {"tip": "Tip"},
        "See <it>",
    )
    assert '<a href="/x">[In a link]</a>' in shown.html
    assert 'href="https://a.example/2.png" rel="noopener noreferrer" target="_blank">See &lt;it&gt;</a>' in shown.html
    assert '<img loading="lazy" src="/own.png" alt="Own">' in shown.html
    assert (
        '<div class="callout callout-tip" role="note"><p class="callout-label">Tip</p><p>Try it.</p></div>'
        in shown.html
    )
    assert shown.contents == ()


def test_without_a_plan_every_folder_is_a_collection(rest: Rest, tmp_path: Path) -> None:
    assert read_plan(tmp_path) == Plan()
    held = [article("a", "en", "A", "z-last"), article("b", "en", "B", "first_one"), article("c", "en", "C")]
    found = arrange(held, Plan(), rest.catalog, "en")
    assert [each.title for each in found] == ["First one", "Reports", "Z last"]
    assert folder_of(held[0]) == "z-last"


def test_a_plan_that_cannot_be_read_is_told_with_its_cure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "help_center").mkdir()
    (tmp_path / "help_center" / "collections.yml").write_text("collections: [{id: A B}]", encoding="utf-8")
    assert read_plan(tmp_path) == Plan()
    assert "collections.yml is not used" in caplog.text
