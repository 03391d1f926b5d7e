"""What the fake chat knows: passages, an article, and words that no page may run."""

from __future__ import annotations

from typing import Any

HOSTILE = (
    "<img src=x onerror=\"document.title='pwned'\"> <script>document.title='pwned'</script> "
    "[link](javascript:document.title='pwned') &lt;b&gt; https://example.invalid/\"onmouseover=alert(1)"
)

PASSAGE = {
    "article_id": "export-sales-report",
    "title": "Export your sales report",
    "heading": "Before you start",
    "url": "/help/en/export-sales-report",
    "locale": "en",
    "snippet": "Open Reports > Sales, choose the period and press Export. The file reaches your inbox within five minutes.",
    "score": 0.83,
}
OTHERS = [
    {**PASSAGE, "article_id": "schedule-reports", "title": "Schedule a report", "url": "/help/en/schedule-reports"},
    {**PASSAGE, "article_id": "report-columns", "title": "Choose the columns", "url": "/help/en/report-columns"},
]
RELATED = {"article_id": "roles", "title": "Roles", "url": "/help/en/roles", "locale": "en"}


def _range(text: str, part: str) -> tuple[int, int]:
    start = text.index(part)
    return start, start + len(part)


_STEPS = (
    "🧾 To sync & check the report <b>now</b>:\n1. Open the panel:\n- Reports\n- Sales\n2. Run it:\n"
    "shop sync --all\n  --wait\n3. Check the mail."
)
STEPS: dict[str, Any] = {
    **PASSAGE,
    "article_id": "sync-reports",
    "title": "Sync your reports",
    "heading": "By hand",
    "heading_path": ["Sync your reports", "Reports", "By hand"],
    "url": "/help/en/export-sales-report#steps",
    "snippet": _STEPS,
    "highlights": [
        _range(_STEPS, "sync"),
        _range(_STEPS, "report"),
        (_STEPS.index("sync --all"), _STEPS.index(" --all")),
    ],
    "steps": [
        {"number": 1, "start": _range(_STEPS, "Open")[0], "end": _range(_STEPS, "- Sales")[1]},
        {"number": 2, "start": _range(_STEPS, "Run")[0], "end": _range(_STEPS, "--wait")[1]},
        {"number": 3, "start": _range(_STEPS, "Check the")[0], "end": len(_STEPS)},
    ],
    "code": [_range(_STEPS, "shop sync --all\n  --wait")],
    "continues": True,
}
# What `GET /help-center/articles/...` gives of them.
ARTICLE: list[Any] = [
    ["p", {}, "What you see in the panel, as a file."],
    ["h2", {"id": "start"}, "Before you start"],
    ["p", {}, "Open Reports > Sales, choose the ", ["strong", {}, "period"], " and press Export."],
    ["p", {}, "The file reaches your inbox within five minutes."],
    ["aside", {"class": "callout callout-note"}, ["p", {}, "Filters are kept."]],
    [
        "table",
        {},
        ["tbody", {}, ["tr", {}, ["th", {}, "Column"], ["td", {}, ["a", {"href": "/help/en/roles"}, "Who"]]]],
    ],
    ["script", {}, "document.title='pwned'"],
    ["p", {"onclick": "document.title='pwned'"}, ["a", {"href": "javascript:document.title='pwned'"}, "Go"]],
    ["img", {"src": "x:y", "onerror": "document.title='pwned'"}],
]
SUBCATEGORIES = (
    *("bulk_actions", "authentication", "configuration", "language", "integrations", "slowness", "error_message"),
    *("notifications", "plugins", "records", "reports", "roles", "security", "customer_portal", "other"),
)
