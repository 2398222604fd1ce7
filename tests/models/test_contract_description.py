"""What stands in docs/contract is what the models validate."""

import json
from pathlib import Path

from models.contract_description import ASYNCAPI_FILE, asyncapi, payload_types, write_contract
from models.messages import Channel

DOCS = Path(__file__).parents[2] / "docs" / "contract"


def test_the_written_contract_is_that_of_the_models(tmp_path: Path) -> None:
    written = {path.name: path.read_text("utf-8") for path in write_contract(tmp_path)}
    kept = {path.name: path.read_text("utf-8") for path in DOCS.glob("*.json")}
    assert kept == written, "run scripts/write_contract"


def test_every_channel_has_its_payload_its_address_and_who_publishes() -> None:
    document = asyncapi()
    addresses = {each["address"] for each in document["channels"].values()}
    assert addresses == {f"physiopi/v1/devices/{{deviceId}}/{each.value}" for each in Channel}
    actions = {name: each["action"] for name, each in document["operations"].items()}
    assert actions["sendSession"] == "send"
    assert actions["receivePrescription"] == "receive"
    assert document["operations"]["sendStatus"]["bindings"]["mqtt"]["retain"] is True
    assert document["operations"]["sendSession"]["bindings"]["mqtt"]["retain"] is False


def test_every_reference_leads_to_something(tmp_path: Path) -> None:
    write_contract(tmp_path)
    document = json.loads((tmp_path / ASYNCAPI_FILE).read_text("utf-8"))
    for kind in payload_types().values():
        payload = document["components"]["messages"][kind.__name__]["payload"]["$ref"]
        schema = json.loads((tmp_path / payload).read_text("utf-8"))
        assert schema["title"] == kind.__name__
        assert "schema_version" in schema["properties"]
