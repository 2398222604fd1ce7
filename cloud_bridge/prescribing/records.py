"""One clinic's drafts and templates; made by :class:`cloud_bridge.store.clinic_view.ClinicView`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm.exc import StaleDataError

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.prescribing.typed_plan import TypedPlan
from cloud_bridge.store.tables import (
    Account,
    Patient,
    PrescriptionDelivery,
    PrescriptionDraft,
    PrescriptionTemplate,
    PrescriptionVersion,
)

LONGEST_TEMPLATE_NAME: Final = 100


class DraftConflictError(CloudBridgeError):
    """The draft was changed elsewhere; ``stored`` is what stands in it now."""

    def __init__(self, stored: TypedPlan) -> None:
        super().__init__("This draft was changed in another window while you were writing.")
        self.stored = stored


class TemplateNameError(CloudBridgeError):
    """A template cannot have this name; the message says why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person has typed for a patient and not signed; ``revision`` counts the times kept."""

    plan: TypedPlan
    based_on_version: int
    revision: int
    updated_at: datetime


class Prescribing:
    """Drafts, templates and deliveries of one clinic, within one transaction."""

    def __init__(self, transaction: Transaction, clinic_id: int) -> None:
        self._transaction = transaction
        self._clinic_id = clinic_id

    def draft(self, patient: Patient, account: Account) -> Draft | None:
        """A person's own draft for a patient."""
        row = self._draft(patient, account)
        return None if row is None else _draft_of(row)

    def others_drafts(self, patient: Patient, account: Account) -> dict[int, datetime]:
        """Who else has a draft for this patient, by account, and since when it stands as it is."""
        rows = self._transaction.scalars(
            select(PrescriptionDraft).where(
                PrescriptionDraft.clinic_id == self._clinic_id,
                PrescriptionDraft.patient_id == patient.id,
                PrescriptionDraft.account_id != account.id,
            )
        )
        return {each.account_id: each.updated_at for each in rows}

    def keep_draft(
        self, patient: Patient, account: Account, plan: TypedPlan, revision: int, based_on: int
    ) -> Draft:
        """Keep what was typed on top of ``revision`` (0: of nothing).

        A draft stays based on the version that it began from. Raises :class:`DraftConflictError`
        where another window has kept something else meanwhile.
        """
        row = self._draft(patient, account)
        if row is not None and row.revision != revision:
            raise DraftConflictError(_draft_of(row).plan)
        try:
            with self._transaction.begin_nested():
                if row is None:
                    row = PrescriptionDraft(
                        clinic_id=self._clinic_id,
                        patient_id=patient.id,
                        account_id=account.id,
                        based_on_version=based_on,
                    )
                    self._transaction.add(row)
                row.document = plan.model_dump(mode="json")
                row.updated_at = datetime.now(UTC)
                self._transaction.flush()
        except (IntegrityError, StaleDataError) as error:
            self._transaction.expire_all()
            stored = self._draft(patient, account)
            raise DraftConflictError(plan if stored is None else _draft_of(stored).plan) from error
        return _draft_of(row)

    def discard_draft(self, patient: Patient, account: Account) -> None:
        """Throw a person's own draft away, if there is one."""
        row = self._draft(patient, account)
        if row is not None:
            self._transaction.delete(row)
            self._transaction.flush()

    def templates(self) -> Sequence[PrescriptionTemplate]:
        """The clinic's, by name."""
        return self._transaction.scalars(
            select(PrescriptionTemplate)
            .where(PrescriptionTemplate.clinic_id == self._clinic_id)
            .order_by(PrescriptionTemplate.name)
        ).all()

    def template(self, template_id: str) -> TypedPlan | None:
        """One template's exercises, ``None`` for what is none of this clinic's."""
        row = self._template(template_id)
        return None if row is None else TypedPlan.model_validate(row.document)

    def save_template(self, name: str, plan: TypedPlan, account: Account) -> None:
        """Keep a plan's exercises for others; nothing of the period, precautions or goals.

        Raises :class:`TemplateNameError`.
        """
        if not name or len(name) > LONGEST_TEMPLATE_NAME:
            raise TemplateNameError(
                f"Give the template a name of at most {LONGEST_TEMPLATE_NAME} characters."
            )
        if not plan.items:
            raise TemplateNameError("Add an exercise first: a template without any is none.")
        bare = TypedPlan(
            items=tuple(
                each.model_copy(update={"goal_deg": "", "goal_by": ""}) for each in plan.items
            )
        )
        row = PrescriptionTemplate(
            clinic_id=self._clinic_id,
            name=name,
            document=bare.model_dump(mode="json"),
            made_by=account.id,
        )
        try:
            with self._transaction.begin_nested():
                self._transaction.add(row)
        except IntegrityError as error:
            raise TemplateNameError(
                f"There is a template {name!r} already: choose another name, or remove that one."
            ) from error

    def remove_template(self, template_id: str) -> bool:
        """Whether there was such a template."""
        row = self._template(template_id)
        if row is not None:
            self._transaction.delete(row)
        return row is not None

    def deliveries(self, version: PrescriptionVersion) -> Sequence[PrescriptionDelivery]:
        """To which devices a version went, and what they said, the first to be sent first."""
        return self._transaction.scalars(
            select(PrescriptionDelivery)
            .where(
                PrescriptionDelivery.clinic_id == self._clinic_id,
                PrescriptionDelivery.version_row_id == version.row_id,
            )
            .order_by(PrescriptionDelivery.published_at, PrescriptionDelivery.device_id)
        ).all()

    def _draft(self, patient: Patient, account: Account) -> PrescriptionDraft | None:
        return self._transaction.scalars(
            select(PrescriptionDraft).where(
                PrescriptionDraft.clinic_id == self._clinic_id,
                PrescriptionDraft.patient_id == patient.id,
                PrescriptionDraft.account_id == account.id,
            )
        ).one_or_none()

    def _template(self, template_id: str) -> PrescriptionTemplate | None:
        try:
            wanted = UUID(template_id)
        except ValueError:
            return None
        return self._transaction.scalars(
            select(PrescriptionTemplate).where(
                PrescriptionTemplate.clinic_id == self._clinic_id,
                PrescriptionTemplate.id == wanted,
            )
        ).one_or_none()


def _draft_of(row: PrescriptionDraft) -> Draft:
    return Draft(
        plan=TypedPlan.model_validate(row.document),
        based_on_version=row.based_on_version,
        revision=row.revision,
        updated_at=row.updated_at,
    )
