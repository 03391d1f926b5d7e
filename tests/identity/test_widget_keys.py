"""Widget keys: where a widget may stand."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from api.database import Database
from api.errors import Forbidden, Invalid, NotFound
from api.identity.widget_keys import (
    DEMO_KEY,
    allowed_origins,
    create_widget_key,
    normalise_origin,
    resolve_widget_key,
    switch_off_widget_key,
)
from api.settings import Settings

SHOP = "https://shop.example"


def settings(**changes: Any) -> Settings:
    return Settings(secret_key=SecretStr("s" * 32), **changes)


def test_no_key_is_the_demo_key_in_development_only(database: Database) -> None:
    with database.write() as session:
        assert resolve_widget_key(session, None, "https://anywhere.example", settings()).key == DEMO_KEY
        for key in (None, DEMO_KEY):
            with pytest.raises(Forbidden) as caught:
                resolve_widget_key(session, key, None, settings(mode="production"))
            assert caught.value.code == "widget_key"


def test_a_key_works_on_its_sites_and_on_our_own_pages(database: Database) -> None:
    with database.write() as session:
        key = create_widget_key(session, name="Shop", origins=["https://SHOP.example/"], channels=["widget"]).key
        live = settings(mode="production", public_url="https://help.example")
        for origin in (SHOP, "https://help.example", None):
            assert resolve_widget_key(session, key, origin, live).key == key
        for origin in ("https://evil.example", "http://shop.example", "https://shop.example.evil.example", "null"):
            with pytest.raises(Forbidden) as caught:
                resolve_widget_key(session, key, origin, live)
            assert caught.value.code == "widget_origin"
        with pytest.raises(Forbidden) as caught:
            resolve_widget_key(session, key, SHOP, live, channel="admin")
        assert caught.value.code == "widget_channel"
        assert allowed_origins(session) == {SHOP}


def test_a_key_that_was_switched_off_or_never_made_is_refused(database: Database) -> None:
    with database.write() as session:
        key = create_widget_key(session, name="Shop", origins=[SHOP], channels=[]).key
        switch_off_widget_key(session, key)
        for wanted in (key, "wk_nonsense"):
            with pytest.raises(Forbidden) as caught:
                resolve_widget_key(session, wanted, SHOP, settings())
            assert caught.value.code == "widget_key"
        with pytest.raises(NotFound):
            switch_off_widget_key(session, "wk_nonsense")
        assert allowed_origins(session) == set()


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Shop.example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_has_one_spelling(text: str, origin: str) -> None:
    assert normalise_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "shop.example",
        "https://shop.example/path",
        "ftp://x.example",
        "https://u@x.example",
        "*",
        "https://x:99999",
        "",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        normalise_origin(text)


def test_a_key_needs_an_origin_and_known_channels(database: Database) -> None:
    with database.write() as session:
        for origins, channels in (([], []), ([SHOP], ["fax"])):
            with pytest.raises(Invalid):
                create_widget_key(session, name="x", origins=origins, channels=channels)
