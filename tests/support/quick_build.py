"""A build of no models, for tests of what happens around one: learning takes seconds even on five articles."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from knowledge_base.build import BuildReport
from knowledge_base.publishing import LocaleCounts
from knowledge_base.sources import ArticleSource


def quick_build(source: ArticleSource, index_dir: Path, **_: Any) -> BuildReport:
    """Reads the source and replaces the index's manifest by one that lists the articles' ids."""
    content = source.read()
    index_dir.mkdir(parents=True, exist_ok=True)
    aside = index_dir / "manifest.new"
    aside.write_text(json.dumps(sorted(f"{each.locale}/{each.id}" for each in content.articles)))
    aside.replace(index_dir / "manifest.json")
    locales = {
        locale: LocaleCounts(articles=sum(each.locale == locale for each in content.articles), passages=0)
        for locale in {each.locale for each in content.articles}
    }
    return BuildReport(index_dir, locales, content.skipped, 0.0)


if __name__ == "__main__":
    import knowledge_base.build
    from knowledge_base.cli import make_app

    knowledge_base.build.build_index = quick_build  # type: ignore[assignment]
    make_app()(sys.argv[1:])
