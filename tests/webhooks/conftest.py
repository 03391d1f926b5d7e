"""Fixtures of this folder."""

from tests.support.listener import listener
from tests.support.rest import rest

__all__ = ["listener", "rest"]
