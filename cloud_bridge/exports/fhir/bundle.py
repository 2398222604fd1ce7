"""A transaction Bundle that puts resources under our own ids: sent twice it changes nothing."""

from collections.abc import Iterable

from cloud_bridge.exports.fhir.checked import checked
from cloud_bridge.exports.fhir.elements import Resource


def transaction_bundle(resources: Iterable[Resource], base_url: str) -> Resource:
    """The Bundle; ``base_url`` is where this bridge's FHIR interface stands.

    A resource that comes twice is in it once. ``meta.versionId`` is left out: the receiver counts
    versions of its own.
    """
    entries: dict[str, Resource] = {}
    for resource in resources:
        address = f"{resource['resourceType']}/{resource['id']}"
        if address not in entries:
            entries[address] = {
                "fullUrl": f"{base_url}/{address}",
                "resource": without_version(checked(resource)),
                "request": {"method": "PUT", "url": address},
            }
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries.values())}


def without_version(resource: Resource) -> Resource:
    """The resource without what only our own server knows of it."""
    meta = {key: value for key, value in resource.get("meta", {}).items() if key == "security"}
    return {
        key: meta if key == "meta" else value
        for key, value in resource.items()
        if key != "meta" or meta
    }
