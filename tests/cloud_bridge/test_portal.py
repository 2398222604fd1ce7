"""The portal: who gets in, what a doctor can do, and one look in real Chromium."""

import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import select
from werkzeug.serving import make_server

from cloud_bridge.accounts.passwords import set_password
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.sign_in import make_one_time_sign_in
from cloud_bridge.store.tables import Account, Clinic, OneTimeSignIn
from models.exercises.library import load_library
from models.messages import (
    Channel,
    ExerciseResult,
    MeasuredAngle,
    Session,
    SetResult,
    topic,
)
from models.quality import Contribution, GateFinding, SetQuality, StageVersion

NOW = datetime(2026, 1, 2, 10, 30, tzinfo=UTC)
SET = SetResult(
    reps_target=5, reps_counted=4, reps_full_rom=3, attempts=1,
    rom_peak_deg=(
        MeasuredAngle(value_deg=151.2, expected_error_deg=5), None,
        MeasuredAngle(value_deg=162.8, expected_error_deg=5), MeasuredAngle(value_deg=158),
    ),
    tempo_s=(6.0, 6.5, 7.0, 6.1), faults={"too_fast": 2}, not_judged={"trunk_lean_forward": "view"},
    valid_frame_pct=97.2, mean_keypoint_score=0.81, started_at=NOW, ended_at=NOW,
    quality=SetQuality(
        status="analysed", score=0.84, deviation=0.42, good_repetitions=3, bad_repetitions=1,
        usable_pct=91.0, stages=(StageVersion(name="score", version="1", kind="rule"),),
        contributions=(Contribution(joint="trunk", phase="out", share=0.5),),
        findings=(
            GateFinding(block="top_left", cause="too_far", begins_s=3, ends_s=5, goodness=0.2,
                        confidence=0.31, jitter_torso=0.2),
        ),
    ),
)  # fmt: skip
SESSION = Session(
    id=UUID(int=7), prescription_id=UUID(int=8), prescription_version=1, patient_id="demo-patient",
    device_id="demo-device", software_version="0.1.0", camera="simulated", started_at=NOW,
    ended_at=NOW + timedelta(minutes=3), status="completed", pain_after=0,
    items=(ExerciseResult(exercise_id="shoulder_abduction", side="both", sets=(SET,)),),
)  # fmt: skip


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'bridge.sqlite'}")
    database.upgrade()
    return database


@pytest.fixture
def token(sqlite: Database) -> str:
    with sqlite.transaction() as transaction:
        made = make_demonstration(transaction)
    acceptance = Acceptance(sqlite, load_library())
    answer = acceptance.take(topic("demo-device", Channel.SESSION), SESSION.to_bytes())
    assert answer is not None
    assert answer.receipt.outcome == "stored"
    return made.sign_in_token


@pytest.fixture
def app(sqlite: Database, tmp_path: Path) -> Flask:
    return create_app(BridgeSettings(data_folder=tmp_path), sqlite)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def sign_in(app: Flask, token: str) -> FlaskClient:
    client = app.test_client()
    address = f"/sign-in/one-time/{token}"
    page = client.get(address).text
    assert client.post(address, data={"csrf_token": csrf(page)}).location == "/"
    return client


PROTECTED = ["/", "/patients/1", f"/sessions/{SESSION.id}", "/api/v1/patients/1/sessions",
             f"/api/v1/sessions/{SESSION.id}"]  # fmt: skip


@pytest.mark.parametrize("address", PROTECTED)
def test_nobody_gets_in_without_signing_in(app: Flask, token: str, address: str) -> None:
    answer = app.test_client().get(address)
    assert (answer.status_code, "/sign-in" in answer.location) == (302, True)


