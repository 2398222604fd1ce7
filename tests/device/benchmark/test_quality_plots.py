"""The plots and what is measured for them, with the real network and the project's recordings."""

from pathlib import Path

import numpy as np
import pytest

from device.benchmark.quality_cost import FPS, SET_S, measure_cost, simulated_set
from device.benchmark.quality_on_people import OnPeople
from device.benchmark.quality_plots import write_plots
from device.benchmark.quality_timeline import timeline_of
from models.networks.find import NetworkFile

WAYS = ("network", "rule", "nothing")
TRIMMED = ("ui_prmd, lifted", "squats, MoveNet lifted, cut by hand",
           "squats, MoveNet lifted, knees bend")  # fmt: skip


@pytest.mark.slow
@pytest.mark.shared_data
def test_the_same_figures_give_the_same_plots_to_the_byte(
    shared_data: Path, tmp_path: Path
) -> None:
    frames = np.random.default_rng(0).normal(0.0, 30.0, (40, 2))
    on_people = OnPeople(
        (),
        {name: dict.fromkeys(WAYS, frames) for name in TRIMMED},
        {"score_lifted": {"squat_deep": [(1.0, 1.5), (2.0, None), (0.5, 0.7)]}},
    )
    timeline = timeline_of(shared_data)
    assert any(finding.cause == "out_of_frame" for finding in timeline.findings)
    first = write_plots(tmp_path / "first", on_people, timeline)
    second = write_plots(tmp_path / "second", on_people, timeline)
    assert [path.name for path in first] == [path.name for path in second]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert b"<svg" in one.read_bytes()
        assert one.stat().st_size < 150_000


@pytest.mark.slow
@pytest.mark.network_model
def test_the_set_that_is_charged_for_passes_all_stages(pose_network: NetworkFile) -> None:
    recorded = simulated_set()
    assert len(recorded.recording) == SET_S * FPS
    cost = measure_cost(pose_network, turns=1, turn_s=0.5)
    assert [row.value is not None and row.value > 0 for row in cost.rows()] == [True] * 3
