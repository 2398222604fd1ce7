"""A patient has one prescription, and one version n of it"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("prescription_version", schema=None) as batch_op:
        batch_op.create_unique_constraint(
            "uq_prescription_version_patient_version", ["patient_id", "version"]
        )
