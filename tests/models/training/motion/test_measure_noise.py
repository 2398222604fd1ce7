"""Errors that were put in are measured again."""

import tomllib

import numpy as np
import pytest

from models.converted_joints import JointConversion
from models.training.errors import TrainingDataError
from models.training.motion import squats
from models.training.motion.measure_noise import as_toml, measured
from models.training.motion.noise import OUTWARD, PART_OF_JOINT, PARTS, Noise, remembering
from models.training.motion.projection import Camera, observed
from models.training.motion.sightings import Sighting, of_squats

FRAMES, FPS = 900, 30.0
OUTWARD_BIAS, UP_BIAS, DEVIATION, OFFSET, MEMORY_S = 0.05, -0.03, 0.04, 0.02, 0.2
KNEES = [9, 10]


def sighting(person: str, source: str, seed: int, sideways: float = 0.95) -> Sighting:
    random = np.random.default_rng(seed)
    true = np.zeros((FRAMES, 13, 2))
    true[:, :, 1] = np.linspace(1.5, -1.5, 13)
    true[:, :, 0] = 0.4 * OUTWARD
    error = remembering(random, true.shape, MEMORY_S * FPS) * DEVIATION
    error += random.standard_normal((13, 2)) * OFFSET
    error += np.stack([OUTWARD * OUTWARD_BIAS, np.full(13, UP_BIAS)], axis=1)
    scores = np.clip(random.normal(0.75, 0.05, (FRAMES, 13)), 0.0, 1.0)
    seen = true + error
    # From the side the knees are taken for each other for a tenth of a second, each second.
    swapped = (np.arange(FRAMES) % round(FPS)) < round(FPS / 10) * (sideways > 0.5)
    seen[np.ix_(swapped, KNEES)] = seen[np.ix_(swapped, KNEES[::-1])]
    behind = random.random((FRAMES, 13)) < 0.1
    return Sighting(
        source=source,
        person=person,
        fps=FPS,
        true=true,
        seen=seen,
        scores=np.where(behind, scores - 0.3, scores),
        left=np.tile([1.0, 0.0], (FRAMES, 1)),
        up=np.tile([0.0, 1.0], (FRAMES, 1)),
        behind=behind,
        sideways=np.full(FRAMES, sideways),
    )


@pytest.fixture(scope="module")
def tables():
    real = [sighting(f"P{seed % 2}", "squats", seed, sideways=0.0) for seed in range(12)]
    drawn = [
        sighting(f"film-{seed}", "simulated", 100 + seed, sideways=0.95 * (seed % 2))
        for seed in range(12)
    ]
    return measured(real, drawn)


def test_what_was_put_in_is_found(tables):
    for part in set(PARTS) - {"head", "knee"}:
        assert tables["bias.outward"][part] == pytest.approx(OUTWARD_BIAS, abs=0.012)
        assert tables["bias.up"][part] == pytest.approx(UP_BIAS, abs=0.012)
        assert tables["deviation"][part] == pytest.approx(DEVIATION, rel=0.15)
        assert tables["offset"][part] == pytest.approx(OFFSET, abs=0.012)
    assert tables["one"]["memory_s"] == pytest.approx(MEMORY_S, rel=0.25)


def test_hidden_joints_have_a_lower_score_than_visible_ones(tables):
    for part in PARTS:
        assert tables["score_visible"][part] == pytest.approx(0.75, abs=0.01)
        assert tables["score_hidden"][part] == pytest.approx(0.45, abs=0.02)


def test_swaps_are_told_from_losses(tables):
    # One of six pairs, once a second.
    assert tables["one"]["swaps_side_per_s"] == pytest.approx(1 / 6, rel=0.1)
    assert tables["one"]["swaps_front_per_s"] == 0.0
    assert tables["one"]["swapped_s"] == pytest.approx(0.1, rel=0.1)
    assert tables["one"]["drops_per_s"] < 0.02


def test_the_table_that_is_written_is_the_one_that_is_read(tables, tmp_path):
    path = tmp_path / "noise.toml"
    path.write_text(as_toml(tables), encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))["bias"]["up"] == tables["bias.up"]
    noise = Noise.measured(path)
    assert noise.deviation[PART_OF_JOINT.index(2)] == tables["deviation"]["elbow"]
    assert noise.score_hidden[5] == tables["score_hidden"]["hand"]


def test_a_film_without_a_view_from_the_side_is_refused():
    front = [sighting("film-1", "simulated", 1, sideways=0.0)]
    with pytest.raises(TrainingDataError, match="side"):
        measured([sighting("P1", "squats", 2, sideways=0.0)], front)


def converted(places: np.ndarray, scores: np.ndarray, fps: float) -> np.ndarray:
    conversion = JointConversion()
    frames = zip(places, scores, strict=True)
    return np.array([conversion.step(p, s, n / fps)[:, :2] for n, (p, s) in enumerate(frames)])


@pytest.mark.slow
@pytest.mark.shared_data
def test_errors_that_are_drawn_are_as_large_as_those_on_real_people(shared_data):
    folder = shared_data / squats.FOLDER
    real, drawn = [], []
    for seen in list(of_squats(folder))[::9]:
        certain = np.full(seen.scores.shape, 0.9)
        away = converted(seen.seen, seen.scores, seen.fps) - converted(seen.true, certain, seen.fps)
        real.append((seen.person, away))
    clips = [clip for clip in squats.squats(folder) if clip.pair_ok and clip.trimmed]
    random = np.random.default_rng(0)
    for clip in clips[::9]:
        noisy, clean = (
            observed(clip.motion, Camera(distance_m=2.5), noise, random)[..., :2]
            for noise in (Noise.measured(), Noise.none())
        )
        drawn.append((clip.motion.subject, noisy - clean))
    for change in (lambda away: away, lambda away: np.diff(away, axis=0)):
        on_people, by_noise = (
            np.mean(
                [
                    np.mean(
                        [np.linalg.norm(change(a), axis=-1).mean() for p, a in rows if p == who]
                    )
                    for who in {person for person, _ in rows}
                ]
            )
            for rows in (real, drawn)
        )
        assert by_noise == pytest.approx(on_people, rel=0.3)
