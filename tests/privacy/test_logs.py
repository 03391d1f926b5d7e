"""No log line carries personal data, whatever the level and whoever writes it."""

from __future__ import annotations

import io
import logging

import pytest

from api.privacy.logs import MaskingFormatter


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL])
def test_every_level_is_masked(level: int) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log = logging.getLogger(f"tests.privacy.logs.{level}")
    log.propagate, log.handlers = False, [handler]
    log.setLevel(logging.DEBUG)
    log.log(level, "mail to %s of +34 600 123 456 failed", "ana@tienda.example")
    try:
        raise ValueError("card 4111 1111 1111 1111")
    except ValueError:
        log.log(level, "turn 0123456789abcdef0123456789abcdef failed", exc_info=True)
    text = out.getvalue()
    assert "mail to [email] of [phone] failed" in text
    assert "card [card]" in text
    assert "turn 0123456789abcdef0123456789abcdef failed" in text
    assert "ana@" not in text


def test_the_moment_in_front_stays() -> None:
    record = logging.LogRecord("a", logging.INFO, "", 0, "ok", (), None)
    line = MaskingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s").format(record)
    assert line.startswith(str(record.asctime))
    assert line.endswith("INFO a ok")
