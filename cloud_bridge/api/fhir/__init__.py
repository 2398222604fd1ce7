"""The FHIR R4 read interface, ``/fhir``: for programs with a token, within one clinic."""
