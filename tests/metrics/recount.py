"""The outcomes counted a second time, in SQL over the raw events alone: nothing of api/metrics is imported here.

Where SQLite and PostgreSQL differ, `PARTS` has the expression of each.
"""

from __future__ import annotations

PARTS: dict[str, dict[str, str]] = {
    "sqlite": {
        "us({})": "(CAST(strftime('%s', {}) AS INTEGER) * 1000000 + CAST(substr({} || '.000000', 21, 6) AS INTEGER))",
        "text({})": "{}",
        "get(data, {})": "json_extract(data, '$.{}')",
        "true(data, {})": "coalesce(json_extract(data, '$.{}'), 0) = 1",
        "articles": "json_each(coalesce(json_extract(told.data, '$.article_ids'), '[]')) AS article",
        "article": "article.value",
    },
    "postgresql": {
        "us({})": "CAST(extract(epoch FROM {}) * 1000000 AS bigint)",
        "text({})": "CAST({} AS text)",
        "get(data, {})": "data ->> '{}'",
        "true(data, {})": "coalesce(CAST(data ->> '{}' AS boolean), false)",
        "articles": "jsonb_array_elements_text(coalesce(told.data -> 'article_ids', '[]')) AS article",
        "article": "article",
    },
}


def recount_sql(dialect: str) -> str:
    """A row a conversation or ticket without one: id, kind, outcome, provisional, soon, replied, shown, tickets, customer_id
    and the dimensions. Parameters: now_us, quiet_us, window_us, soon_us."""
    parts = PARTS[dialect]

    def us(column: str) -> str:
        return parts["us({})"].replace("{}", column)

    def get(name: str) -> str:
        return parts["get(data, {})"].replace("{}", name)

    def is_true(name: str) -> str:
        return parts["true(data, {})"].replace("{}", name)

    return f"""
WITH
-- What one turn tells twice counts once.
copies AS (
  SELECT events.*, row_number() OVER (
      PARTITION BY conversation_id, turn_id, type, ticket_id, {parts["text({})"].replace("{}", "data")} ORDER BY at, id
    ) AS copy
  FROM events WHERE conversation_id IS NOT NULL
),
told AS (
  SELECT id, conversation_id, type, turn_id, ticket_id, data, at, {us("at")} AS us,
    row_number() OVER (PARTITION BY conversation_id ORDER BY at, id) AS place
  FROM copies WHERE turn_id IS NULL OR copy = 1
),
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
    max(CASE WHEN type = 'ticket_opened' AND {get("category")} IS NOT NULL THEN place END) AS last_matter
  FROM told GROUP BY conversation_id
),
replies AS (
  SELECT told.conversation_id,
    CASE WHEN type = 'notice_subscribed' OR {is_true("confident")} THEN 1 ELSE 0 END AS confident
  FROM told JOIN facts ON facts.conversation_id = told.conversation_id AND facts.last_reply = told.place
),
matters AS (
  SELECT told.conversation_id, {get("category")} AS category, coalesce({get("subcategory")}, '') AS subcategory
  FROM told JOIN facts ON facts.conversation_id = told.conversation_id AND facts.last_matter = told.place
),
staff AS (SELECT customers.id FROM customers JOIN staff_users ON staff_users.email = customers.email),
based AS (
  SELECT c.id, c.customer_id, c.language, c.channel, {us("c.created_at")} AS started_us,
    CASE WHEN coalesce(facts.last_us, 0) > {us("c.created_at")} THEN facts.last_us ELSE {us("c.created_at")} END AS last_us,
    CASE WHEN coalesce(c.category, '') <> '' THEN c.category ELSE coalesce(matters.category, '') END AS category,
    CASE WHEN coalesce(c.category, '') <> '' THEN coalesce(c.subcategory, '') ELSE coalesce(matters.subcategory, '') END
      AS subcategory,
    coalesce(facts.tickets, 0) AS tickets,
    CASE WHEN facts.last_reply IS NULL THEN 0 ELSE 1 END AS replied,
    coalesce(facts.shown, 0) AS shown,
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
),
subjects AS (
  SELECT id, customer_id, language, channel, started_us, last_us, category, subcategory, tickets, replied, shown, kind,
    CASE WHEN kind = 'help' THEN base ELSE '' END AS base
  FROM based
  UNION ALL
  SELECT 'ticket-' || t.id, t.requester_id, t.language, t.via, {us("t.created_at")}, {us("t.created_at")},
    coalesce(t.category, ''), coalesce(t.subcategory, ''), 1, 0, 0,
    CASE WHEN t.requester_id IN (SELECT id FROM staff) THEN 'staff' ELSE 'ticket' END, ''
  FROM tickets AS t WHERE t.conversation_id IS NULL AND EXISTS (
    SELECT 1 FROM events WHERE events.ticket_id = t.id AND events.conversation_id IS NULL)
),
asks AS (
  SELECT subjects.id, subjects.customer_id, told.us FROM subjects JOIN told ON told.conversation_id = subjects.id
  WHERE subjects.kind = 'help' AND told.type = 'asked_for_help' AND subjects.customer_id IS NOT NULL
  UNION ALL
  SELECT id, customer_id, started_us FROM subjects WHERE kind = 'ticket' AND customer_id IS NOT NULL
),
articles AS (
  SELECT DISTINCT told.conversation_id AS id, {parts["article"]} AS article_id
  FROM told CROSS JOIN {parts["articles"]} WHERE told.type IN ('searched', 'answer_shown')
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
        OR EXISTS (SELECT 1 FROM articles a JOIN articles b ON a.article_id = b.article_id WHERE a.id = x.id AND b.id = y.id)
      WHEN EXISTS (SELECT 1 FROM articles a WHERE a.id = x.id) AND EXISTS (SELECT 1 FROM articles a WHERE a.id = y.id) THEN
        EXISTS (SELECT 1 FROM articles a JOIN articles b ON a.article_id = b.article_id WHERE a.id = x.id AND b.id = y.id)
      ELSE 1 = 1
    END)
  GROUP BY x.id
)
SELECT subjects.id, kind, customer_id, language, channel, category, subcategory, tickets, replied, shown,
  CASE WHEN returns.us IS NOT NULL THEN 'recontacted' ELSE base END AS outcome,
  CASE WHEN returns.us <= last_us + :soon_us THEN 1 ELSE 0 END AS soon,
  CASE WHEN returns.us IS NULL AND base IN ('abandoned', 'unanswered', 'assumed') AND last_us + :quiet_us > :now_us
    THEN 1 ELSE 0 END AS provisional
FROM subjects LEFT JOIN returns ON returns.id = subjects.id
"""  # noqa: S608


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
