"""The data sets of people are read alike: sides, directions, persons and scores are right."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from models.exercises.library import load_library
from models.kinect_joints import JOINTS
from models.training.errors import TrainingDataError
from models.training.motion import kimore, squats, ui_prmd
from models.training.motion.measure_cuts import measured
from models.training.motion.repetitions import cuts

pytestmark = pytest.mark.shared_data

LEFT_HANDED = "ui_prmd_s07"


@pytest.fixture(scope="module")
def uiprmd(shared_data: Path):
    return ui_prmd.load(shared_data / ui_prmd.FOLDER)


@pytest.fixture(scope="module")
def kimores(shared_data: Path):
    return kimore.load(shared_data / kimore.FOLDER)


@pytest.fixture(scope="module")
def clips(shared_data: Path):
    return squats.squats(shared_data / squats.FOLDER)


def joint(motion, name):
    return motion.joints_m[:, JOINTS.index(name)]


def travel(motion, name):
    return float(np.linalg.norm(np.ptp(joint(motion, name), axis=0)))


def test_every_recording_is_upright_and_has_a_left(uiprmd, kimores, clips):
    for motion in (*uiprmd, *kimores, *(clip.motion for clip in clips)):
        start = motion.joints_m[:10].mean(axis=0)
        assert start[JOINTS.index("left_shoulder"), 0] > start[JOINTS.index("right_shoulder"), 0]
        assert start[JOINTS.index("head"), 1] > 0.3, motion.key


def test_in_a_squat_the_knees_go_forward(uiprmd, kimores, clips):
    forward = []
    for motion in (*uiprmd, *kimores, *(clip.motion for clip in clips)):
        if motion.exercise_id != "squat_deep":
            continue
        knee, foot = joint(motion, "left_knee"), joint(motion, "left_foot")
        deepest = int(np.argmax(foot[:, 1]))
        forward.append(knee[deepest, 2] - foot[deepest, 2] / 2)
    assert np.mean(np.array(forward) > 0.0) > 0.97


def test_the_left_handed_subject_of_ui_prmd_lifts_the_left_arm(uiprmd):
    raised = {"left": set(), "right": set()}
    for motion in uiprmd:
        if motion.exercise_id == "shoulder_abduction" and motion.correct:
            left = travel(motion, "left_hand") > travel(motion, "right_hand")
            raised["left" if left else "right"].add(motion.subject)
    assert raised["left"] == {LEFT_HANDED}
    assert len(raised["right"]) == 6


def test_every_exercise_is_one_of_the_library(uiprmd, kimores):
    library = load_library()
    assert {motion.exercise_id for motion in uiprmd} == set(ui_prmd.EXERCISES.values())
    assert all(library.find(motion.exercise_id) for motion in (*uiprmd, *kimores))


def test_ui_prmd_has_seven_people_who_do_each_movement_well_and_badly(uiprmd):
    counts = Counter((motion.subject, motion.exercise_id, motion.correct) for motion in uiprmd)
    assert len(counts) == 7 * 10 * 2
    assert set(counts.values()) == {10}
    assert len({motion.key for motion in uiprmd}) == len(uiprmd)


def test_kimores_scores_go_from_perfect_to_poor_as_the_clinicians_gave_them(shared_data, kimores):
    with (shared_data / "kimore" / "kimore.csv").open(encoding="utf-8") as rows:
        totals = {f"{r['subject']}_Es{r['exercise']}": r["TS_0_50"] for r in csv.DictReader(rows)}
    for motion in kimores:
        if not totals[motion.key]:
            assert motion.score_0_to_4 is None
        else:
            assert motion.score_0_to_4 == pytest.approx(4 - 4 * float(totals[motion.key]) / 50)
            assert 0.0 <= motion.score_0_to_4 <= 4.0
    assert len({motion.subject for motion in kimores}) == 63


def test_squats_are_by_four_people_and_go_with_their_pictures(clips):
    assert {clip.motion.subject for clip in clips} == {f"squats_P{n}" for n in (1, 3, 5, 7)}
    agreements = []
    for clip in clips[::10]:
        if not clip.pair_ok:
            continue
        frames, keypoints = clip.pairs()
        hips = clip.camera_m[frames][:, [7, 8], 1].mean(axis=1)
        agreements.append(np.corrcoef(hips, -keypoints[:, [11, 12], 1].mean(axis=1))[0, 1])
        # The person's left is on the picture's right.
        assert (keypoints[:, 5, 0] > keypoints[:, 6, 0]).mean() > 0.9
    assert np.median(agreements) > 0.95


def test_a_squat_cut_by_hand_has_its_deepest_frame_inside(clips):
    inside = [
        clip.trimmed[0] <= int(np.argmin(clip.motion.hips_m[:, 1])) <= clip.trimmed[1]
        for clip in clips
        if clip.trimmed is not None
    ]
    assert len(inside) > 100
    assert np.mean(inside) > 0.95


def test_episodes_of_people_in_a_row_are_found_again(uiprmd):
    wanted = ("squat_deep", "sit_to_stand", "scaption")
    rows = list(measured([motion for motion in uiprmd if motion.exercise_id in wanted]))
    assert {row.exercise_id for row in rows} == set(wanted)
    for row in rows:
        assert row.rows == 14
        assert row.exact >= 0.8
        assert max(row.begin_frames, row.end_frames) <= 15


def test_nearly_all_of_kimores_recordings_hold_several_repetitions(kimores):
    counts = [len(cuts(motion)) for motion in kimores[::3]]
    assert np.mean(np.array(counts) >= 3) > 0.93


@pytest.mark.parametrize("load", [ui_prmd.load, kimore.load, squats.load])
def test_a_folder_without_the_set_says_what_is_missing(tmp_path, load):
    with pytest.raises(TrainingDataError, match=str(tmp_path)):
        load(tmp_path)
