"""By the university's orders a student belongs to one group on one day (2.1b), held against two orders at once.

Rosters that came from outside are sections of courses; one person is in several of them.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE people.membership ADD CONSTRAINT ex_membership_one_group_a_day"
        " EXCLUDE USING gist (person_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&)"
        " WHERE (external_id IS NULL)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE people.membership DROP CONSTRAINT ex_membership_one_group_a_day")
