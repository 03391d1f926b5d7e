"""Outcomes and answers counted a second time, in SQL over the raw events alone: nothing of api/metrics is imported here.

`recount` has a row a conversation, `answers_again` one a search, `articles_again` one an article of a search: tables of one
connection.
Where SQLite and PostgreSQL differ, `PARTS` has the expression of each.
"""

from __future__ import annotations

PARTS: dict[str, dict[str, str]] = {
    "sqlite": {
        "us({})": "(CAST(strftime('%s', {}) AS INTEGER) * 1000000 + CAST(substr({} || '.000000', 21, 6) AS INTEGER))",
        "text({})": "{}",
        "get(data, {})": "json_extract(data, '$.{}')",
        "true(data, {})": "coalesce(json_extract(data, '$.{}'), 0) = 1",
        "number(data, {})": "json_extract(data, '$.{}')",
        "articles": "json_each(coalesce(json_extract(told.data, '$.article_ids'), '[]')) AS article",
        "article": "article.value",
        "place": "article.key",
        "day({})": "date({} / 1000000, 'unixepoch')",
    },
    "postgresql": {
        "us({})": "CAST(extract(epoch FROM {}) * 1000000 AS bigint)",
        "text({})": "CAST({} AS text)",
        "get(data, {})": "data ->> '{}'",
        "true(data, {})": "coalesce(CAST(data ->> '{}' AS boolean), false)",
        "number(data, {})": "CAST(data ->> '{}' AS double precision)",
        "articles": "jsonb_array_elements_text(coalesce(told.data -> 'article_ids', '[]')) WITH ORDINALITY"
        " AS article (value, key)",
        "article": "article.value",
        "place": "article.key - 1",
        "day({})": "CAST(CAST(to_timestamp({} / 1000000) AT TIME ZONE 'UTC' AS date) AS text)",
    },
}


def recount_all(dialect: str, given: dict[str, int]) -> list[str]:
    """The statements that make all tables. `given`: now_us, quiet_us, window_us, soon_us, and zone_us, by which the
    figures' zone is ahead of UTC: bound values are not allowed where a table is made."""
    made = []
    for name, sql, indexed in (
        ("told_again", told_sql(dialect), "conversation_id, place"),
        ("seen_again", seen_sql(dialect), "id, article_id"),
        ("recount", recount_sql(dialect), "id"),
        ("answers_again", answers_sql(dialect), "conversation_id"),
        ("listed_again", listed_sql(dialect), "conversation_id, article_id"),
        ("opened_again", opened_sql(dialect), "conversation_id, number"),
        ("articles_again", ARTICLES, "answer_id"),
    ):
        for key, value in given.items():
            sql = sql.replace(f":{key}", str(value))
        # Neither database knows by itself what a temporary table holds, and plans badly then.
        index = f"CREATE INDEX {name}_of ON {name} ({indexed})"
        made += [f"CREATE TEMPORARY TABLE {name} AS {sql}", index, f"ANALYZE {name}"]
    return made


def told_sql(dialect: str) -> str:
    """Events of conversations in the order of their moments: what one turn tells twice counts once."""
    parts = PARTS[dialect]
    return f"""
WITH copies AS (
  SELECT events.*, row_number() OVER (
      PARTITION BY conversation_id, turn_id, type, ticket_id, {parts["text({})"].replace("{}", "data")} ORDER BY at, id
    ) AS copy
  FROM events WHERE conversation_id IS NOT NULL
)
SELECT id, conversation_id, type, turn_id, ticket_id, data, at, {parts["us({})"].replace("{}", "at")} AS us,
  row_number() OVER (PARTITION BY conversation_id ORDER BY at, id) AS place
FROM copies WHERE turn_id IS NULL OR copy = 1
"""  # noqa: S608


