"""What the endpoints share: built once at start, handed to every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from fastapi import Request

if TYPE_CHECKING:
    from api.chat.gateway import DialogueGateway
    from api.chat.streams import Streams
    from api.database import Database
    from api.help_center.index import HelpCenter
    from api.settings import Settings
    from bot.catalog import Catalog


@dataclass
class Services:
    """The parts of one api process."""

    settings: Settings
    database: Database
    catalog: Catalog
    help_center: HelpCenter
    dialogue: DialogueGateway
    streams: Streams


def services(request: Request) -> Services:
    """The dependency that endpoints declare: ``copilot: Annotated[Services, Depends(services)]``."""
    return cast("Services", request.app.state.services)
