"""The patient's page: served on the loopback address, to the attached screen only."""

import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from flask import Flask, Response, abort, jsonify, render_template, request, send_from_directory
from flask_sock import Sock
from simple_websocket import ConnectionClosed
from werkzeug.wrappers import Response as BaseResponse

from device.coaching.command import CommandError, Dismiss, OpenPage, parse_command
from device.kiosk.channel import CoachChannel
from device.kiosk.demonstration import motion_of
from device.kiosk.live_view import MOST_PICTURES_PER_S, LiveView
from device.kiosk.wording import kiosk_catalogue
from device.settings import KioskSettings
from models.errors import ExerciseNotFoundError
from models.messages import Side

MOST_STREAMS = 2
_STATIC = Path(__file__).parent / "static"
_LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_CREDIT = "next"
_CREDIT_WITHIN_S = 30
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(view: LiveView, channel: CoachChannel, kiosk: KioskSettings) -> Flask:
    """The page on a live view and a way back to the coach."""
    app = Flask(__name__, static_folder=str(_STATIC))
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 20, "max_message_size": 1024}
    socket = Sock(app)
    token = secrets.token_urlsafe(32)
    streams = threading.BoundedSemaphore(MOST_STREAMS)

    @app.before_request
    def _from_this_machine_only() -> None:
        # A page elsewhere could name this address in its own host name (DNS rebinding).
        host = request.host.rsplit(":", 1)[0] if ":" in request.host else request.host
        if host not in _LOOPBACK_HOSTS:
            abort(403, "this page is for the attached screen")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{request.host}":
            abort(403, "requests from other pages are refused")

    @app.after_request
    def _secure(response: Response) -> Response:
        response.headers.update(_SECURITY_HEADERS)
        return response

    @app.get("/")
    def page() -> str:
        texts = kiosk_catalogue(view.language)
        return render_template(
            "kiosk.html",
            token=token,
            language=view.language,
            waiting=texts.text("instruct-no-connection"),
            display=kiosk,
        )

    @app.get("/service_worker.js")
    def service_worker() -> Response:
        # Here and not under /static: it answers for the whole page.
        return send_from_directory(_STATIC, "service_worker.js")

    @app.post("/command")
    def command() -> tuple[dict[str, Any], int]:
        if not secrets.compare_digest(request.headers.get("X-Kiosk-Token", ""), token):
            return {"error": "reload the page"}, 403
        try:
            parsed = parse_command(request.get_data(cache=False, parse_form_data=False)[:4096])
        except CommandError as error:
            return {"error": str(error)}, 400
        if isinstance(parsed, OpenPage | Dismiss) and view.open_help(isinstance(parsed, OpenPage)):
            return {}, 202
        if not channel.send(parsed):
            return {"error": "the coach is not running"}, 503
        return {}, 202

    @app.get("/demonstration/<exercise_id>/<side>.json")
    def demonstration(exercise_id: str, side: str) -> Response:
        sides: tuple[Side, ...] = get_args(Side)
        asked = next((each for each in sides if each == side), None)
        if asked is None:
            abort(404, "a side is left, right or both")
        try:
            return jsonify(motion_of(exercise_id, asked))
        except ExerciseNotFoundError as error:
            abort(404, str(error))

    @app.get("/health")
    def health() -> dict[str, Any]:
        link = view.link
        return {"coach_age_s": view.age_s, "linked": link is not None and link.connected}

    @socket.route("/live")  # type: ignore[untyped-decorator]
    def live(ws: Any) -> None:  # noqa: ANN401  flask-sock's connection has no types
        if not streams.acquire(blocking=False):
            ws.close(1013, "two pages are open already")
            return
        try:
            _serve(ws, view)
        except ConnectionClosed:
            return
        finally:
            streams.release()

    @app.get("/live.mjpeg")
    def motion_jpeg() -> BaseResponse:
        if not streams.acquire(blocking=False):
            abort(503, "two pages are open already")
        response = Response(
            _parts(view),
            mimetype="multipart/x-mixed-replace; boundary=frame",
            direct_passthrough=True,
        )
        response.call_on_close(streams.release)
        return response

    return app


def _serve(ws: Any, view: LiveView) -> None:  # noqa: ANN401
    """One message for each credit; the page gives the next when it has drawn the last."""
    sequence, sent_s = 0, 0.0
    while ws.receive(timeout=_CREDIT_WITHIN_S) == _CREDIT:
        time.sleep(max(0.0, sent_s + 0.8 / MOST_PICTURES_PER_S - time.monotonic()))
        sequence, message = view.message(sequence)
        sent_s = time.monotonic()
        ws.send(message)
    ws.close()


def _parts(view: LiveView) -> Iterator[bytes]:
    """Pictures with the next boundary right behind each: browsers show a part at its end."""
    sequence = 0
    yield b"--frame\r\n"
    while True:
        sequence, jpeg = view.jpeg_after(sequence)
        if jpeg is not None:
            head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            yield head.encode() + jpeg + b"\r\n--frame\r\n"
            time.sleep(0.5 / MOST_PICTURES_PER_S)
