"""What a patient's page and the list of versions say of a prescription."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_login import current_user

from cloud_bridge.portal.exercise_notes import exercise_name
from cloud_bridge.portal.prescription_words import days_in_words, set_in_words
from cloud_bridge.prescribing.differences import differences
from cloud_bridge.prescribing.states import STATE_NAMES, State, states_after
from cloud_bridge.prescribing.typed_plan import TypedPlan, typed_plan
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.tables import (
    Device,
    Patient,
    PrescriptionDelivery,
    PrescriptionVersion,
)
from models.messages import Prescription, PrescriptionItem

_TO_STATE: dict[State, str] = {
    "active": "Make active again",
    "on_hold": "Put on hold",
    "completed": "It is completed",
    "revoked": "Revoke it",
}


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One exercise: ``dose`` in one line, ``more`` where it has more than that."""

    name: str
    dose: str
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version with all that is known of it; ``changes`` from the one before it."""

    version: int
    state: State
    state_name: str
    author: str
    made_at: datetime
    prescription_id: UUID
    period: str
    precautions: str
    items: tuple[ItemLine, ...]
    deliveries: tuple[str, ...]
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrescriptionState:
    """What holds for a patient, what may be done with it, and who is writing on the next."""

    current: VersionLine | None
    device: Device | None
    may_become: tuple[tuple[State, str], ...]
    own_draft_at: datetime | None
    others_drafts: tuple[str, ...]
    may_prescribe: bool


def prescription_state(clinic: ClinicView, patient: Patient) -> PrescriptionState:
    """As it stands now, for the person who looks."""
    row = clinic.current_prescription(patient)
    current = None if row is None else version_line(clinic, row, None)
    draft = clinic.prescribing.draft(patient, current_user.account)
    states = () if current is None else states_after(current.state)
    return PrescriptionState(
        current=current,
        device=clinic.device_of(patient),
        may_become=tuple((each, _TO_STATE[each]) for each in states),
        own_draft_at=None if draft is None else draft.updated_at,
        others_drafts=others_drafts(clinic, patient),
        may_prescribe=current_user.account.is_clinician,
    )


def others_drafts(clinic: ClinicView, patient: Patient) -> tuple[str, ...]:
    """Who else is writing a prescription for this patient, one line each."""
    drafts = clinic.prescribing.others_drafts(patient, current_user.account)
    names = clinic.account_names() if drafts else {}
    return tuple(
        f"{names.get(account, 'Somebody')} has a draft for this patient, last changed"
        f" {at:%Y-%m-%d %H:%M} UTC."
        for account, at in drafts.items()
    )


def version_line(
    clinic: ClinicView,
    row: PrescriptionVersion,
    before: PrescriptionVersion | None,
    newest: int | None = None,
) -> VersionLine:
    """One version; ``before`` is the one it took the place of, ``newest`` the newest's number."""
    message = Prescription.model_validate(row.payload)
    return VersionLine(
        version=row.version,
        state=message.status,
        state_name=STATE_NAMES[message.status],
        author=clinic.author_name(row),
        made_at=row.created_at,
        prescription_id=row.prescription_id,
        period=_period(message),
        precautions=message.precautions,
        items=tuple(_item_line(each, message) for each in message.items),
        deliveries=_deliveries(clinic, row, row.version < (newest or row.version)),
        changes=() if before is None else tuple(version_changes(before, row)),
    )


def version_changes(before: PrescriptionVersion, after: PrescriptionVersion) -> list[str]:
    """What the later of two versions changed, one line each."""
    old, new = (Prescription.model_validate(each.payload) for each in (before, after))
    found = plan_differences(typed_plan(old), typed_plan(new))
    if old.status != new.status:
        found.insert(0, f"State: {STATE_NAMES[old.status]} → {STATE_NAMES[new.status]}")
    return found or ["Nothing"]


def plan_differences(before: TypedPlan, after: TypedPlan) -> list[str]:
    """What differs, with the exercises' names."""
    return differences(before, after, exercise_name)


def _deliveries(clinic: ClinicView, row: PrescriptionVersion, overtaken: bool) -> tuple[str, ...]:
    found = [_delivery(each) for each in clinic.prescribing.deliveries(row)]
    if not found and row.acknowledged_at is not None:
        # From before deliveries were kept by device.
        since = f"{row.acknowledged_at:%Y-%m-%d %H:%M} UTC"
        said = f"✔ On the device since {since}" if row.accepted else f"✘ Refused: {row.refusal}"
        return (said,)
    never = "Never sent: a newer version took its place first" if overtaken else ""
    return tuple(found) or (never or "… Waiting to be sent",)


def _delivery(each: PrescriptionDelivery) -> str:
    if each.acknowledged_at is not None and each.accepted:
        return f"✔ On the device {each.device_id} since {each.acknowledged_at:%Y-%m-%d %H:%M} UTC"
    if each.acknowledged_at is not None:
        return f"✘ Refused by the device {each.device_id}: {each.refusal}"
    return (
        f"… Sent to {each.device_id} {each.published_at:%Y-%m-%d %H:%M} UTC, not yet confirmed by"
        " the device"
    )


def _period(message: Prescription) -> str:
    first = f"from {message.starts_on}" if message.starts_on else ""
    last = f"until {message.ends_on}" if message.ends_on else ""
    return " ".join(each for each in (first, last) if each)


def _item_line(item: PrescriptionItem, message: Prescription) -> ItemLine:
    said = [
        f"{item.sets} × {set_in_words(item)}",  # noqa: RUF001
        {"both": "both sides"}.get(item.side, item.side),
        f"hold {item.hold_s:g} s" if item.hold_s else "",
        f"rest {item.rest_s:g} s",
        f"target {item.target_rom_deg:g}°" if item.target_rom_deg is not None else "",
        f"± {item.tolerance_deg:g}°" if item.tolerance_deg is not None else "",
        f"load {item.load}" if item.load else "",
        days_in_words(item),
        f"stop above pain {item.pain_stop}",
    ]
    more = []
    if item.tempo is not None:
        tempo = item.tempo
        more.append(
            f"Tempo: {tempo.out_s:g} s out, {tempo.hold_s:g} s at the top, {tempo.return_s:g} s"
            f" back, {tempo.pause_s:g} s pause"
        )
    if item.rpe_target is not None:
        more.append(f"Effort aimed at: {item.rpe_target} of 10")
    more += [
        f"Goal: {each.target_rom_deg:g}°" + (f" by {each.by}" if each.by else "")
        for each in message.goals
        if each.exercise_id == item.exercise_id
    ]
    if item.progression is not None:
        more.append(
            f"To be proposed when {item.progression.condition}: {item.progression.change}"
            " (a clinician signs it)"
        )
    name = exercise_name(item.exercise_id)
    return ItemLine(name, ", ".join(each for each in said if each), tuple(more))
