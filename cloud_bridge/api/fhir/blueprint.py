"""The routes of ``/fhir``: read, search, a patient's everything, and our own definitions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from cloud_bridge.api.fhir.capability import capability_statement
from cloud_bridge.api.fhir.outcome import FhirError, outcome
from cloud_bridge.api.fhir.search import (
    SEARCHABLE,
    Page,
    everything,
    matches,
    on_page,
    page_of,
    understand,
)
from cloud_bridge.api.fhir.tokens import Interaction, Scopes, find_token
from cloud_bridge.audit.doing import name_principal
from cloud_bridge.exports.fhir.checked import checked
from cloud_bridge.exports.fhir.definitions import definitions
from cloud_bridge.exports.fhir.elements import Resource
from cloud_bridge.exports.fhir.records import KINDS, READABLE, FhirRecords
from cloud_bridge.portal.access import open_to
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import NotInClinicError
from cloud_bridge.store.database import Database

MEDIA_TYPE: Final = "application/fhir+json"
_ACCEPTED: Final = (MEDIA_TYPE, "application/json")
_FORMATS: Final = frozenset({"json", "application/json", MEDIA_TYPE, "text/json"})
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_EVERYTHING_PARAMETERS: Final = frozenset(
    {"start", "end", "_type", "_count", "_offset", "_format", "_pretty"}
)


def fhir_blueprint(settings: BridgeSettings, database: Database) -> Blueprint:
    """The interface on an open database."""
    blueprint = Blueprint("fhir", __name__, url_prefix="/fhir")
    base_url = settings.fhir.base_url or f"{settings.portal.link_base}/fhir"
    access = _Access(settings, database)
    _add_errors(blueprint)
    # No cookie lets anybody in here, so no form's token is needed to be told that one only reads.
    blueprint.record_once(lambda state: state.app.extensions["csrf"].exempt(blueprint))

    @blueprint.before_request
    def _negotiate() -> None:
        _check_format()

    @blueprint.get("/metadata")
    @open_to("anybody")
    def metadata() -> Response:
        return _answer(checked(capability_statement(base_url)))

    @blueprint.get("/<any(CodeSystem, StructureDefinition):kind>/<identity>")
    @open_to("anybody")
    def definition(kind: str, identity: str) -> Response:
        found = _definitions().get(f"{kind}/{identity}")
        if found is None:
            raise FhirError(404, "not-found", f"no {kind} {identity}")
        return _read_answer(found)

    @blueprint.get("/<kind>/<identity>")
    @open_to("token")
    def read(kind: str, identity: str) -> Response:
        with access.records(kind, "read") as (records, _):
            return _read_answer(checked(records.read(kind, identity)))

    @blueprint.get("/<kind>")
    @open_to("token")
    def search(kind: str) -> Response:
        with access.records(kind, "search") as (records, _):
            given = list(request.args.items(multi=True))
            lenient = "handling=lenient" in request.headers.get("Prefer", "")
            question = understand(kind, given, lenient=lenient)
            found, more = on_page(matches(records, kind, question), question.page)
            links = _links(f"{base_url}/{kind}", question.parameters, question.page, more)
            return _answer(_bundle(found, links, base_url))

    @blueprint.get("/Patient/<identity>/$everything")
    @open_to("token")
    def patient_everything(identity: str) -> Response:
        with access.records("Patient", "read") as (records, scopes):
            given = list(request.args.items(multi=True))
            wanted = _wanted_kinds(scopes)
            patient = records.of_patient(records.patient_by_fhir_id(identity))
            start, end = request.args.get("start"), request.args.get("end")
            page = page_of(given)
            found, more = on_page(everything(patient, wanted, start, end), page)
            used = [each for each in given if each[0] in ("start", "end", "_type")]
            links = _links(f"{base_url}/Patient/{identity}/$everything", used, page, more)
            return _answer(_bundle(found, links, base_url))

    @blueprint.route("/", defaults={"rest": ""}, methods=_METHODS)
    @blueprint.route("/<path:rest>", methods=_METHODS)
    @open_to("token")
    def nothing(rest: str) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise FhirError(405, "not-supported", f"{request.method}: this interface reads only")
        raise FhirError(404, "not-found", f"nothing at /fhir/{rest}: see /fhir/metadata")

    return blueprint


class _Access:
    """Lets a program with a token see its clinic's records."""

    def __init__(self, settings: BridgeSettings, database: Database) -> None:
        self._naming = settings.fhir.naming
        self._database = database

    @contextmanager
    def records(self, kind: str, interaction: Interaction) -> Iterator[tuple[FhirRecords, Scopes]]:
        """The clinic's records, in one transaction, and what the token may read."""
        with self._database.transaction() as transaction:
            row = find_token(transaction, _bearer(), datetime.now(UTC))
            if row is None:
                raise FhirError(401, "login", "this token is unknown, revoked or has expired")
            name_principal(f"fhir-token:{row.id}", row.clinic_id)
            if kind not in SEARCHABLE:
                raise FhirError(404, "not-supported", f"{kind}: there is {', '.join(READABLE)}")
            scopes = Scopes.parse(row.scopes)
            if not scopes.allow(kind, interaction):
                letter = {"read": "r", "search": "s"}[interaction]
                raise FhirError(
                    403, "forbidden", f"this token lacks the scope system/{kind}.{letter}"
                )
            try:
                yield FhirRecords(transaction, row.clinic_id, self._naming), scopes
            except NotInClinicError as error:
                raise FhirError(404, "not-found", str(error)) from error


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise FhirError(401, "login", "give a token: Authorization: Bearer ...")
    return token.strip()


