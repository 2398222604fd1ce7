"""PhysioPi in FHIR R4: a mapping from what is stored, and the way to and from an EHR."""
