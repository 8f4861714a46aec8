"""Column types that many tables use."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

JSONB = postgresql.JSONB()
MOMENT_TYPE = sa.DateTime(timezone=True)
UUID_ARRAY_TYPE = sa.ARRAY(sa.Uuid)
