"""Column types that many tables use."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

JSONB = postgresql.JSONB()
MOMENT = sa.DateTime(timezone=True)
UUIDS = sa.ARRAY(sa.Uuid)
