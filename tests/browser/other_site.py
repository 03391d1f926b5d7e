"""A site of somebody else, on an origin of its own, that carries the widget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Guard
from tests.browser.serving import serving


@dataclass
class OtherSite:
    """Serves what tests put into it: `scripts` by name, pages by `show`, its customer's `token`."""

    app: FastAPI
    url: str = ""
    scripts: dict[str, str] = field(default_factory=dict)
    html: str = ""
    policy: str = ""
    token: Callable[[], str] = str


def _other_site() -> OtherSite:
    app = FastAPI()
    app.state.stopping = False
    site = OtherSite(app)

    @app.get("/")
    async def page() -> HTMLResponse:
        headers = {"Content-Security-Policy": site.policy} if site.policy else {}
        return HTMLResponse(f"<!doctype html><html lang=en><link rel=icon href=data:,>{site.html}", headers=headers)

    @app.get("/{name}.js")
    async def script(name: str) -> Response:
        return Response(site.scripts[name], media_type="text/javascript")

    @app.get("/copilot-token")
    async def token() -> dict[str, str]:
        return {"token": site.token()}

    return site


@pytest.fixture(scope="package")
def other_site_server() -> Iterator[OtherSite]:
    site = _other_site()
    with serving(site.app) as url:
        site.url = url
        yield site


Shower = Callable[..., Page]


@pytest.fixture
def show(
    other_site_server: OtherSite, site: str, contexts: Callable[..., BrowserContext], guard: Guard
) -> Iterator[Shower]:
    """Opens a page of the other site: ``show(html, policy, {script name: source})``; ``{api}`` is the copilot's origin."""
    other = other_site_server
    guard.allowed_hosts.add(other.url.removeprefix("http://"))

    def shower(html: str, policy: str = "", scripts: dict[str, str] | None = None, **options: object) -> Page:
        other.html, other.policy = html.replace("{api}", site), policy.replace("{api}", site)
        other.scripts = {name: source.replace("{api}", site) for name, source in (scripts or {}).items()}
        page = contexts(**options).new_page()
        page.goto(other.url)
        return page

    yield shower
    other.html = other.policy = ""
    other.token = str