def seen_sql(dialect: str) -> str:
    """Which articles each conversation found or showed."""
    parts = PARTS[dialect]
    return f"""
SELECT DISTINCT told.conversation_id AS id, {parts["article"]} AS article_id
FROM told_again AS told CROSS JOIN {parts["articles"]} WHERE told.type IN ('searched', 'answer_shown')
"""  # noqa: S608


def recount_sql(dialect: str) -> str:
    """A row a conversation or ticket without one: id, kind, outcome, provisional, soon, its customer, day, hour and
    dimensions, and what else a decision says of it."""
    parts = PARTS[dialect]

    def us(column: str) -> str:
        return parts["us({})"].replace("{}", column)

    def get(name: str) -> str:
        return parts["get(data, {})"].replace("{}", name)

    def is_true(name: str) -> str:
        return parts["true(data, {})"].replace("{}", name)

    common = """EXISTS (SELECT 1 FROM seen_again AS mine JOIN seen_again AS theirs ON theirs.article_id = mine.article_id
        WHERE mine.id = x.id AND theirs.id = y.id)"""
    return f"""
WITH
facts AS (
  SELECT conversation_id,
    max(CASE WHEN type NOT IN ('ticket_changed', 'ticket_commented', 'target_warned', 'target_breached', 'alert_raised',
      'alert_escalated', 'alert_acknowledged', 'mail_sent') THEN us END) AS last_us,
    max(CASE WHEN type = 'asked_for_help' THEN 1 ELSE 0 END) AS asked,
    count(DISTINCT CASE WHEN type = 'ticket_opened' THEN ticket_id END)
      + sum(CASE WHEN type = 'ticket_opened' AND ticket_id IS NULL THEN 1 ELSE 0 END) AS tickets,
    max(CASE WHEN type = 'ticket_commented' AND {is_true("public")} AND {get("by")} IN ('agent', 'lead', 'admin')
      THEN 1 ELSE 0 END) AS staffed,
    max(CASE WHEN type = 'status_asked' OR (type = 'ticket_commented' AND {get("by")} = 'customer') THEN 1 ELSE 0 END)
      AS status,
    max(CASE WHEN type = 'notice_subscribed' THEN 1 ELSE 0 END) AS followed,
    max(CASE WHEN type = 'answer_shown' THEN 1 ELSE 0 END) AS shown,
    max(CASE WHEN type IN ('asked_for_help', 'searched', 'answer_shown', 'notice_subscribed', 'solved_yes', 'solved_no',
      'person_requested') THEN place END) AS last_word,
    max(CASE WHEN type = 'solved_yes' THEN place END) AS last_yes,
    max(CASE WHEN type IN ('solved_no', 'person_requested') THEN place END) AS last_no,
    max(CASE WHEN type IN ('searched', 'answer_shown', 'notice_subscribed') THEN place END) AS last_reply,
    max(CASE WHEN type IN ('searched', 'answer_shown', 'notice_subscribed', 'solved_yes', 'form_step', 'form_cancelled',
      'ticket_opened') THEN place END) AS last_move,
    max(CASE WHEN type = 'form_step' THEN place END) AS last_step,
    max(CASE WHEN type = 'rated' AND ticket_id IS NULL THEN place END) AS last_rating,
    max(CASE WHEN type = 'language_chosen' THEN 1 ELSE 0 END) AS language_chosen,
    max(CASE WHEN type = 'scenario_chosen' THEN 1 ELSE 0 END) AS scenario_chosen,
    max(CASE WHEN type = 'person_requested' THEN 1 ELSE 0 END) AS person,
    sum(CASE WHEN type = 'solved_yes' THEN 1 ELSE 0 END) AS helped,
    sum(CASE WHEN type = 'solved_no' THEN 1 ELSE 0 END) AS wrong,
    max(CASE WHEN type = 'ticket_opened' AND {get("category")} IS NOT NULL THEN place END) AS last_matter
  FROM told_again AS told GROUP BY conversation_id
),
replies AS (
  SELECT told.conversation_id,
    CASE WHEN type = 'notice_subscribed' OR {is_true("confident")} THEN 1 ELSE 0 END AS confident
  FROM told_again AS told JOIN facts ON facts.conversation_id = told.conversation_id AND facts.last_reply = told.place
),
matters AS (
  SELECT told.conversation_id, {get("category")} AS category, coalesce({get("subcategory")}, '') AS subcategory
  FROM told_again AS told JOIN facts ON facts.conversation_id = told.conversation_id AND facts.last_matter = told.place
),
ratings AS (
  SELECT told.conversation_id, {get("score")} AS score
  FROM told_again AS told JOIN facts ON facts.conversation_id = told.conversation_id AND facts.last_rating = told.place
),
steps AS (
  SELECT told.conversation_id, {get("asks")} AS asks
  FROM told_again AS told JOIN facts ON facts.conversation_id = told.conversation_id AND facts.last_step = told.place
),
staff AS (SELECT customers.id FROM customers JOIN staff_users ON staff_users.email = customers.email),
based AS (
  SELECT c.id, c.customer_id, c.language, c.channel, coalesce(c.scenario, '') AS scenario,
    {us("c.created_at")} AS started_us,
    CASE WHEN coalesce(facts.last_us, 0) > {us("c.created_at")} THEN facts.last_us ELSE {us("c.created_at")} END AS last_us,
    CASE WHEN coalesce(c.category, '') <> '' THEN c.category ELSE coalesce(matters.category, '') END AS category,
    CASE WHEN coalesce(c.category, '') <> '' THEN coalesce(c.subcategory, '') ELSE coalesce(matters.subcategory, '') END
      AS subcategory,
    coalesce(facts.tickets, 0) AS tickets,
    CASE WHEN facts.last_reply IS NULL THEN 0 ELSE 1 END AS replied,
    coalesce(facts.shown, 0) AS shown, coalesce(facts.person, 0) AS person,
    coalesce(facts.helped, 0) AS helped, coalesce(facts.wrong, 0) AS wrong,
    CASE WHEN facts.last_step IS NULL THEN 0 ELSE 1 END AS in_form, coalesce(ratings.score, '') AS rating,
    CASE
      WHEN facts.tickets > 0 THEN 'ticket' WHEN facts.last_step IS NOT NULL THEN 'form' WHEN facts.shown = 1 THEN 'answered'
      WHEN facts.last_reply IS NOT NULL THEN 'replied' WHEN facts.asked = 1 THEN 'asked' ELSE 'opened'
    END AS stage,
    CASE
      WHEN facts.tickets > 0 THEN ''
      WHEN facts.last_move = facts.last_step THEN coalesce(steps.asks, '')
      WHEN coalesce(facts.asked, 0) = 0 THEN
        CASE WHEN facts.scenario_chosen = 1 THEN 'problem' WHEN facts.language_chosen = 1 THEN 'scenario' ELSE 'language' END
      WHEN facts.last_reply IS NULL THEN 'reply'
      WHEN facts.shown = 1 AND facts.last_word <> coalesce(facts.last_yes, 0)
        AND facts.last_word <> coalesce(facts.last_no, 0) THEN 'solved'
      ELSE ''
    END AS stopped_at,
    CASE
      WHEN c.is_test THEN 'test' WHEN c.customer_id IN (SELECT id FROM staff) THEN 'staff'
      WHEN facts.asked = 1 THEN 'help' WHEN facts.tickets > 0 THEN 'form' WHEN facts.status = 1 THEN 'status'
      WHEN facts.followed = 1 THEN 'subscription' ELSE 'greeting'
    END AS kind,
    CASE
      WHEN facts.tickets > 0 OR facts.staffed = 1 THEN 'escalated'
      WHEN facts.last_word = facts.last_yes THEN 'confirmed'
      WHEN facts.last_reply IS NULL OR facts.last_move = facts.last_step THEN 'abandoned'
      WHEN replies.confident = 0 OR facts.last_word = facts.last_no THEN 'unanswered'
      ELSE 'assumed'
    END AS base
  FROM conversations AS c
  LEFT JOIN facts ON facts.conversation_id = c.id
  LEFT JOIN replies ON replies.conversation_id = c.id
  LEFT JOIN matters ON matters.conversation_id = c.id
  LEFT JOIN ratings ON ratings.conversation_id = c.id
  LEFT JOIN steps ON steps.conversation_id = c.id
),
subjects AS (
  SELECT id, customer_id, language, channel, scenario, started_us, last_us, category, subcategory, tickets, replied, shown,
    person, helped, wrong, in_form, rating, stage, stopped_at, kind,
    CASE WHEN kind = 'help' THEN base ELSE '' END AS base
  FROM based
  UNION ALL
  SELECT 'ticket-' || t.id, t.requester_id, t.language, t.via, '', {us("t.created_at")}, {us("t.created_at")},
    coalesce(t.category, ''), coalesce(t.subcategory, ''), 1, 0, 0, 0, 0, 0, 0, '', 'ticket', '',
    CASE WHEN t.requester_id IN (SELECT id FROM staff) THEN 'staff' ELSE 'ticket' END, ''
  FROM tickets AS t WHERE t.conversation_id IS NULL AND EXISTS (
    SELECT 1 FROM events WHERE events.ticket_id = t.id AND events.conversation_id IS NULL)
),
asks AS (
  SELECT subjects.id, subjects.customer_id, told.us
  FROM subjects JOIN told_again AS told ON told.conversation_id = subjects.id
  WHERE subjects.kind = 'help' AND told.type = 'asked_for_help' AND subjects.customer_id IS NOT NULL
  UNION ALL
  SELECT id, customer_id, started_us FROM subjects WHERE kind = 'ticket' AND customer_id IS NOT NULL
),
returns AS (
  SELECT x.id, min(asks.us) AS us
  FROM subjects AS x
  JOIN asks ON asks.customer_id = x.customer_id AND asks.id <> x.id
    AND asks.us > x.last_us AND asks.us <= x.last_us + :window_us
  JOIN subjects AS y ON y.id = asks.id
  WHERE x.base IN ('confirmed', 'assumed') AND (
    CASE
      WHEN x.category <> '' AND y.category <> '' THEN
        (x.category = y.category AND (x.subcategory = '' OR y.subcategory = '' OR x.subcategory = y.subcategory))
        OR {common}
      WHEN EXISTS (SELECT 1 FROM seen_again WHERE id = x.id) AND EXISTS (SELECT 1 FROM seen_again WHERE id = y.id) THEN
        {common}
      ELSE 1 = 1
    END)
  GROUP BY x.id
)
SELECT subjects.id, kind, customer_id, language, channel, scenario, category, subcategory, tickets, replied, shown,
  person, helped, wrong, in_form, rating, stage, stopped_at,
  {parts["day({})"].replace("{}", "(started_us + :zone_us)")} AS day,
  CAST(((started_us + :zone_us) / 3600000000) % 24 AS integer) AS hour,
  CASE WHEN returns.us IS NOT NULL THEN 'recontacted' ELSE base END AS outcome,
  CASE WHEN returns.us <= last_us + :soon_us THEN 1 ELSE 0 END AS soon,
  CASE WHEN returns.us IS NULL AND base IN ('abandoned', 'unanswered', 'assumed') AND last_us + :quiet_us > :now_us
    THEN 1 ELSE 0 END AS provisional
FROM subjects LEFT JOIN returns ON returns.id = subjects.id
"""  # noqa: S608


