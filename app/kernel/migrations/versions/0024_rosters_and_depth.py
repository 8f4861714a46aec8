"""Lines of an import carry remarks; units stand at most 32 deep and never in a circle.

The depth is `people.rules.MAX_UNIT_DEPTH`: every walk over units is bounded by it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

DEPTH = """
CREATE FUNCTION people.keep_unit_depth() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above integer; below integer;
BEGIN
  WITH RECURSIVE up (parent_id, place) AS (
    SELECT NEW.parent_id, 1
    UNION ALL
    SELECT u.parent_id, up.place + 1 FROM people.unit u JOIN up ON u.id = up.parent_id WHERE up.place <= 32
  )
  SELECT max(place) INTO above FROM up;
  below := 0;
  IF TG_OP = 'UPDATE' AND above <= 32 THEN
    WITH RECURSIVE down (id, place) AS (
      SELECT NEW.id, 0
      UNION ALL
      SELECT u.id, down.place + 1 FROM people.unit u JOIN down ON u.parent_id = down.id WHERE down.place <= 32
    )
    SELECT max(place) INTO below FROM down;
  END IF;
  IF above + below > 32 THEN
    RAISE EXCEPTION 'units stand at most 32 deep, and never in a circle' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    empty = sa.text("'{}'::jsonb")
    remarks = sa.Column("remarks", postgresql.JSONB(), server_default=empty, nullable=False)
    op.add_column("import", remarks, schema="exchange")
    op.add_column(
        "line", sa.Column("remark", sa.Text(), server_default="", nullable=False), schema="exchange"
    )
    op.execute(DEPTH)
    op.execute(
        "CREATE TRIGGER unit_depth AFTER INSERT OR UPDATE OF parent_id ON people.unit"
        " FOR EACH ROW EXECUTE FUNCTION people.keep_unit_depth()"
    )


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
