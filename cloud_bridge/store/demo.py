"""A demonstration clinic: one doctor, one patient, one device. Made once, found again."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.sign_in import make_one_time_sign_in
from cloud_bridge.store.tables import Account, Clinic, Device, Patient
from models.messages import PrescriptionItem

DEVICE_ID = "demo-device"
_CLINIC, _DOCTOR = "Demonstration clinic", "doctor@demo.invalid"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was made, and a token that signs the doctor in once."""

    patient_id: int
    device_id: str
    sign_in_token: str


def make_demonstration(
    transaction: Transaction, first_item: PrescriptionItem | None = None
) -> Demonstration:
    """The demonstration clinic, and ``first_item`` prescribed where nothing is yet."""
    clinic = transaction.scalars(select(Clinic).where(Clinic.name == _CLINIC)).first()
    if clinic is None:
        clinic = Clinic(name=_CLINIC)
        transaction.add(clinic)
        transaction.flush()
        patient = Patient(
            clinic_id=clinic.id, wire_id="demo-patient", display_name="Simulated patient"
        )
        doctor = Account(
            clinic_id=clinic.id, email=_DOCTOR, name="Demonstration doctor", role="doctor"
        )
        transaction.add_all([patient, doctor])
        transaction.flush()
        transaction.add(Device(id=DEVICE_ID, clinic_id=clinic.id, patient_id=patient.id))
        transaction.flush()
    doctor = transaction.scalars(select(Account).where(Account.email == _DOCTOR)).one()
    device = transaction.get_one(Device, DEVICE_ID)
    view = ClinicView(transaction, clinic.id)
    patient = view.patient(device.patient_id or 0)
    if first_item is not None and view.current_prescription(patient) is None:
        view.prescribe(patient, doctor, (first_item,), 0)
    return Demonstration(patient.id, DEVICE_ID, make_one_time_sign_in(transaction, doctor))
