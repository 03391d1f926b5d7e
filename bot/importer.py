"""Rasa's training data: the files of data/training and bot/domain, plus the domain that the catalog means."""

from __future__ import annotations

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.utils.common import cached_method

from bot.catalog import load_catalog
from bot.domain_builder import build_domain


class CatalogImporter(RasaFileImporter):
    """The sole importer of config.yml. CatalogError from a broken catalog ends the training, with the cure."""

    @cached_method
    def get_domain(self) -> Domain:
        written = super().get_domain()
        return written.merge(Domain.from_dict(build_domain(load_catalog())))
