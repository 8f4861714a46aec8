"""The regulation's policies and days as they stand in the product: the first values, dated."""

from alembic import op

from app.regulation.seed import seed, triggers

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in triggers():
        op.execute(statement)
    seed(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("policies are dated and are never taken away")