@pytest.mark.parametrize("address", PROTECTED[1:])
def test_another_clinics_doctor_finds_nothing(
    app: Flask, sqlite: Database, token: str, address: str
) -> None:
    with sqlite.transaction() as transaction:
        clinic = Clinic(name="Another clinic")
        transaction.add(clinic)
        transaction.flush()
        doctor = Account(clinic_id=clinic.id, email="x@y.z", name="Other", role="doctor")
        transaction.add(doctor)
        transaction.flush()
        other = make_one_time_sign_in(transaction, doctor)
    client = sign_in(app, other)
    assert client.get(address).status_code == 404
    assert "Simulated patient" not in client.get("/").text


def test_a_one_time_link_works_once_and_a_preview_does_not_use_it_up(
    app: Flask, token: str
) -> None:
    address = f"/sign-in/one-time/{token}"
    app.test_client().get(address)
    sign_in(app, token)
    second = app.test_client()
    page = second.get(address).text
    answer = second.post(address, data={"csrf_token": csrf(page)}, follow_redirects=True)
    assert "has been used or has expired" in answer.text


def test_an_expired_link_does_not_let_in(app: Flask, sqlite: Database, token: str) -> None:
    with sqlite.transaction() as transaction:
        for each in transaction.scalars(select(OneTimeSignIn)):
            each.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    client = app.test_client()
    address = f"/sign-in/one-time/{token}"
    answer = client.post(address, data={"csrf_token": csrf(client.get(address).text)})
    assert "/sign-in" in answer.location


def test_a_password_lets_in_and_a_wrong_one_does_not(
    app: Flask, sqlite: Database, token: str
) -> None:
    with sqlite.transaction() as transaction:
        account = transaction.scalars(select(Account)).one()
        set_password(account, "correct horse battery")
    client = app.test_client()
    form = {"email": "doctor@demo.invalid", "csrf_token": csrf(client.get("/sign-in").text)}
    assert "is not right" in client.post("/sign-in", data=form | {"password": "wrong"}).text
    answer = client.post("/sign-in", data=form | {"password": "correct horse battery"})
    assert answer.location == "/"


def test_guessing_is_slowed_down(app: Flask, token: str) -> None:
    client = app.test_client()
    form = {"email": "a@b.c", "password": "x", "csrf_token": csrf(client.get("/sign-in").text)}
    statuses = [client.post("/sign-in", data=form).status_code for _ in range(12)]
    assert 429 in statuses


def test_a_form_without_its_token_is_refused(app: Flask, token: str) -> None:
    client = sign_in(app, token)
    for address in ("/patients/1/prescription", "/patients/1/prescription/state"):
        assert client.post(address, data={"do": "save"}).status_code == 400


def test_pages_allow_no_foreign_content(app: Flask, token: str) -> None:
    headers = sign_in(app, token).get("/").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()


@pytest.mark.browser
def test_a_doctor_signs_in_prescribes_and_reads_a_session(
    browser: Browser, address: str, token: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/sign-in/one-time/{token}")
    page.click("main button")
    page.click("text=Simulated patient")
    page.click("#prescription a.button")
    page.click("#add-squat_mini")
    page.wait_for_selector(".item")
    page.click("text=Sign and send as version 1")
    assert "Prescribed." in page.inner_text(".notice")
    assert "Small knee bend" in page.inner_text(".dose")
    page.click("#sessions table a")
    text = page.inner_text("main")
    for said in (
        "4 of 5", "163° ± 5°", "Too fast (2)", "view does not show it",
        "Pain after, 0 to 10", "not answered", "Simulated patient: no person did this", "97 %",
        "0.8 ± 0.4", "Very good", "3 good, 1 not good", "too far away", "the trunk on the way",
    ):  # fmt: skip
        assert said in text, said
    assert page.locator("svg rect").count() == 3
    assert "score: rule, version 1" not in page.locator("details").inner_text()
    page.click("details summary")
    assert "score: rule, version 1" in page.locator("details").inner_text()
    assert "not a diagnosis" in page.inner_text("footer")
    page.close()
