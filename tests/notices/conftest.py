"""Fixtures of this folder."""

from tests.support.databases import database, empty_database, kind_of_database, migrated_file, postgresql_url
from tests.support.rest import rest

__all__ = ["database", "empty_database", "kind_of_database", "migrated_file", "postgresql_url", "rest"]
