"""``physiopi-device run``: the capture loop, with the kiosk and the link beside it."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import click
import structlog

from device.camera.capture import Capture, CaptureState
from device.camera.frame import CameraSource
from device.camera.selection import select_camera
from device.coaching.agenda import agenda_of
from device.coaching.exercise_watch import ExerciseWatch
from device.coaching.feedback import Feedback, Phase
from device.coaching.recognition.movement_watch import MovementWatch
from device.coaching.recognition.recogniser import ExerciseRecogniser
from device.coaching.recognition.references import load_references
from device.coaching.resumption import may_resume
from device.coaching.session import SessionFlow, SessionIdentity, SessionTimings
from device.coaching.set_motions import SetMotions
from device.errors import CameraError, RecognitionError
from device.kept_log import keep_log
from device.kiosk.channel import KioskChannel
from device.loop import Loop, LoopParts
from device.pose.movenet import MoveNet
from device.pose.network_choice import choose_network, library_measured_by, shows_no_person
from device.pose.smoothing import KeypointSmoother
from device.quality.process import AnalysisProcess
from device.rhythm.rhythm import Rhythm
from device.rhythm.watch import RhythmWatch
from device.session_sign import SessionSign
from device.settings import DeviceSettings, load_settings
from device.store import Store
from device.version import software_version
from device.voice.channel import SpeechChannel
from models.event import Event as PatientEvent
from models.exercises.library import ExerciseLibrary
from models.messages import Session

FIRST_FRAME_WITHIN_S = 20.0
_CHILD_ENDS_WITHIN_S = 5.0
_RESTART_AFTER_S = 1.0
PAST_SESSIONS = 60
"""How many earlier sessions progress is looked for in: two months of daily exercise."""
_BY_ITSELF = SessionTimings(
    question_s=3.0, demonstration_s=4.0, longest_rest_s=10.0, starts_by_itself_s=2.0
)

log = structlog.get_logger()


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The device's configuration file (device.toml).",
)
@click.option(
    "--camera",
    default="simulated",
    show_default=True,
    help="'simulated', 'csi', a number such as 0, or /dev/video0.",
)
@click.option(
    "--clip",
    type=click.Path(path_type=Path),
    help="Use a video file as the camera, again and again.",
)
@click.option(
    "--autostart",
    is_flag=True,
    help="Begin a session by itself when a prescription arrives, and skip unanswered questions"
    " soon: for demonstrations and checks, not for patients.",
)
@click.option(
    "--stand-in",
    is_flag=True,
    help="Use the small stand-in network even where MoveNet is: before the simulated patient only.",
)
@click.option("--kiosk/--no-kiosk", default=True, help="Serve the patient's page too.")
@click.option("--link/--no-link", default=True, help="Speak with the clinic too.")
def run(
    config: Path | None,
    camera: str,
    clip: Path | None,
    autostart: bool,
    stand_in: bool,
    kiosk: bool,
    link: bool,
) -> None:
    """Coach a patient: camera, pose, coaching, the patient's page and the link to the clinic.

    Runs until told to stop. A session broken off by then is kept: started again soon, it offers to
    go on with it; later it is sent as interrupted.
    Without MoveNet only the simulated patient can be coached, by a stand-in network that is not for
    people.
    """
    settings = load_settings(config)
    keep_log(settings.log_folder, "coach")
    source = select_camera(camera, clip)
    network = choose_network(
        settings.network_folder, no_person=shows_no_person(camera, clip), stand_in=stand_in
    )
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with contextlib.ExitStack() as stack:
        store = Store(settings.database_file)
        stack.callback(store.close)
        if (unanswered := store.send_event_draft()) is not None:
            log.info("unanswered_event_queued", event_id=str(unanswered.id))
        estimator = MoveNet(network)
        capture = Capture(source)
        stack.callback(capture.stop)
        capture.start()
        _wait_for_first_frame(capture, stop)
        channel = KioskChannel(settings.runtime_folder)
        stack.callback(channel.close)
        voice = kiosk and settings.voice.speak
        jobs = settings.jobs.enabled
        companions = (("kiosk", kiosk), ("link", link), ("voice", voice), ("jobs serve", jobs))
        for name, wanted in companions:
            if wanted:
                stack.enter_context(_Companion(name, config))
        library = library_measured_by(estimator.is_stand_in)
        analyst = motions = None
        if settings.quality.analyse:
            analyst = stack.enter_context(AnalysisProcess(research=settings.quality.research))
            motions = SetMotions(
                settings.device_id, analyst, store.motion.consent, store.motion.keep
            )
        speech = SpeechChannel(settings)
        stack.callback(speech.close)
        rhythm = stack.enter_context(RhythmWatch(settings, speech.remind))
        flow = SessionFlow(
            _identity(settings, estimator, source),
            library,
            now=lambda: datetime.now(UTC),
            on_finished=lambda session: _keep(store, session),
            on_progress=store.save_draft,
            timings=_BY_ITSELF if autostart else None,
            exercise_watch=_exercise_watch(settings, library),
            on_asked=store.save_event_draft,
            on_event=lambda event: _keep_event(store, event),
            analyst=analyst,
            motions=motions,
            past=store.history.latest_sessions(PAST_SESSIONS),
            chosen=store.screen.choices(),
            on_chosen=store.screen.set_choices,
            on_demonstrated=store.screen.add_demonstrated,
            on_snooze=rhythm.snooze,
        )
        flow.set_demonstrated(store.screen.demonstrated())
        _take_up(store, flow)
        parts = LoopParts(capture, estimator, KeypointSmoother(), flow, channel, store)
        log.info("coaching", camera=source.kind, network=estimator.version.name)
        sign = SessionSign(settings.runtime_folder)
        stack.callback(sign.close)
        followers: list[Callable[[Feedback], None]] = [
            _Follower(source, flow),
            _Days(rhythm, flow),
            rhythm.attend,
            sign.attend,
            speech.attend,
        ]
        Loop(parts, followers).run(stop)


def _take_up(store: Store, flow: SessionFlow) -> None:
    """Offer to go on with a session that was broken off just now; send an older one as it is."""
    draft, prescription = store.draft(), store.current_prescription()
    if draft is not None and may_resume(draft, prescription, datetime.now(UTC)):
        now_s = time.monotonic()
        flow.set_prescription(prescription, now_s)
        flow.offer_resumption(draft, now_s)
        log.info("session_can_go_on", session_id=str(draft.id))
    elif (interrupted := store.send_draft()) is not None:
        log.info("interrupted_session_queued", session_id=str(interrupted.id))


class _Days:
    """Hands the days' agenda to the screen when it changes."""

    def __init__(self, rhythm: RhythmWatch, flow: SessionFlow) -> None:
        self._rhythm, self._flow = rhythm, flow
        self._known: Rhythm | None = None

    def __call__(self, _feedback: Feedback) -> None:
        latest = self._rhythm.latest
        if latest is not None and latest is not self._known:
            self._known = latest
            self._flow.set_agenda(agenda_of(latest))


