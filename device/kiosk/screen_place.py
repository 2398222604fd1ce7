"""What a screen shows because of where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from device.settings import ClinicSettings, DeviceSettings
from device.store import DeliveryState, LinkState
from models.exercises.catalogue import LANGUAGES


@dataclass(frozen=True, slots=True)
class Delivery:
    """What leaves the room, and whether it has: the link, the session on the screen, and whether
    the patient's consent to sending movement stands.
    """

    link: LinkState | None = None
    session: DeliveryState | None = None
    movement_is_sent: bool = False


@dataclass(frozen=True, slots=True)
class ScreenPlace:
    """What a screen shows because of where it stands: as configured, until chosen otherwise."""

    language: str = "en"
    skeleton_only: bool = False
    volume: int = 100
    emergency_number: str = "112"
    clinic: ClinicSettings = field(default_factory=ClinicSettings)

    @classmethod
    def of(cls, settings: DeviceSettings) -> "ScreenPlace":
        """As the configuration file has it."""
        kiosk = settings.kiosk
        return cls(
            language=kiosk.language,
            skeleton_only=kiosk.skeleton_only,
            volume=settings.voice.volume if settings.voice.speak else 0,
            emergency_number=kiosk.emergency_number,
            clinic=settings.clinic,
        )

    def language_of(self, feedback: Mapping[str, Any] | None) -> str:
        """The language chosen, or else configured."""
        chosen = None if feedback is None else feedback["language"]
        return chosen if chosen in LANGUAGES else self.language
