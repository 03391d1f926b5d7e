"""axe on a page, its shadow trees and its open dialogs included."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page, *rules: str) -> list[str]:
    """What axe objects to, a line an element: the rule, where, and how to mend it. Empty where there is nothing.

    `rules`: these alone. A page in its other colours has no other faults than theirs: `color-contrast`.
    """
    # Of what axe has no objection to, it makes and sends one element a rule: half of its time on a large page.
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    results = Axe().run(page, options=options).response["violations"]
    return [
        f"{found['id']}: {node['target']} {node.get('failureSummary', '')}"
        for found in results
        for node in found["nodes"]
    ]