def answers_sql(dialect: str) -> str:
    """A row a search: its event's number, its conversation, whether it was sure and shown, and what was said of it."""
    parts = PARTS[dialect]
    sure = parts["true(data, {})"].replace("{}", "confident")
    confidence = parts["number(data, {})"].replace("{}", "confidence")
    return f"""
WITH
replies AS (
  SELECT id, conversation_id, type, place, CASE WHEN {sure} THEN 1 ELSE 0 END AS confident, {confidence} AS confidence,
    -- Shown is what was searched just before in the same turn.
    CASE WHEN type = 'answer_shown' AND lag(type) OVER told_in_order = 'searched'
      AND coalesce(lag(turn_id) OVER told_in_order, '') = coalesce(turn_id, '') THEN 1 ELSE 0 END AS merged
  FROM told_again WHERE type IN ('searched', 'answer_shown')
  WINDOW told_in_order AS (PARTITION BY conversation_id ORDER BY place)
),
numbered AS (
  SELECT replies.*, sum(1 - merged) OVER (PARTITION BY conversation_id ORDER BY place) AS number FROM replies
),
answers AS (
  SELECT conversation_id, number, max(CASE WHEN merged = 0 THEN id END) AS id, min(place) AS place,
    max(CASE WHEN type = 'answer_shown' THEN place END) AS shown_place,
    max(CASE WHEN merged = 0 THEN confident END) AS confident, max(CASE WHEN merged = 0 THEN confidence END) AS confidence
  FROM numbered GROUP BY conversation_id, number
),
-- Each word is about what was shown last before it.
words AS (
  SELECT conversation_id, type, place, max(CASE WHEN type = 'answer_shown' THEN place END)
    OVER (PARTITION BY conversation_id ORDER BY place) AS shown_place
  FROM told_again WHERE type IN ('answer_shown', 'solved_yes', 'solved_no', 'ticket_opened')
),
said AS (
  SELECT conversation_id, shown_place, coalesce(max(CASE WHEN type = 'solved_yes' THEN place END), 0) AS yes,
    coalesce(max(CASE WHEN type = 'solved_no' THEN place END), 0) AS no
  FROM words GROUP BY conversation_id, shown_place
),
judged AS (
  SELECT said.conversation_id, said.shown_place, said.yes, said.no, count(words.place) AS tickets
  FROM said LEFT JOIN words ON words.conversation_id = said.conversation_id AND words.shown_place = said.shown_place
    AND words.type = 'ticket_opened' AND words.place > said.yes AND words.place > said.no
  GROUP BY said.conversation_id, said.shown_place, said.yes, said.no
)
SELECT answers.id, answers.conversation_id, answers.number, answers.place, answers.confident, answers.confidence,
  CASE WHEN answers.shown_place IS NULL THEN 0 ELSE 1 END AS shown,
  CASE
    WHEN judged.no > judged.yes THEN 'no'
    -- A yes that a ticket followed says nothing.
    WHEN judged.yes > 0 AND judged.tickets = 0 THEN 'yes' WHEN judged.yes > 0 AND judged.tickets = 1 THEN ''
    WHEN judged.tickets > 0 THEN 'ticket' ELSE ''
  END AS verdict,
  recount.day, recount.language, recount.kind, recount.outcome, recount.provisional
FROM answers JOIN recount ON recount.id = answers.conversation_id
LEFT JOIN judged ON judged.conversation_id = answers.conversation_id AND judged.shown_place = answers.shown_place
WHERE recount.kind NOT IN ('test', 'staff')
"""  # noqa: S608


