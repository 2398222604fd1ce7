"""The wire contract for those who do not read Python: JSON Schema for each payload, and AsyncAPI.

Both are made from the payload models themselves (``scripts/write_contract``), so that they cannot
say anything else than what is validated. Of what crosses fields (an end not before its beginning,
counts that agree, a track that unpacks to its frames) a schema knows nothing: the models check that
too. AsyncAPI 3.0.0: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import importlib
import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from models.messages import (
    DEVICE_ID_PATTERN,
    FROM_BRIDGE,
    MAXIMUM_PAYLOAD_BYTES,
    RETAINED,
    SCHEMA_VERSION,
    TOPIC_ROOT,
    Channel,
    Payload,
)

ASYNCAPI_FILE = "asyncapi.json"
_PAYLOAD_MODULES = ("models.messages", "models.event", "models.motion")


def payload_types() -> dict[Channel, type[Payload]]:
    """The payload of every channel; raises :class:`LookupError` when a channel has none."""
    for module in _PAYLOAD_MODULES:
        importlib.import_module(module)
    types = {kind.kind: kind for kind in Payload.__subclasses__()}
    if missing := set(Channel) - set(types):
        raise LookupError(f"no payload for {', '.join(sorted(missing))}")
    return {channel: types[channel] for channel in Channel}


def payload_schema(channel: Channel) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one channel's payload."""
    kind = payload_types()[channel]
    return {"$schema": GenerateJsonSchema.schema_dialect, **kind.model_json_schema()}


def asyncapi() -> dict[str, Any]:
    """Topics, who publishes on them, and their payloads, as an AsyncAPI document."""
    kinds = payload_types()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "PhysioPi: device and cloud bridge",
            "version": SCHEMA_VERSION,
            "description": (
                "MQTT 5, quality of service 1, persistent sessions. Payloads are UTF-8 JSON of at"
                f" most {MAXIMUM_PAYLOAD_BYTES} bytes. Unknown fields are ignored; an unknown major"
                " version is refused. A device reaches the topics under its own id alone."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {kinds[each].__name__: _channel(each, kinds[each]) for each in Channel},
        "operations": {
            _operation(each, kinds[each]): {
                "action": "receive" if each in FROM_BRIDGE else "send",
                "channel": {"$ref": f"#/channels/{kinds[each].__name__}"},
                "bindings": {"mqtt": {"qos": 1, "retain": each in RETAINED}},
            }
            for each in Channel
        },
        "components": {"messages": {kind.__name__: _message(kind) for kind in kinds.values()}},
    }


def write_contract(folder: Path) -> list[Path]:
    """Write the AsyncAPI document and one schema for each channel; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = {f"{_file_name(each)}.schema.json": payload_schema(each) for each in Channel}
    documents[ASYNCAPI_FILE] = asyncapi()
    written = []
    for name, document in documents.items():
        path = folder / name
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
        written.append(path)
    return written


def _file_name(channel: Channel) -> str:
    return channel.value.replace("/", "-")


def _operation(channel: Channel, kind: type[Payload]) -> str:
    return f"{'receive' if channel in FROM_BRIDGE else 'send'}{kind.__name__}"


def _channel(channel: Channel, kind: type[Payload]) -> dict[str, Any]:
    return {
        "address": f"{TOPIC_ROOT}/{{deviceId}}/{channel.value}",
        "description": (
            f"Published by the {'bridge' if channel in FROM_BRIDGE else 'device'}"
            f"{', retained' if channel in RETAINED else ''}."
        ),
        "parameters": {"deviceId": {"description": f"Matches {DEVICE_ID_PATTERN}"}},
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}},
    }


def _message(kind: type[Payload]) -> dict[str, Any]:
    summary = (kind.__doc__ or "").strip().partition("\n")[0]
    reference = f"./{_file_name(kind.kind)}.schema.json"
    return {"name": kind.__name__, "summary": summary, "payload": {"$ref": reference}}
