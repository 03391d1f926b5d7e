"""`python -m api.serve`: the public process."""

from __future__ import annotations

import logging
import sys

import uvicorn

from api.app import create_app
from api.privacy.logs import configure_logging
from api.settings import SettingsError, load_settings
from bot.catalog import CatalogError


def main() -> int:
    """Serve until stopped. Returns 1 with one clear line when a setting or the catalog is wrong."""
    try:
        settings = load_settings()
        app = create_app(settings)
    except (SettingsError, CatalogError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    configure_logging(settings.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        # Through the root's handler, which masks.
        log_config=None,
        access_log=False,
        # A stream of events never ends by itself.
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
