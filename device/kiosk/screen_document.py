"""The screen document: all that the patient's page is told, as one typed contract.

The server fills it (``screen.py``), the page draws it and adds no words of its own. It goes over
the live WebSocket as JSON, some thirty times a second; what is long and does not change (the
demonstration's motion) is an address that the page fetches once. Shares are 0 to 1, degrees are
clinical, times seconds. Everything said to the patient is text in the screen's language; an empty
text means that there is nothing to say, and ``None`` that something is not known or not measured.

Every action is done by posting its ``command`` as it stands to ``/command``. It carries the moment
of the screen it stood on, so that a second press of the same button, or a press on a screen that
has gone meanwhile, changes nothing.
"""

from typing import Any, Literal, TypedDict

ScreenName = Literal[
    "no-connection",
    "idle",
    "plan",
    "resume",
    "demonstration",
    "framing",
    "countdown",
    "live",
    "paused",
    "rest",
    "question",
    "summary",
    "checking",
    "emergency",
    "help",
    "settings",
]
"""Which layout is drawn.

``no-connection`` the coach is not there yet, or starts again; ``idle`` nothing is due today (or
nothing is prescribed); ``plan`` what is due today, with Start; ``resume`` a session broken off by a
restart can go on; ``live`` a set; ``rest`` with its timer; ``question`` one question with its
choices; ``checking`` "Are you all right?"; ``help`` for the clinic's telephone help; ``settings``
language, own picture, loudness.
"""
ActionKind = Literal["primary", "secondary", "choice", "stop"]
GestureKind = Literal["yes", "stop", "choose", "next"]
TempoPhase = Literal["out", "hold", "return", "pause"]
Arrow = Literal[
    "left", "right", "nearer", "further", "turn", "turn-left", "turn-right", "light", "lie", "enter"
]


class Action(TypedDict):
    """One thing that the patient can do on this screen, in the order of importance.

    ``kind``: at most one ``primary`` (what raising a hand does, and what Enter does while nothing
    has the focus), ``secondary``, ``choice`` (an answer, in the order in which it is laid out),
    at most one ``stop``, always drawn in the same corner. ``gesture`` is what does it by pose,
    ``None`` where pose reaches it only through the focus.
    """

    id: str
    text: str
    command: dict[str, Any]
    kind: ActionKind
    gesture: Literal["yes", "stop"] | None


class Gesture(TypedDict):
    """A posture that is held now; at ``share`` 1 it is done, once, and the hands must come down.

    ``yes`` does the action whose gesture is "yes"; ``stop`` the one whose gesture is "stop";
    ``next`` moves the focus on by one, again and again while it is held; ``choose`` does the action
    that has the focus.
    """

    kind: GestureKind
    share: float


class PlanLine(TypedDict):
    """One exercise of today; ``dose`` such as "3 sets of 10"."""

    name: str
    dose: str
    done: bool
    sets_done: int
    sets: int


class Demonstration(TypedDict):
    """The exercise shown before its first set.

    ``motion`` is an address that gives ``{"frames": [[x0, y0, x1, y1, …], …], "frame_s": 0.066,
    "aspect": 0.75, "props": ["chair"]}``: 17 COCO keypoints of each frame, 0 to 1 in a box
    of that aspect (width over height), one repetition, to be repeated; not mirrored, as a camera
    at the right place would see the patient. ``view`` says in words which side the camera should
    see. ``cautions`` are the doctor's and the exercise's precautions, ``not_judged`` what the
    camera cannot judge, in plain words.
    """

    motion: str
    view: str
    cautions: list[str]
    not_judged: list[str]


class Guide(TypedDict):
    """Where the patient should stand.

    ``box`` is [left, top, right, bottom] of the silhouette to fill, 0 to 1 of the camera's picture,
    not mirrored. ``arrow`` is what to do, as seen on the mirrored screen (``left`` is the screen's
    left); ``None`` when nothing is wrong. ``lying``: the silhouette lies. ``ready_share`` how much
    of the time of keeping still has passed.
    """

    box: tuple[float, float, float, float]
    arrow: Arrow | None
    lying: bool
    ready_share: float


class Target(TypedDict):
    """The range of motion to be drawn as an arc at the judged joint.

    ``joints`` are [fixed end, vertex, moving end] as keypoint indices, one for each side judged;
    empty where the measure is no angle between two limbs in the picture (then only the bar by
    ``share`` is drawn). ``start_inner_deg`` and ``target_inner_deg`` are the angle in the picture
    between the two limbs at the vertex at rest and at the target, 0 to 180, on the side of the
    fixed limb on which the moving one is; ``start_deg`` and ``target_deg`` the same in clinical
    degrees. ``share`` is 0 at rest and 1 at the target, may go beyond, ``None`` when not visible.
    """

    joints: list[tuple[int, int, int]]
    start_deg: float
    target_deg: float
    start_inner_deg: float | None
    target_inner_deg: float | None
    share: float | None


