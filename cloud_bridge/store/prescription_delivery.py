"""A version of a prescription on its way to one device: published, then answered."""

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.store.tables import Device, PrescriptionDelivery, PrescriptionVersion


def delivery_to(
    transaction: Transaction, device: Device, version: PrescriptionVersion
) -> PrescriptionDelivery:
    """The version's delivery to the device; a new one, in the transaction, where there was none."""
    known = transaction.scalars(
        select(PrescriptionDelivery).where(
            PrescriptionDelivery.version_row_id == version.row_id,
            PrescriptionDelivery.device_id == device.id,
        )
    ).first()
    if known is None:
        known = PrescriptionDelivery(
            clinic_id=version.clinic_id,
            patient_id=version.patient_id,
            version_row_id=version.row_id,
            device_id=device.id,
        )
        transaction.add(known)
    return known