def listed_sql(dialect: str) -> str:
    """A row an article of a search, by its place in it."""
    parts = PARTS[dialect]
    return f"""
SELECT again.id AS answer_id, again.conversation_id, again.number, again.place AS answer_place, again.shown,
  again.verdict, again.day, again.language, {parts["article"]} AS article_id, min({parts["place"]}) AS place
FROM answers_again AS again JOIN told_again AS told
  ON told.conversation_id = again.conversation_id AND told.place = again.place CROSS JOIN {parts["articles"]}
GROUP BY again.id, again.conversation_id, again.number, again.place, again.shown, again.verdict, again.day,
  again.language, {parts["article"]}
"""  # noqa: S608


def opened_sql(dialect: str) -> str:
    """What was opened, of the last answer before that has it."""
    article = PARTS[dialect]["get(data, {})"].replace("{}", "article_id")
    return f"""
SELECT DISTINCT conversation_id, number, article_id FROM (
  SELECT told_again.id AS event_id, listed.conversation_id, listed.article_id, max(listed.number) AS number
  FROM told_again JOIN listed_again AS listed ON listed.conversation_id = told_again.conversation_id
    AND listed.article_id = {article} AND listed.answer_place < told_again.place
  WHERE told_again.type = 'answer_opened'
  GROUP BY told_again.id, listed.conversation_id, listed.article_id
) AS opened
"""  # noqa: S608


