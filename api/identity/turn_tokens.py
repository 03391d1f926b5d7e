"""Turn tokens: what the dialogue's actions hold while one turn runs, and nothing longer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import jwt

from api.database import utc_now
from api.errors import Unauthorized
from api.identity.limits import network_of
from api.identity.tokens import keyed_hash, signing_key
from api.settings import Settings

# A turn may take `rasa.timeout` seconds (30 by default), twice where it is tried again. The token lands in the tracker's
# metadata, so it must not outlive its turn by much.
LIFETIME = dt.timedelta(seconds=120)
_AUDIENCE = "copilot-turn"


@dataclass(frozen=True)
class TurnClaims:
    """What a turn token says. `network` is a keyed hash of the customer's address, for limits, or None."""

    conversation_id: str
    turn_id: str
    network: str | None


def issue_turn_token(settings: Settings, conversation_id: str, turn_id: str, *, address: str | None = None) -> str:
    """A signed token for one turn. `address`: the customer's IP address, of which only a keyed hash goes in."""
    now = utc_now()
    network = network_of(address)
    claims = {
        "aud": _AUDIENCE,
        "conv": conversation_id,
        "turn": turn_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
    }
    if network is not None:
        claims["net"] = keyed_hash(settings, "network", network)
    return jwt.encode(claims, signing_key(settings), algorithm="HS256")


def read_turn_token(settings: Settings, token: str) -> TurnClaims:
    """The claims of a good turn token; raises `Unauthorized` for any other."""
    try:
        claims = jwt.decode(
            token,
            signing_key(settings),
            algorithms=["HS256"],
            audience=_AUDIENCE,
            options={"require": ["exp", "conv", "turn", "aud"]},
        )
        return TurnClaims(str(claims["conv"]), str(claims["turn"]), claims.get("net"))
    except jwt.PyJWTError as error:
        raise Unauthorized("The turn token is not valid, or its turn is over: it lasts as long as one turn.") from error
