"""The domain that Rasa loads is the catalog's: a misspelt importer would only log a warning."""

# Rasa's environment has no pytest.
# ruff: noqa: PT009

import unittest
from pathlib import Path

from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.utils.validation import validate_yaml_schema

from bot.catalog import load_catalog

ROOT = Path(__file__).resolve().parents[3]


class LoadedDomain(unittest.TestCase):
    def test_rasa_loads_the_catalogs_entries_and_every_action_that_rules_name(self) -> None:
        importer = TrainingDataImporter.load_from_config(
            str(ROOT / "config.yml"), str(ROOT / "bot" / "domain"), [str(ROOT / "data" / "training")]
        )
        domain = importer.get_domain()
        catalog = load_catalog()
        slots = {each.name for each in domain.slots}
        self.assertLessEqual({each.id for each in catalog.fields if each.enabled}, slots)
        forms = {"help_form", "ticket_form", "contact_form", "notice_form", "follow_form", "rating_form"}
        self.assertLessEqual(forms, set(domain.form_names))
        spanish = next(
            each
            for each in domain.responses["utter_which_language"]
            if each.get("condition") and each["condition"][0]["value"] == "es"
        )
        labels = [each["label"] for each in spanish["metadata"]["choices"]]
        self.assertEqual(labels, [catalog.label("languages", each, "es") for each in ("es", "en", "pt")])
        named = {
            step.action_name
            for rule in importer.get_stories().story_steps
            for step in rule.events
            if getattr(step, "action_name", None)
        }
        self.assertLessEqual(named - {"..."}, set(domain.action_names_or_texts))
        # Rasa checks the domain again when a model is loaded: what it would refuse then is refused here.
        validate_yaml_schema(domain.as_yaml(), "shared/utils/schemas/domain.yml")
