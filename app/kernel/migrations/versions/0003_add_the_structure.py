"""Add programmes, curricula, curators by dates and last days of units, groups, disciplines and journals.

The programme of a group was a text: each text of an institute becomes a programme, coded by the number it begins with.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


PROGRAMMES_OF_TEXTS = """
CREATE TEMPORARY TABLE programme_of_text AS
SELECT gen_random_uuid() AS id, unit_id, programme,
  coalesce(
    substring(programme ->> 'ky' FROM '^[0-9]+'), 'P' || row_number() OVER (ORDER BY unit_id, programme)
  ) AS code,
  (SELECT jsonb_object_agg(key, regexp_replace(value, '^[0-9]+ +', '')) FROM jsonb_each_text(programme)) AS names
FROM (SELECT DISTINCT unit_id, programme FROM people.study_group WHERE programme <> '{}'::jsonb) AS texts
"""


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["people.unit.id"], name=op.f("fk_programme_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        schema="people",
    )
    op.create_index(op.f("ix_programme_code_id"), "programme", ["code", "id"], unique=False, schema="people")
    op.create_index(op.f("ix_programme_unit_id"), "programme", ["unit_id"], unique=False, schema="people")
    op.create_table(
        "curriculum_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("semester", sa.SmallInteger(), nullable=False),
        sa.Column("credits", sa.Numeric(precision=4, scale=1), nullable=True),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("control IN ('EXAM', 'CREDIT')", name=op.f("ck_curriculum_line_control")),
        sa.CheckConstraint("semester BETWEEN 1 AND 14", name=op.f("ck_curriculum_line_semester")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["journal.course.id"], name=op.f("fk_curriculum_line_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["people.programme.id"], name=op.f("fk_curriculum_line_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum_line")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_curriculum_line_course_id"), "curriculum_line", ["course_id"], unique=False, schema="journal"
    )
    op.create_index(
        op.f("ix_curriculum_line_programme_id_semester"),
        "curriculum_line",
        ["programme_id", "semester"],
        unique=False,
        schema="journal",
    )
    op.create_table(
        "group_curator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("group_id"), "="),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            using="gist",
            name="ex_group_curator_one_a_day",
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_group_curator_period")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["people.study_group.id"], name=op.f("fk_group_curator_group_id_study_group")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_group_curator_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_curator")),
        schema="people",
    )
    op.create_table(
        "structure_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sent_by"], ["people.person.id"], name=op.f("fk_structure_import_sent_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structure_import")),
        schema="exchange",
    )
    op.add_column("course", sa.Column("ends_on", sa.Date(), nullable=True), schema="journal")
    op.create_index(op.f("ix_course_code_id"), "course", ["code", "id"], unique=False, schema="journal")
    op.add_column("offering", sa.Column("ends_on", sa.Date(), nullable=True), schema="journal")
    op.add_column("study_group", sa.Column("programme_id", sa.Uuid(), nullable=True), schema="people")
    op.add_column("study_group", sa.Column("ends_on", sa.Date(), nullable=True), schema="people")
    op.drop_index(op.f("ix_study_group_name"), table_name="study_group", schema="people")
    op.create_index(
        op.f("ix_study_group_name_id"), "study_group", ["name", "id"], unique=False, schema="people"
    )
    op.create_index(
        op.f("ix_study_group_programme_id"), "study_group", ["programme_id"], unique=False, schema="people"
    )
    op.execute(PROGRAMMES_OF_TEXTS)
    op.execute(
        "UPDATE people.study_group g SET programme_id = o.id FROM programme_of_text o"
        " WHERE o.unit_id = g.unit_id AND o.programme = g.programme"
    )
    op.execute(
        "INSERT INTO people.programme (id, code, names, unit_id)"
        " SELECT id, code, names, unit_id FROM programme_of_text"
    )
    op.execute("DROP TABLE programme_of_text")
    op.create_foreign_key(
        op.f("fk_study_group_programme_id_programme"),
        "study_group",
        "programme",
        ["programme_id"],
        ["id"],
        source_schema="people",
        referent_schema="people",
    )
    op.execute(
        "INSERT INTO people.group_curator (id, group_id, person_id)"
        " SELECT gen_random_uuid(), id, curator_id FROM people.study_group WHERE curator_id IS NOT NULL"
    )
    op.drop_column("study_group", "programme", schema="people")
    op.add_column("unit", sa.Column("ends_on", sa.Date(), nullable=True), schema="people")


def downgrade() -> None:
    # It would drop the days of curators and the curricula.
    raise NotImplementedError("the curricula and the days of curators are kept; drop the database instead")