def _identity(
    settings: DeviceSettings, estimator: MoveNet, source: CameraSource
) -> SessionIdentity:
    return SessionIdentity(
        device_id=settings.device_id,
        software_version=software_version(),
        network=estimator.version,
        network_is_stand_in=estimator.is_stand_in,
        camera=source.kind,
    )


def _exercise_watch(settings: DeviceSettings, library: ExerciseLibrary) -> ExerciseWatch | None:
    """``None`` where the index of poses cannot be used: coaching goes on without recognition."""
    try:
        references = load_references(settings.data_folder, library)
    except RecognitionError as error:
        log.error("exercises_not_recognised", reason=str(error))
        return None
    return ExerciseWatch(MovementWatch(ExerciseRecogniser(references)))


def _keep(store: Store, session: Session) -> None:
    store.save_session(session)
    log.info("session_kept", session_id=str(session.id), status=session.status)


def _keep_event(store: Store, event: PatientEvent) -> None:
    store.save_event(event)
    log.info("event_kept", event_id=str(event.id), kind=event.event_kind, answer=event.answer)


class _Follower:
    """Logs the course of a session, and directs the simulated patient where there is one."""

    def __init__(self, source: CameraSource, flow: SessionFlow) -> None:
        self._flow = flow
        self._phase: Phase | None = None
        self._reps = -1
        self._director = None
        if source.kind == "simulated":
            from device.camera.simulated.camera import SimulatedCamera  # noqa: PLC0415
            from device.camera.simulated.director import Director  # noqa: PLC0415

            if isinstance(source, SimulatedCamera):
                self._director = Director(source)

    def __call__(self, feedback: Feedback) -> None:
        if feedback.phase is not self._phase:
            self._phase = feedback.phase
            log.info("phase", phase=feedback.phase.value, set=feedback.set_number)
        if feedback.phase is Phase.EXERCISING and feedback.reps_counted != self._reps:
            self._reps = feedback.reps_counted
            log.info("repetitions", counted=self._reps, target=feedback.reps_target)
        if self._director is not None:
            self._director.watch(feedback, self._flow.current_item)


def _wait_for_first_frame(capture: Capture, stop: Event) -> None:
    """A camera that was never there is an error; one that goes later is waited for."""
    deadline_s = time.monotonic() + FIRST_FRAME_WITHIN_S
    while capture.state is CaptureState.STARTING and time.monotonic() < deadline_s:
        if stop.wait(0.05):
            return
    if capture.state is CaptureState.RUNNING:
        return
    if capture.last_error is not None:
        raise capture.last_error
    raise CameraError(f"the camera gave no picture within {FIRST_FRAME_WITHIN_S:.0f} s")


class _Companion:
    """A process of ours that runs beside the loop and is started again when it dies."""

    def __init__(self, name: str, config: Path | None) -> None:
        self._name = name
        self._command = [sys.executable, "-m", "device.cli", *name.split()]
        if config is not None:
            self._command += ["--config", str(config)]
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._keep_alive, daemon=True, name=name)

    def __enter__(self) -> "_Companion":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_CHILD_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                log.warning("companion_killed", name=self._name)
                process.kill()
        self._thread.join(_CHILD_ENDS_WITHIN_S)

    def _keep_alive(self) -> None:
        while not self._stopping.is_set():
            # Its own session: Ctrl-C reaches us alone, and we end it in order.
            self._process = subprocess.Popen(self._command, start_new_session=True)
            status = self._process.wait()
            if self._stopping.is_set():
                return
            log.warning("companion_ended", name=self._name, status=status)
            self._stopping.wait(_RESTART_AFTER_S)
