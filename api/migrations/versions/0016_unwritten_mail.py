"""What a mail tells of, for mail that is written when it is delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import JSON

revision = "unwritten_mail"
down_revision = "list_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_mails", sa.Column("facts", JSON, nullable=True))


def downgrade() -> None:
    # What is not written yet cannot be written any more: it would go out empty.
    op.execute(
        "UPDATE outbox_mails SET status = 'failed', last_error = 'not written' WHERE text = '' AND status = 'pending'"
    )
    op.drop_column("outbox_mails", "facts")