class Hold(TypedDict):
    """The hold under way: ``share`` of the prescribed time, and whole seconds left of it."""

    share: float
    seconds: int


class Tempo(TypedDict):
    """Which part of the repetition the patient is in, and how much of its time has passed.

    ``share`` is at most 1; ``too_fast`` says that the last part took under half its time.
    """

    phase: TempoPhase
    share: float
    too_fast: bool


class Question(TypedDict):
    """What the choices among the actions answer.

    ``layout``: ``scale`` are the numbers 0 to 10 in two rows, with ``low`` and ``high`` as the
    words of its ends; ``reasons`` are up to eight words; ``check`` are two large buttons.
    """

    id: str
    layout: Literal["scale", "reasons", "check"]
    low: str
    high: str


class SummaryLine(TypedDict):
    """One line of what was done: a set, and what was measured in it."""

    text: str
    detail: str


class ProgressLine(TypedDict):
    """An exercise against the last session. ``change`` is drawn as a shape beside the words.

    ``same`` also where the difference is within the errors of both measurements; ``unknown`` where
    one of them was not measured.
    """

    exercise: str
    text: str
    change: Literal["more", "less", "same", "unknown"]


class Streak(TypedDict):
    """In how many weeks in a row the prescribed was done; 0 is not shown."""

    weeks: int
    text: str


class Fact(TypedDict):
    """One line of the help page."""

    label: str
    value: str


class Call(TypedDict):
    """Whom to call: the clinic, or the emergency number; the device calls nobody."""

    name: str
    telephone: str


class State(TypedDict):
    """A small symbol with its text: ``state`` chooses the symbol, ``text`` says the same."""

    state: str
    text: str


class ScreenDocument(TypedDict):
    """One screen. All fields are always there."""

    screen: ScreenName
    moment: int
    language: str
    instruction: str
    """The one thing to do now."""
    note: str
    """Smaller, beside the instruction."""
    hint: str
    """How to do the primary action without touching the screen: "Raise one hand"."""
    exercise: str
    set: str
    """ "Set 2 of 3"."""
    count: int | None
    """Repetitions counted; ``None`` where none are counted now."""
    count_of: str
    """ "of 10"."""
    seconds: int | None
    """Left of the countdown, the rest, a set by the clock, or the time to answer."""
    cue: str
    cue_kind: Literal["correction", "praise"] | None
    cue_arrow: Literal["up", "down", "left", "right", "slower", "faster"] | None
    """Which way the cue points, on the mirrored screen; ``None`` where it points nowhere."""
    judged: list[int]
    """Keypoints whose limbs are highlighted in the picture."""
    target: Target | None
    hold: Hold | None
    tempo: Tempo | None
    actions: list[Action]
    focus: int | None
    """Index into ``actions`` that choosing by pose has in focus; ``None`` while it is not used."""
    gesture: Gesture | None
    question: Question | None
    plan: list[PlanLine]
    demonstration: Demonstration | None
    guide: Guide | None
    summary: list[SummaryLine]
    progress_summary: list[ProgressLine]
    streak: Streak | None
    next_appointment: str
    """ "Next: tomorrow at 10:00"; empty when none is known."""
    call: Call | None
    """On the emergency and the help screen."""
    facts: list[Fact]
    """The help page's lines: device id, versions, last contact, camera; no personal data."""
    skeleton_only: bool
    """The patient does not want to see themselves: draw the skeleton on a plain ground."""
    voice: State
    """``on`` or ``off``, with the text for the symbol."""
    tone: Literal["checking", "emergency"] | None
    """A sound that also reaches who lies on the floor."""
    camera_sign: str
    """Always visible: the camera is on, and where the picture goes."""
    warning: str
    link: State
    """``connected`` or ``disconnected``."""
    delivery: State
    """``""``, ``pending``, ``delivered`` or ``refused``."""


class LiveDocument(ScreenDocument):
    """The document as the page gets it: with the numbers of the picture behind it.

    ``sequence`` 0 without a picture or skeleton. ``keypoints`` 17 times (y, x, score), 0 to 1;
    ``aspect`` of the camera's picture, width over height. Without JPEG behind it (see
    ``skeleton_only``) the skeleton alone is drawn.
    """

    sequence: int
    keypoints: list[float]
    aspect: float