def _add_errors(blueprint: Blueprint) -> None:
    @blueprint.errorhandler(FhirError)
    def _refuse(error: FhirError) -> Response:
        response = _answer(checked(outcome(error.code, str(error))), error.status)
        if error.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="PhysioPi FHIR"'
        if error.status == 405:
            response.headers["Allow"] = "GET, HEAD"
        return response

    @blueprint.errorhandler(HTTPException)
    def _explain(error: HTTPException) -> Response:
        status = error.code or 500
        said = error.description or error.name
        return _answer(checked(outcome("invalid" if status < 500 else "exception", said)), status)


@cache
def _definitions() -> Mapping[str, Resource]:
    return {f"{each['resourceType']}/{each['id']}": each for each in definitions()}


def _check_format() -> None:
    asked = request.args.get("_format")
    # A plus sign that was not escaped arrives as a space.
    if asked is not None and asked.replace(" ", "+").partition(";")[0] not in _FORMATS:
        raise FhirError(406, "not-supported", f"_format={asked}: there is {MEDIA_TYPE} only")
    if asked is None and request.accept_mimetypes and not _accepts_json():
        raise FhirError(
            406, "not-supported", f"Accept: {request.headers['Accept']}: there is {MEDIA_TYPE} only"
        )


def _accepts_json() -> bool:
    for value, quality in request.accept_mimetypes:
        media, _, parameters = value.partition(";")
        version = parameters.replace(" ", "").lower().partition("fhirversion=")[2][:3]
        if quality and media.strip() in (*_ACCEPTED, "*/*", "application/*"):
            return version in ("", "4.0")
    return False


def _wanted_kinds(scopes: Scopes) -> frozenset[str]:
    unknown = set(request.args) - _EVERYTHING_PARAMETERS
    if unknown:
        raise FhirError(
            400, "not-supported",
            f"$everything has no parameter {', '.join(sorted(unknown))}: use start, end, _type,"
            " _count",
        )  # fmt: skip
    asked = request.args.get("_type")
    wanted = set(KINDS) if asked is None else set(asked.split(","))
    return frozenset(each for each in wanted & set(KINDS) if scopes.allow(each, "read"))


def _bundle(found: Sequence[Resource], links: list[Resource], base_url: str) -> Resource:
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if found:
        bundle["entry"] = [
            {
                "fullUrl": f"{base_url}/{each['resourceType']}/{each['id']}",
                "resource": checked(each),
                "search": {"mode": "match"},
            }
            for each in found
        ]
    return bundle


def _links(
    address: str, parameters: Sequence[tuple[str, str]], page: Page, more: bool
) -> list[Resource]:
    def link(relation: str, offset: int) -> Resource:
        asked = [*parameters, ("_count", str(page.count))]
        if offset:
            asked.append(("_offset", str(offset)))
        return {"relation": relation, "url": f"{address}?{urlencode(asked)}"}

    links = [link("self", page.offset)]
    if more and page.count:
        links.append(link("next", page.offset + page.count))
    if page.offset:
        links.append(link("previous", max(page.offset - page.count, 0)))
    return links


def _read_answer(resource: Resource) -> Response:
    """A resource with its version and time, or the news that it is as the program has it."""
    tag = resource["meta"]["versionId"]
    changed = resource["meta"].get("lastUpdated")
    response = _answer(resource)
    response.set_etag(tag, weak=True)
    moment = None if changed is None else datetime.fromisoformat(changed)
    if moment is not None:
        response.headers["Last-Modified"] = format_datetime(moment, usegmt=True)
    if request.if_none_match:
        known = request.if_none_match.contains_weak(tag)
    else:
        known = moment is not None and _is_known(moment)
    if known:
        response.status_code = 304
        response.set_data(b"")
    return response


def _is_known(moment: datetime) -> bool:
    try:
        since = parsedate_to_datetime(request.headers["If-Modified-Since"])
    except (KeyError, ValueError):
        return False
    since = since.replace(tzinfo=since.tzinfo or UTC)
    return moment.replace(microsecond=0) <= since


def _answer(resource: Resource, status: int = 200) -> Response:
    content = json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
    return Response(content, status, content_type=f"{MEDIA_TYPE}; charset=utf-8")
