"""Every resource that leaves goes through here: held to R4's structure, and given its version.

The classes are those of R4B (4.3.0) in fhir.resources, which has none of R4 (4.0.1). For the
resources written here both releases have the same elements, which a test holds against the official
R4 definitions.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.exports.fhir.elements import Resource

VERSION_LENGTH: Final = 16
# What a FHIR string may not hold, and no XHTML may either.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class FhirStructureError(CloudBridgeError):
    """A resource does not have R4's structure; the message names the first wrong element."""


def checked(resource: Resource) -> Resource:
    """The resource in the specification's order of elements, with a ``meta.versionId``.

    The version is made of the content, so that it changes if and only if the content does. Raises
    :class:`FhirStructureError`.
    """
    whole = _validated(printable(resource))
    content = json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()
    version = hashlib.sha256(content).hexdigest()[:VERSION_LENGTH]
    return _with_version(whole, version)


def printable(value: Any) -> Any:  # noqa: ANN401
    """The same with every character that FHIR does not allow replaced by U+FFFD."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {key: printable(each) for key, each in value.items()}
    return [printable(each) for each in value] if isinstance(value, list) else value


def validated(document: Mapping[str, Any]) -> Resource:
    """A foreign resource, once its structure is R4's; raises :class:`FhirStructureError`."""
    return _validated(document)


def _validated(document: Mapping[str, Any]) -> Resource:
    kind = document.get("resourceType")
    try:
        kind_of_resource = get_fhir_model_class(str(kind))
    except (KeyError, ValueError) as error:
        raise FhirStructureError(f"{kind!r} is no resource of FHIR R4") from error
    try:
        model = kind_of_resource.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FhirStructureError(f"{kind}: {where or 'resource'}: {first['msg']}") from error
    whole: Resource = json.loads(model.model_dump_json())
    return whole


def _with_version(resource: Resource, version: str) -> Resource:
    meta = {"versionId": version} | resource.get("meta", {})
    made: Resource = {}
    for key, value in resource.items():
        if key != "meta":
            made[key] = value
        if key == "id":
            made["meta"] = meta
    return made
