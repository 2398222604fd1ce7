"""Browsers that are signed in, without a browser."""

import re
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient

from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.sign_in import make_one_time_sign_in
from cloud_bridge.store.tables import Account, Clinic


def csrf(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]


def add_person(database: Database, clinic: str, email: str, **fields: Any) -> Account:
    """A person of a clinic, which is made when it is new."""
    with database.transaction() as transaction:
        found = transaction.query(Clinic).filter_by(name=clinic).one_or_none()
        if found is None:
            found = Clinic(name=clinic)
            transaction.add(found)
            transaction.flush()
        account = Account(
            **{"clinic_id": found.id, "email": email, "name": email, "role": "doctor"} | fields
        )
        transaction.add(account)
    return account


def signed_in_to_demonstration(
    database: Database, folder: Path, clinic: str | None = None
) -> FlaskClient:
    """The demonstration's doctor, or the doctor of another ``clinic`` beside it."""
    with database.transaction() as transaction:
        token = make_demonstration(transaction).sign_in_token
        if clinic is not None:
            other = Clinic(name=clinic)
            transaction.add(other)
            transaction.flush()
            doctor = Account(clinic_id=other.id, email="x@y.z", name="Other", role="doctor")
            transaction.add(doctor)
            transaction.flush()
            token = make_one_time_sign_in(transaction, doctor)
    app = create_app(BridgeSettings(data_folder=folder), database)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post(f"/sign-in/one-time/{token}")
    return client


def signed_in(app: Flask, database: Database, email: str) -> FlaskClient:
    """Through the page of a one-time link, as a person would."""
    with database.transaction() as transaction:
        account = transaction.query(Account).filter_by(email=email).one()
        token = make_one_time_sign_in(transaction, account)
    client = app.test_client()
    address = f"/sign-in/one-time/{token}"
    data = {"csrf_token": csrf(client.get(address).text)}
    assert client.post(address, data=data).status_code == 302
    return client


def post(client: FlaskClient, address: str, page: str | None = None, **data: Any) -> Any:
    """Send a form with the token that its page (``address`` itself) carries."""
    token = csrf(client.get(page or address).text)
    return client.post(address, data=data | {"csrf_token": token})


def set_up_factor(client: FlaskClient) -> tuple[str, list[str]]:
    """Set a second factor up on its page; the code that this used up, and the recovery codes."""
    page = client.get("/account/second-factor").text
    used = pyotp.TOTP(page.split("<code>")[1].split("</code>")[0]).now()
    data = {"csrf_token": csrf(page), "code": used}
    answer = client.post("/account/second-factor", data=data).text
    codes = [each.split("</code>")[0] for each in answer.split("<code>")[1:]]
    assert len(codes) == 10
    return used, codes
