"""``physiopi-device kiosk``: the process that serves the patient's page."""

from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from device.kept_log import keep_log
from device.kiosk.channel import CoachChannel
from device.kiosk.live_view import LiveView
from device.kiosk.page import create_app
from device.settings import DeviceSettings, load_settings


class KioskServer(BaseApplication):  # type: ignore[misc]
    """gunicorn with one worker of eight threads on the loopback address."""

    def __init__(self, settings: DeviceSettings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        for name, value in {
            "bind": f"127.0.0.1:{self._settings.kiosk.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": 8,
            "timeout": 60,
            "graceful_timeout": 2,
            "worker_tmp_dir": "/dev/shm",  # noqa: S108  gunicorn's heartbeat: in memory, not on the card
            "control_socket_disable": True,
            "proc_name": "physiopi-kiosk",
            "loglevel": "warning",
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401
        """Called by gunicorn in its worker."""
        channel = CoachChannel(self._settings.runtime_folder)
        settings = self._settings
        return create_app(LiveView(channel, settings), channel, settings.kiosk)


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The device's configuration file (device.toml).",
)
def kiosk(config: Path | None) -> None:
    """Serve the patient's page on this machine's own address, until told to stop.

    It shows what the coach says and hands back what the patient presses; it may be started before
    or after the coach, and started again at any time.
    """
    settings = load_settings(config)
    keep_log(settings.log_folder, "kiosk")
    KioskServer(settings).run()
