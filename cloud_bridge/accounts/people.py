"""The people of one clinic, as its administrators manage them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.errors import AccountError
from cloud_bridge.store.clinic_view import NotInClinicError
from cloud_bridge.store.tables import Account, Clinic, Role

# Enough to catch a slip of the keys; whether mail arrives, only mail can tell.
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class ClinicPeople:
    """One clinic's accounts; no query of it reaches another clinic's."""

    def __init__(self, transaction: Transaction, clinic_id: int) -> None:
        self._transaction = transaction
        self._clinic_id = clinic_id

    def all(self) -> Sequence[Account]:
        """By name, those who left too."""
        return self._transaction.scalars(
            select(Account)
            .where(Account.clinic_id == self._clinic_id)
            .order_by(Account.name, Account.id)
        ).all()

    def person(self, account_id: int) -> Account:
        """One of them; raises :class:`NotInClinicError`."""
        account = self._transaction.scalars(
            select(Account).where(Account.clinic_id == self._clinic_id, Account.id == account_id)
        ).first()
        if account is None:
            raise NotInClinicError(f"no person {account_id} in this clinic")
        return account

    def add(self, email: str, name: str, role: Role, administers: bool = False) -> Account:
        """A new account without a password; raises :class:`AccountError` for a taken address."""
        address = email.strip().lower()
        if not _EMAIL.fullmatch(address) or len(address) > 254:
            raise AccountError(f"{email}: this is no e-mail address")
        account = Account(
            clinic_id=self._clinic_id,
            email=address,
            name=name.strip()[:200],
            role=role,
            administers=administers and role != "administrator",
        )
        try:
            with self._transaction.begin_nested():
                self._transaction.add(account)
        except IntegrityError as error:
            # Not in which clinic: that would tell one clinic of another's people.
            raise AccountError(
                f"{address}: an account with this address cannot be added"
            ) from error
        return account

    def disable(self, account: Account) -> None:
        """No longer gets in; raises :class:`AccountError` for the last administrator."""
        others = [
            each
            for each in self.all()
            if each.is_administrator and each.disabled_at is None and each.id != account.id
        ]
        if account.is_administrator and not others:
            raise AccountError("This is the clinic's last administrator: make another one first.")
        account.disabled_at = datetime.now(UTC)

    def enable(self, account: Account) -> None:
        """Back again."""
        account.disabled_at = None


def add_clinic(transaction: Transaction, name: str) -> Clinic:
    """A new clinic; raises :class:`AccountError` when there is one of that name."""
    clinic = Clinic(name=name.strip())
    if not clinic.name or len(clinic.name) > 200:
        raise AccountError("a clinic needs a name of 1 to 200 characters")
    try:
        with transaction.begin_nested():
            transaction.add(clinic)
    except IntegrityError as error:
        raise AccountError(f"there is a clinic named {clinic.name} already") from error
    return clinic


def first_administrator(
    transaction: Transaction, clinic_name: str, email: str, name: str, role: Role
) -> Account:
    """The administrator a clinic begins with; the clinic is made when there is none of that name.

    Asked again for the same person, it finds them again. Raises :class:`AccountError` when another
    administrator is there already: they add people.
    """
    clinic = transaction.scalars(select(Clinic).where(Clinic.name == clinic_name.strip())).first()
    if clinic is None:
        clinic = add_clinic(transaction, clinic_name)
    people = ClinicPeople(transaction, clinic.id)
    active = [each for each in people.all() if each.is_administrator and each.disabled_at is None]
    for each in active:
        if each.email == email.strip().lower():
            return each
    if active:
        raise AccountError(
            f"{clinic.name} has an administrator already, who adds people on the portal's page"
            " People"
        )
    return people.add(email, name, role, administers=True)
