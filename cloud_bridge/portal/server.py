"""Serves the portal with gunicorn."""

from typing import Any

from gunicorn.app.base import BaseApplication

from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database


class PortalServer(BaseApplication):  # type: ignore[misc]
    """One worker of eight threads; the rate limits are counted in its memory."""

    def __init__(self, settings: BridgeSettings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        portal = self._settings.portal
        for name, value in {
            "bind": f"{portal.host}:{portal.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": 8,
            "graceful_timeout": 3,
            "control_socket_disable": True,
            "proc_name": "physiopi-portal",
            "loglevel": "warning",
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401
        """Called by gunicorn in its worker."""
        database = Database(self._settings.database)
        database.upgrade()
        return create_app(self._settings, database)
