"""A whole session of the rendered patient, as the device sent it, is valid FHIR R4."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from cloud_bridge.cli import main
from tests.cloud_bridge.exports.fhir.official_r4 import OfficialR4

SCRIPTS = Path(__file__).parents[4] / "scripts"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(SCRIPTS)
    yield import_module("whole_product")
    for name in ("whole_product", "doctor", "running_parts"):
        sys.modules.pop(name, None)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_session_of_the_simulated_patient_is_valid(
    script: ModuleType, official: OfficialR4, tmp_path: Path
) -> None:
    options = script.parse(["--check", "--stand-in"])
    with ExitStack() as stack:
        product = script.start_product(options, tmp_path, stack)
        script.check(product, script.dose_of("squat_mini", 1, 3))
    command = [
        "fhir", "export", "--config", str(tmp_path / "bridge.toml"),
        "--clinic", "Demonstration clinic", "--patient", "demo-patient",
    ]  # fmt: skip
    ran = CliRunner().invoke(main, command)
    assert ran.exit_code == 0, ran.output
    bundle = json.loads(ran.stdout)
    assert official.faults(bundle) == []
    resources = {f"{each['resource']['resourceType']}": each["resource"]
                 for each in bundle["entry"]}  # fmt: skip
    assert {"Patient", "CarePlan", "ServiceRequest", "Procedure", "Observation",
            "DiagnosticReport", "Provenance", "Device"} <= set(resources)  # fmt: skip
    assert resources["Procedure"]["meta"]["security"][0]["code"] == "HTEST"
    versions = resources["Provenance"]["contained"][0]["version"]
    assert any("stand-in" in each["type"]["text"] for each in versions)
    (counted,) = [
        each["resource"]
        for each in bundle["entry"]
        if each["request"]["url"].endswith("-e1-repetitions")
    ]
    assert counted["valueInteger"] == 3
