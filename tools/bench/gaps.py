"""`python -m tools.bench.gaps --index DIR --questions FILE`: do hidden topics become clusters of their own?

`--index`: built without the hidden articles. `--questions`: a JSON object a line, `{id, locale, query, topic}`; `topic` is
the hidden article that the question asks about, empty for any other question. Questions about a hidden topic count as not
helped even where the index answers them with confidence, as customers would say; `--strict` takes those for answered,
as if nobody had said so.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from knowledge_base.gaps import LEAST, OpenQuestion, find_gaps
from knowledge_base.options import Options

PURITY = 0.8


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.gaps", description=__doc__)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--strict", action="store_true")
    arguments = parser.parse_args()
    lines = [json.loads(line) for line in arguments.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    topic_of = {str(each["id"]): str(each.get("topic") or "") for each in lines}
    kb = Options().open(arguments.index)
    every = frozenset(each.id for each in kb.articles())
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    questions = [
        OpenQuestion(
            str(each["id"]),
            each["query"],
            each["locale"],
            now,
            every if topic_of[str(each["id"])] and not arguments.strict else frozenset(),
        )
        for each in lines
    ]
    found = find_gaps(kb, questions)
    seen: dict[tuple[str, str], float] = defaultdict(float)
    claims = 0
    for cluster in found.clusters:
        counts = Counter(topic_of[each] for each in cluster.questions)
        for topic, count in counts.items():
            if topic and count >= LEAST:
                key = topic, cluster.language
                seen[key] = max(seen[key], count / len(cluster.questions))
        claims += cluster.nearest is not None and cluster.nearest.confidence >= cluster.nearest.answers_from
    asked = {(topic_of[str(each["id"])], each["locale"]) for each in lines if topic_of[str(each["id"])]}
    own = {key for key in asked if seen.get(key, 0) >= PURITY}
    topics = {topic for topic, _ in asked}
    figures = {
        "questions": len(lines),
        "clusters": len(found.clusters),
        "topics": len(topics),
        "own_cluster_in_a_language": round(len({topic for topic, _ in own}) / max(len(topics), 1), 3),
        "own_cluster_by_topic_and_language": round(len(own) / max(len(asked), 1), 3),
        "mean_purity": round(sum(seen.values()) / max(len(seen), 1), 3),
        "nearest_that_claims_to_answer": claims,
    }
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
