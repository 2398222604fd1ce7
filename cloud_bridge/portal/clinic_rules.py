"""Whose midnight ends a day in this clinic, when its patients are flagged, and who is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cloud_bridge.portal.patient_course import course_since
from cloud_bridge.portal.patient_list import history_of
from cloud_bridge.progress.flag_rules import FlagRules, load_flag_rules
from cloud_bridge.progress.flags import Flag, flags_of
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.tables import Patient


def clinic_rules(clinic: ClinicView, settings: BridgeSettings) -> tuple[ZoneInfo, FlagRules]:
    """The clinic's time zone and its rules."""
    own = settings.of_clinic(clinic.clinic_name())
    return ZoneInfo(own.time_zone), load_flag_rules(own.flag_rules)


def flags_of_patient(
    clinic: ClinicView, patient: Patient, settings: BridgeSettings
) -> tuple[Flag, ...]:
    """The patient's flags at this moment, as the patient's page makes them."""
    now = datetime.now(UTC)
    zone, rules = clinic_rules(clinic, settings)
    since = course_since(now.astimezone(zone).date(), zone)
    return flags_of(history_of(clinic.progress.of(patient, since), zone), rules, now)
