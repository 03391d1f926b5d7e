"""axe on a page, its shadow trees and its open dialogs included."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page) -> list[str]:
    """What axe objects to, a line an element: the rule, where, and how to mend it. Empty where there is nothing."""
    results = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['target']} {node.get('failureSummary', '')}"
        for found in results
        for node in found["nodes"]
    ]
