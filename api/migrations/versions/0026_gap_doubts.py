"""How many questions of a topic were answered by an article that lacks their words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "gap_doubts"
down_revision = "sign_ins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("gap_clusters", sa.Column("doubted", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("gap_clusters") as batch:
        batch.drop_column("doubted")
