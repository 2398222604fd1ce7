"""What a program is told when something is not as it should be: an OperationOutcome."""

from typing import Final, Literal

from cloud_bridge.exports.fhir.elements import Resource, narrative

IssueCode = Literal[
    "invalid", "required", "login", "forbidden", "not-found", "not-supported", "exception"
]
_LONGEST: Final = 500


class FhirError(Exception):
    """An answer that is no resource: HTTP status, issue code, and what to do."""

    def __init__(self, status: int, code: IssueCode, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def outcome(code: IssueCode, message: str) -> Resource:
    """An OperationOutcome with one error."""
    said = message[:_LONGEST]
    return {
        "resourceType": "OperationOutcome",
        "text": narrative(said),
        "issue": [{"severity": "error", "code": code, "diagnostics": said}],
    }
