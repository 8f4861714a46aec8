"""Tables of the sealer. Only the role `depter_sealer` inserts into them; web and worker read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base

SCHEMA = "sealer"


class Leaf(Base):
    """The place of one audit record in the tree, with the hash of its canonical bytes."""

    __tablename__ = "leaf"

    leaf_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint("length(leaf_hash) = 32", name="leaf_hash"),
        UniqueConstraint("record_id"),
        {"schema": SCHEMA},
    )


class Node(Base):
    """The root of a complete subtree of 2^`level` leaves; levels 8, 16, 24."""

    __tablename__ = "node"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    node_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    node_hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (CheckConstraint("length(node_hash) = 32", name="node_hash"), {"schema": SCHEMA})


class Epoch(Base):
    """A life of the log under one origin; a restore that lost sealed records, or a lost key, begins the next.

    `kept_size` leaves of the earlier epoch are still there; `lost_note` is the last checkpoint it had signed.
    """

    __tablename__ = "epoch"
    unchanging = True

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str]
    begun_at: Mapped[datetime]
    kept_size: Mapped[int] = mapped_column(BigInteger)
    lost_note: Mapped[str | None]
    reason: Mapped[str]
    statement: Mapped[str]

    __table_args__ = (UniqueConstraint("origin"), {"schema": SCHEMA})


class SigningKey(Base):
    """A public key of the sealer; `statement` says since when, signed by the key before it and by itself."""

    __tablename__ = "signing_key"
    unchanging = True

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime]
    statement: Mapped[str]

    __table_args__ = (
        CheckConstraint("length(public_key) = 32", name="public_key"),
        UniqueConstraint("public_key"),
        {"schema": SCHEMA},
    )


class SealedCheckpoint(Base):
    """A signed checkpoint: `size` records have this root; all committed before `sealed_until` are among them."""

    __tablename__ = "checkpoint"
    unchanging = True

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(ForeignKey("sealer.epoch.number"))
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_until: Mapped[datetime]
    note: Mapped[str]

    __table_args__ = (Index(None, "size"), {"schema": SCHEMA})


class Cosignature(Base):
    """The signature of a witness under a checkpoint."""

    __tablename__ = "cosignature"
    unchanging = True

    checkpoint_number: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("sealer.checkpoint.number"), primary_key=True, autoincrement=False
    )
    witness: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = ({"schema": SCHEMA},)


class SealFinding(Base):
    """Something that the sealer found wrong; the worker makes an incident of it."""

    __tablename__ = "finding"
    unchanging = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    found_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    code: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("code", "subject"), {"schema": SCHEMA})


class SealerStatus(Base):
    """What the sealer last said of itself: `working`, or the code of why it does not sign."""

    __tablename__ = "status"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    host: Mapped[str]
    state: Mapped[str]
    said_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("one", name="one"), {"schema": SCHEMA})


class RestoredDatabase(Base):
    """A restore of this database from a backup, written by `depter restore` as the owner."""

    __tablename__ = "restored"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    restored_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    backup: Mapped[str]

    __table_args__ = ({"schema": SCHEMA},)
