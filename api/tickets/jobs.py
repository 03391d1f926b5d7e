"""Changes of many tickets at once: each on its own, so that a refusal stops no other."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import CopilotError
from api.identity.principal import Principal
from api.services import Services
from api.settings import Settings
from api.tickets.idempotency import KEPT, Answer
from api.tickets.models import Job
from api.tickets.routing import said

Step = Callable[[Session], int]


def run_job(
    session: Session,
    services: Services,
    principal: Principal,
    kind: str,
    steps: Sequence[Step],
    *,
    action: str,
    word: str,
) -> Job:
    """Do every step in a savepoint of its own. A step returns the id of its ticket, or raises why it is not done.

    `action` and `word` are what the results call it: ``update``, ``Updated``.
    """
    results: list[dict[str, Any]] = []
    for index, step in enumerate(steps):
        try:
            with session.begin_nested():
                results.append({"index": index, "id": step(session), "action": action, "status": word, "success": True})
        except CopilotError as error:
            results.append(
                {
                    "index": index,
                    "action": action,
                    "success": False,
                    "status": "Failed",
                    "error": "TicketNotFound" if error.status == 404 else "RecordInvalid",
                    "details": error.message,
                    "errors": error.message,
                }
            )
    session.execute(delete(Job).where(Job.created_at < utc_now() - KEPT))
    job = Job(id=secrets.token_hex(16), kind=kind, staff_id=principal.staff_id, total=len(steps), results=results)
    session.add(job)
    session.flush()
    return job


def job_shape(job: Job, settings: Settings) -> dict[str, Any]:
    """A job as Zendesk shows it."""
    return {
        "id": job.id,
        "job_type": job.kind,
        "url": f"{settings.public_url}/api/v2/job_statuses/{job.id}.json",
        "total": job.total,
        "progress": job.total,
        "status": "completed",
        "message": f"Completed at {job.created_at:%Y-%m-%d %H:%M:%S} UTC",
        "results": list(job.results),
    }


def job_answer(job: Job, settings: Settings) -> Answer:
    """The answer that starts, and has already ended, a job."""
    return said({"job_status": job_shape(job, settings)})
