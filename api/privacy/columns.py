"""What every column of every table holds, as privacy sees it. A column that is not declared here fails a test.

* ``person``: told of a customer, or by one; exported, and erased
* ``hashed``: a credential, or a digest of what was said; erased, never exported
* ``staff``: told of staff, or written by staff for everybody; stays
* ``figure``: counted, and of nobody once its customer is nobody; stays
* ``plain``: ids, states, moments, what a machine needs; stays
"""

from __future__ import annotations

import enum


class Kind(enum.StrEnum):
    PERSON = "person"
    HASHED = "hashed"
    STAFF = "staff"
    FIGURE = "figure"
    PLAIN = "plain"


def _table(**kinds: str) -> dict[str, Kind]:
    return {name: Kind(kind) for kind, names in kinds.items() for name in names.split()}


_COUNTS = (
    "conversations replied answered confident in_form person ticketed within_day rated_good rated_bad tickets answers"
    " confident_answers helped wrong"
)

COLUMNS: dict[str, dict[str, Kind]] = {
    "alert_attempts": _table(
        plain="id alert_id round level try_number channel status mail_id http_status error milliseconds due_at created_at"
        " finished_at",
        staff="contact",
    ),
    "alerts": _table(
        plain="id ticket_id state level round first_round raised_at level_since next_at closed_at closed_via staff_id",
        staff="closed_by",
    ),
    "answer_articles": _table(figure="answer_id article_id place day language shown opened verdict"),
    "answer_reviews": _table(plain="answer_id conversation_id turn_id at", figure="right", staff="by"),
    "api_tokens": _table(
        plain="id staff_id customer_id scopes created_at last_used_at revoked_at", person="name", hashed="token_hash"
    ),
    "article_days": _table(figure="day article_id language found shown opened helped wrong"),
    "article_months": _table(figure="day article_id language found shown opened helped wrong"),
    "attachments": _table(
        plain="id conversation_id ticket_id comment_id upload_id media_type size thumbnail width height created_at",
        person="owner client_upload_id name sha256 received_sha256 removed",
    ),
    "audit_gate": _table(plain="before"),
    "audit_log": _table(plain="id at what staff_id subject data", staff="by"),
    "blocked_passages": _table(plain="passage_id article_id locale title at", staff="by"),
    "content_changes": _table(plain="digest at added changed gone articles"),
    "conversation_tokens": _table(plain="conversation_id created_at", hashed="token_hash"),
    "conversations": _table(
        plain="id channel widget_key customer_id verified_at last_seq is_test created_at last_activity_at silence",
        figure="language scenario category subcategory",
        person="page_url page_title context account_id state",
        hashed="token_hash",
    ),
    "customers": _table(
        plain="id created_at invited_at",
        person="email contact_email name locale account_id external_id platforms account_viewer",
        hashed="password_hash",
    ),
    "decided_answers": _table(
        figure="id decision_id turn_id at day language channel scenario category subcategory confidence confident decision"
        " shown verdict badness resolved"
    ),
    "decision_changes": _table(figure="id decision_id before after late because event_id other_id at"),
    "decision_days": _table(
        figure=f"day language channel scenario category subcategory kind outcome provisional {_COUNTS}"
    ),
    "decision_hour_part_months": _table(figure="dimension value day hour weekday asked resolved escalated"),
    "decision_hour_parts": _table(figure="dimension value day hour asked resolved escalated"),
    "decision_months": _table(
        figure=f"day language channel scenario category subcategory kind outcome provisional {_COUNTS}"
    ),
    "decision_part_months": _table(figure=f"day dimension value kind outcome provisional {_COUNTS}"),
    "decision_parts": _table(figure=f"day dimension value kind outcome provisional {_COUNTS}"),
    "decision_people": _table(figure="people day before number"),
    "decision_stops": _table(figure="day dimension value stage stopped_at outcome conversations"),
    "decisions": _table(
        figure="id conversation_id ticket_id customer_id started_at day hour language channel scenario category subcategory"
        " kind outcome provisional settles_at rule first_outcome recontacted_by recontacted_at within_day asked_at asks"
        " last_at answers confident_answers helped wrong opened tickets replied answered in_form person rating stage"
        " stopped_at confidence articles decided_at changes"
    ),
    "erasures": _table(plain="id customer_id leftovers began_at finished_at", figure="report"),
    "events": _table(figure="id type conversation_id turn_id ticket_id data at"),
    "gap_clusters": _table(
        plain="id topic language nearest first_at last_at gone_at answered",
        figure="size before doubted",
        person="terms",
    ),
    "gap_questions": _table(plain="message_id cluster_id conversation_id at place example"),
    "gap_runs": _table(figure="id at since until questions alone answered seconds"),
    "gap_tickets": _table(plain="cluster_id ticket_id direct likeness"),
    "host_token_uses": _table(plain="jti_hash expires_at"),
    "idempotency_keys": _table(plain="scope key status location created_at", person="body", hashed="digest"),
    "inbound_mails": _table(
        plain="id dedupe_key ticket_id comment_id outcome reason created_at",
        person="message_id sender sender_name recipient subject text files refused_files",
    ),
    "jobs": _table(plain="id kind staff_id total created_at", person="results"),
    "lead_acts": _table(plain="id what staff_id at", staff="by data"),
    "lead_settings": _table(plain="name value set_at"),
    "ledger_state": _table(plain="id made_by demo"),
    "limit_hits": _table(plain="id bucket at"),
    "macros": _table(plain="id active position public created_at updated_at", staff="title description texts actions"),
    "messages": _table(
        plain="id conversation_id turn_id seq role kind asks created_at",
        figure="language",
        person="text choices answer ticket attachments",
    ),
    "notice_subscriptions": _table(
        plain="id notice_id customer_id conversation_id created_at ended_at", person="email language"
    ),
    "notice_updates": _table(plain="id notice_id state staff_id at", staff="texts"),
    "one_time_codes": _table(
        plain="id conversation_id tries created_at expires_at used_at", person="email", hashed="code_hash"
    ),
    "organizations": _table(plain="id created_at updated_at", person="account_id name"),
    "outbox_mails": _table(
        plain="id template language dedupe_key conversation_id ticket_id comment_id status attempts next_attempt_at"
        " created_at sent_at",
        person="recipient subject text html headers facts last_error",
        hashed="token",
    ),
    "password_links": _table(
        plain="id customer_id purpose created_at expires_at used_at", person="email", hashed="token_hash"
    ),
    "pinned_articles": _table(plain="id language article_id locale at", person="words question", staff="by"),
    "remote_acts": _table(
        plain="id ticket_id kind comment_id generation uploaded_at sent_at status created_at finished_at",
        person="body uploads error",
    ),
    "remote_comments": _table(plain="id ticket_id remote_id comment_id created_at"),
    "remote_links": _table(
        plain="backend stopped_at reason probe_at paused_until failing_since told_at cursor since look_at"
    ),
    "remote_tickets": _table(
        plain="ticket_id backend remote_id past_ids url state failures remote_status remote_priority remote_updated_at"
        " push_at check_at busy_until synced_at created_at",
        person="error remote_requester_id",
    ),
    "satisfaction_ratings": _table(
        plain="id conversation_id ticket_id customer_id created_at updated_at", figure="score", person="comment"
    ),
    "service_notices": _table(
        plain="id kind state categories subcategories topics started_at planned_from planned_until next_update_at"
        " created_by created_at updated_at resolved_at",
        staff="titles texts keywords",
    ),
    "sessions": _table(
        plain="id kind staff_id customer_id created_at expires_at signed_in_at last_used_at via",
        person="device",
        hashed="token_hash",
    ),
    "staff_users": _table(plain="id role active created_at", staff="email name password_hash sso_subject"),
    "team_members": _table(plain="id team created_at", staff="staff_id"),
    "ticket_audits": _table(plain="id ticket_id customer_id staff_id via created_at", person="events"),
    "ticket_ccs": _table(plain="ticket_id customer_id created_at"),
    "ticket_comments": _table(
        plain="id ticket_id customer_id staff_id public via created_at", person="body message_id"
    ),
    "tickets": _table(
        plain="id requester_id assignee_id conversation_id type status priority team via created_at updated_at updated_stamp"
        " priority_set_by solved_at closes_at closed_at reopened_count first_response_at first_response_due_at"
        " resolution_due_at first_response_warned_at resolution_warned_at first_response_breached_at"
        " resolution_breached_at targets_check_at followup_source_id outage_group_id submitter_staff_id merged_into_id"
        " problem_id deleted_at",
        figure="support_type category subcategory language",
        person="external_id account_id subject description fields tags",
    ),
    "turns": _table(
        plain="id conversation_id status reason created_at ended_at", person="client_message_id", hashed="body_digest"
    ),
    "undecided": _table(plain="id subject event_id"),
    "undeliverable_addresses": _table(plain="mail_id since", person="address reason"),
    "uploads": _table(plain="id expires_at used_at created_at", person="owner", hashed="token_hash"),
    "webhook_deliveries": _table(
        plain="id webhook_id message_id event status attempts next_attempt_at tries created_at finished_at",
        person="body",
    ),
    "webhooks": _table(
        plain="id events active salt previous_salt previous_until failing_since disabled_reason busy_until created_by"
        " created_at updated_at",
        staff="name url",
    ),
    "widget_keys": _table(plain="key name origins channels active created_at"),
}


def columns_of(table: str, *kinds: Kind) -> list[str]:
    """The columns of a table that are of these kinds, in the order in which they are declared."""
    return [name for name, kind in COLUMNS[table].items() if kind in kinds]


def holds_people(table: str) -> bool:
    """Whether anything in it is to be erased."""
    return bool(columns_of(table, Kind.PERSON, Kind.HASHED))
