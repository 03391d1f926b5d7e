"""What clients read as a ticket's last change, so that no two states of it share a whole second."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.column_types import TIME

revision = "updated_stamp"
down_revision = "unwritten_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("updated_stamp", TIME, nullable=True))


def downgrade() -> None:
    op.drop_column("tickets", "updated_stamp")
