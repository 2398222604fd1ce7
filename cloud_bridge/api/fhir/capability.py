"""The CapabilityStatement: what the interface can do, made of what it does.

``python -m cloud_bridge.api.fhir.capability FOLDER`` writes it and our other definitions, one file
each, for the documentation.
"""

import sys
from pathlib import Path
from typing import Final

from cloud_bridge.api.fhir.search import SEARCHABLE, Searchable
from cloud_bridge.exports.fhir.checked import checked
from cloud_bridge.exports.fhir.codes import CANONICAL
from cloud_bridge.exports.fhir.definitions import (
    FHIR_VERSION,
    PUBLISHED,
    VERSION,
    definitions,
    write_definitions,
)
from cloud_bridge.exports.fhir.elements import Part, Resource, narrative

DEFINITIONS: Final = ("CodeSystem", "StructureDefinition")
EXAMPLE_URL: Final = "https://bridge.example.org/fhir"
_EVERYTHING: Final = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
_SECURITY: Final = (
    "A bearer token that the clinic has made, with SMART system scopes (system/*.read,"
    " system/Observation.read, ...), for one clinic's patients alone. TLS by the proxy before it."
)


def capability_statement(base_url: str) -> Resource:
    """The statement of the interface that stands at ``base_url``."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "physiopi-bridge",
        "text": narrative("Reads what PhysioPi has prescribed and measured, in FHIR R4."),
        "url": f"{CANONICAL}/CapabilityStatement/physiopi-bridge",
        "version": VERSION,
        "name": "PhysioPiBridge",
        "status": "active",
        "date": PUBLISHED,
        "publisher": "The PhysioPi developers",
        "kind": "instance",
        "implementation": {"description": "PhysioPi cloud bridge", "url": base_url},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": False, "description": _SECURITY},
                "resource": [
                    *(_resource(kind, each) for kind, each in sorted(SEARCHABLE.items())),
                    *(
                        {"type": kind, "interaction": [{"code": "read"}]}
                        for kind in DEFINITIONS
                    ),
                ],
            }
        ],
    }  # fmt: skip


def _resource(kind: str, searchable: Searchable) -> Part:
    made: Part = {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": False,
        "conditionalRead": "full-support",
        "searchParam": [
            {"name": name, "type": each} for name, each in sorted(searchable.parameters().items())
        ],
    }
    if kind == "Patient":
        made["operation"] = [{"name": "everything", "definition": _EVERYTHING}]
    return made


if __name__ == "__main__":
    write_definitions(
        Path(sys.argv[1]), [*definitions(), checked(capability_statement(EXAMPLE_URL))]
    )
