"""What no joint can do is not seen; left and right are told apart by where each was."""

from device.coaching.continuity import AngleFollower, Followed
from models.messages import Side

STEP_S = 1 / 15
SIDES: tuple[Side, ...] = ("left", "right")


def follow(frames: list[dict[Side, float]], *, confused: bool = True) -> list[dict[Side, Followed]]:
    follower = AngleFollower(SIDES)
    return [
        follower.follow(index * STEP_S, seen, sides_confused=confused)
        for index, seen in enumerate(frames)
    ]


def test_a_limb_that_moves_as_limbs_do_is_followed() -> None:
    angles = [90.0 - 6.0 * index for index in range(15)]
    followed = follow([{"left": angle, "right": 90.0} for angle in angles])
    assert [each["left"].angle_deg for each in followed] == angles
    assert not any(each["left"].jumped for each in followed)


def test_a_lifted_foot_put_on_the_standing_one_is_not_seen() -> None:
    frames: list[dict[Side, float]] = [{"left": 5.0, "right": 88.0}] * 5
    glitch: list[dict[Side, float]] = [{"left": 86.0, "right": 88.0}] * 6
    followed = follow([*frames, *glitch, *frames])
    assert all("left" not in each for each in followed[5:11])
    assert all(each["left"].angle_deg == 5.0 for each in followed[11:])


def test_what_stays_where_it_jumped_to_is_believed_within_a_second() -> None:
    frames: list[dict[Side, float]] = [{"left": 5.0}] * 5 + [{"left": 86.0}] * 15
    followed = follow(frames)
    believed = next(index for index, each in enumerate(followed[5:]) if "left" in each)
    assert 0.7 < believed * STEP_S < 1.0
    assert followed[5 + believed]["left"].jumped
    assert not followed[6 + believed]["left"].jumped


def test_exchanged_sides_are_exchanged_back() -> None:
    frames: list[dict[Side, float]] = [
        {"left": 5.0, "right": 88.0},
        {"left": 88.0, "right": 5.0},
        {"left": 5.0, "right": 88.0},
    ]
    assert [each["left"].angle_deg for each in follow(frames)] == [5.0, 5.0, 5.0]


def test_sides_that_are_told_apart_are_not_exchanged() -> None:
    frames: list[dict[Side, float]] = [{"left": 5.0, "right": 45.0}, {"left": 45.0, "right": 5.0}]
    assert follow(frames, confused=False)[1]["left"].angle_deg == 45.0


def test_names_that_were_wrong_at_first_are_put_right_at_rest() -> None:
    follower = AngleFollower(SIDES)
    follower.follow(0.0, {"left": 5.0, "right": 60.0}, sides_confused=True)
    for index in range(1, 60):
        seen: dict[Side, float] = {"left": 60.0, "right": 5.0}
        last = follower.follow(index * STEP_S, seen, sides_confused=True, at_rest=True)
    assert last["left"].angle_deg == 60.0
