"""Prescribing: drafts, templates, and where each version of a prescription went"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; what was sent already went to the device that the patient has."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "prescription_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("based_on_version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", time, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"]),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"]),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("patient_id", "account_id"),
    )
    op.create_table(
        "prescription_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", time, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("clinic_id", "name"),
    )
    delivery = op.create_table(
        "prescription_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("version_row_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("published_at", time, nullable=True),
        sa.Column("acknowledged_at", time, nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("refusal", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"]),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"]),
        sa.ForeignKeyConstraint(["version_row_id"], ["prescription_version.row_id"]),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("version_row_id", "device_id"),
    )
    for table, columns in (
        ("prescription_draft", ("clinic_id", "patient_id")),
        ("prescription_template", ("clinic_id",)),
        ("prescription_delivery", ("clinic_id", "patient_id")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)
    _fill(delivery)


def _fill(delivery: sa.Table) -> None:
    version = sa.table(
        "prescription_version",
        *map(sa.column, ("row_id", "clinic_id", "patient_id", "accepted", "refusal")),
        sa.column("published_at", sa.DateTime(timezone=True)),
        sa.column("acknowledged_at", sa.DateTime(timezone=True)),
    )
    device = sa.table("device", sa.column("id"), sa.column("patient_id"))
    sent = sa.select(version, device.c.id.label("device_id")).where(
        device.c.patient_id == version.c.patient_id, version.c.published_at.is_not(None)
    )
    connection = op.get_bind()
    rows = [
        {
            "id": uuid4(),
            "clinic_id": each.clinic_id,
            "patient_id": each.patient_id,
            "version_row_id": each.row_id,
            "device_id": each.device_id,
            "published_at": each.published_at,
            "acknowledged_at": each.acknowledged_at,
            "accepted": None if each.accepted is None else bool(each.accepted),
            "refusal": each.refusal,
        }
        for each in connection.execute(sent)
    ]
    if rows:
        connection.execute(delivery.insert(), rows)