# A row an article of a search: whether it was shown and opened, and the verdict where that is about it.
ARTICLES = """
SELECT listed.answer_id, listed.article_id, listed.place, listed.shown, listed.day, listed.language,
  CASE WHEN opened.article_id IS NULL THEN 0 ELSE 1 END AS opened,
  CASE
    WHEN opened.article_id IS NOT NULL THEN verdict
    WHEN listed.place = 0 AND NOT EXISTS (
      SELECT 1 FROM opened_again AS other WHERE other.conversation_id = listed.conversation_id
        AND other.number = listed.number) THEN verdict
    ELSE ''
  END AS verdict
FROM listed_again AS listed LEFT JOIN opened_again AS opened ON opened.conversation_id = listed.conversation_id
  AND opened.number = listed.number AND opened.article_id = listed.article_id
"""


_RESOLVED = "kind = 'help' AND outcome IN ('confirmed', 'assumed') AND provisional = 0"
_REQUESTS = "kind IN ('help', 'form', 'ticket') AND provisional = 0"
_INVOLVED = "kind = 'help' AND provisional = 0 AND replied = 1"
_ANSWERED = "kind = 'help' AND provisional = 0 AND shown = 1"
_PEOPLE = "count(DISTINCT customer_id) + sum(CASE WHEN customer_id IS NULL THEN 1 ELSE 0 END)"
# Of each rate: what is counted, and of which rows, above and below the line.
RATES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "deflection": (
        ("count(*)", _RESOLVED),
        ("count(*)", f"({_RESOLVED}) OR (kind = 'help' AND outcome = 'escalated')"),
    ),
    "involvement": (("count(*)", _INVOLVED), ("count(*)", _REQUESTS)),
    "answer_rate": (("count(*)", _ANSWERED), ("count(*)", _INVOLVED)),
    "resolution": (("count(*)", _RESOLVED), ("count(*)", _INVOLVED)),
    "automation": (("count(*)", _RESOLVED), ("count(*)", _REQUESTS)),
    "self_service": (
        (_PEOPLE, "kind = 'help'"),
        (_PEOPLE, "kind IN ('help', 'form', 'ticket') AND tickets > 0"),
    ),
    "form_deflection": (("count(*)", f"{_ANSWERED} AND outcome <> 'escalated'"), ("count(*)", _ANSWERED)),
    "containment": (
        ("count(*)", "kind = 'help' AND provisional = 0 AND outcome <> 'escalated'"),
        ("count(*)", "kind = 'help' AND provisional = 0"),
    ),
}


def rate_sql(name: str, table: str, where: str = "1 = 1") -> str:
    """Numerator and denominator of a rate over the stored recount."""
    (above, of_above), (below, of_below) = RATES[name]
    return (
        f"SELECT (SELECT coalesce({above}, 0) FROM {table} WHERE ({of_above}) AND {where}),"  # noqa: S608
        f" (SELECT coalesce({below}, 0) FROM {table} WHERE ({of_below}) AND {where})"
    )
