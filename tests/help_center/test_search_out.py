"""A search as it is answered over HTTP."""

from __future__ import annotations

from api.help_center.endpoints import search_out
from knowledge_base import SearchHit, SearchResult
from knowledge_base.results import Related, Topic
from knowledge_base.snippets import Span, Step

HIT = SearchHit(
    article_id="export-reports",
    title="Export a report",
    heading="Steps",
    url="/help/en/export-reports#steps",
    locale="en",
    snippet="1. Open Reports.\n2. Run <it>.",
    score=1.5,
    heading_path=("Reports", "Steps"),
    highlights=(Span(8, 15),),
    steps=(Step(1, 3, 16), Step(2, 20, 29)),
    continues=True,
)


def test_a_search_is_answered_with_its_first_fields_to_the_letter_and_more() -> None:
    result = SearchResult(
        confident=False,
        confidence=0.4,
        language="en",
        hits=(HIT,),
        other_language=False,
        decision="clarify",
        topics=(Topic("Export a report", "export-reports", "en"), Topic("Roles", "roles", "en")),
        related=(Related("roles", "Roles", "/help/en/roles", "en"),),
    )
    out = search_out(result).model_dump(mode="json")
    first = {
        name: out["passages"][0].pop(name) for name in ("article_id", "title", "heading", "url", "locale", "snippet")
    }
    assert first == {
        "article_id": "export-reports",
        "title": "Export a report",
        "heading": "Steps",
        "url": "/help/en/export-reports#steps",
        "locale": "en",
        "snippet": "1. Open Reports.\n2. Run <it>.",
    }
    assert out["passages"] == [
        {
            "score": 1.5,
            "heading_path": ["Reports", "Steps"],
            "highlights": [[8, 15]],
            "steps": [{"number": 1, "start": 3, "end": 16}, {"number": 2, "start": 20, "end": 29}],
            "code": [],
            "continues": True,
            "html": '<ol start="1"><li><p>Open <mark>Reports</mark>.</p></li><li><p>Run &lt;it&gt;.</p></li></ol>',
        }
    ]
    assert (out["confident"], out["decision"]) == (False, "clarify")
    assert [each["label"] for each in out["topics"]] == ["Export a report", "Roles"]
    assert out["related"] == [{"article_id": "roles", "title": "Roles", "url": "/help/en/roles", "locale": "en"}]
