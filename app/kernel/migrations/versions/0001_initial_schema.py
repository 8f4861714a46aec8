"""Create the initial schema: the tables of every room, what guards them, and the first rows."""

from alembic import op

from app.journal.grading import initial_schemes as schemes
from app.kernel.migrations.initial import (
    audit,
    cases,
    diagrams,
    exchange,
    files,
    journal,
    kernel,
    notices,
    outbox,
    people,
    regulation,
)
from app.regulation import seed

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A room is created after those whose tables it refers to. Roles, schemas and default grants are there already
# (`foundation.lay`).
ROOMS = (kernel, people, files, regulation, audit, outbox, notices, journal, exchange, diagrams, cases)


def upgrade() -> None:
    for room in ROOMS:
        room.create_tables()
    seed.seed_regulation(op.get_bind())
    schemes.insert_missing_schemes(op.get_bind())


def downgrade() -> None:
    # Without this version there is nothing: it would drop every table, append-only history included.
    raise NotImplementedError("the initial schema is not taken away; drop the database instead")
