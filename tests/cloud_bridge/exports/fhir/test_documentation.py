"""The definitions in docs/fhir are those of the code."""

from pathlib import Path

from cloud_bridge.api.fhir.capability import EXAMPLE_URL, capability_statement
from cloud_bridge.exports.fhir.checked import checked
from cloud_bridge.exports.fhir.definitions import definitions, file_content

FOLDER = Path(__file__).parents[4] / "docs" / "fhir"


def test_the_documented_definitions_are_those_of_the_code() -> None:
    made = [*definitions(), checked(capability_statement(EXAMPLE_URL))]
    files = {f"{each['resourceType']}-{each['id']}.json": file_content(each) for each in made}
    found = {each.name: each.read_text(encoding="utf-8") for each in FOLDER.glob("*.json")}
    assert found == files, "run: python -m cloud_bridge.api.fhir.capability docs/fhir"
