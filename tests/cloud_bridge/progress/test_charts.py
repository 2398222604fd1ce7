"""Charts: where things stand, and that nothing is drawn where nothing was measured."""

from datetime import date, timedelta

from cloud_bridge.portal.charts import WIDE, time_axis, version_labels
from cloud_bridge.portal.charts_heat_map import heat_map
from cloud_bridge.portal.charts_points import Target, hold_chart, range_chart, rating_chart
from cloud_bridge.progress.adherence import DayOfExercise
from cloud_bridge.progress.range_course import hold_courses, range_courses
from cloud_bridge.progress.session_figures import SetFigures
from tests.cloud_bridge.progress.histories import BERLIN, TODAY, a_set, peaks, session

FIRST = TODAY - timedelta(days=83)
AXIS = time_axis(FIRST, TODAY, BERLIN, 40, WIDE)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_versions_that_begin_close_together_share_their_words() -> None:
    labels = version_labels(AXIS, [(day(1), 1), (day(3), 2), (day(4), 3), (day(60), 4)])
    assert [each.text for each in labels] == ["versions 1 to 3", "", "", "version 4"]
    assert len({each.at for each in labels}) == 4
    assert version_labels(AXIS, [(FIRST - timedelta(days=1), 1)]) == ()


def test_each_point_is_at_its_own_day_and_days_between_stay_empty() -> None:
    sessions = [session(day(each), a_set(rom_peak_deg=peaks(50.0 + each))) for each in (2, 30)]
    (points,) = range_courses(sessions).values()
    chart = range_chart(AXIS, "range-1", "Range", points, [Target(FIRST, TODAY, 60, "target")], [])
    assert [each.x for each in chart.marks] == [
        round(AXIS.of_day(day(each)) + AXIS.day_width / 2, 1) for each in (2, 30)
    ]
    assert "2 sessions with a measured angle" in chart.description
    low, high = chart.marks[1], chart.marks[0]
    assert low.bar_from is not None
    assert high.bar_from is not None
    assert low.bar_from < high.bar_from  # a larger angle stands higher
    assert all(chart.top <= each.at <= chart.bottom for each in chart.ticks)


def test_what_was_not_measured_has_no_mark() -> None:
    sessions = [session(day(2), a_set(rom_peak_deg=peaks(None))), session(day(3), pain_after=0)]
    assert range_courses(sessions) == {}
    ratings = rating_chart(AXIS, sessions, 5, [])
    assert [each.kind for each in ratings.marks] == ["pain-after"]
    assert ratings.description.startswith("1 answer ")


def test_a_hold_is_hollow_for_its_error_is_not_known() -> None:
    held = session(day(5), a_set(hold_s=[7.0]), exercise="single_leg_stance", side="left")
    (points,) = hold_courses([held]).values()
    (mark,) = hold_chart(AXIS, "hold", "Hold", points, [], []).marks
    assert (mark.unsure, mark.bar_from, mark.kind) == (True, None, "circle-unsure")


def test_a_day_has_a_segment_for_each_set_and_a_box_only_where_some_were_prescribed() -> None:
    full, part = SetFigures(10, 10, "camera"), SetFigures(4, 10, "camera")
    days = [
        DayOfExercise(day(0), 2, (full, part), False),
        DayOfExercise(day(1), 2, (), False),
        DayOfExercise(day(2), 0, (full,), False),
    ]
    (row,) = heat_map(AXIS, [("Squat", days)], [], "said").rows
    assert [path.count("M") for path in (row.prescribed, row.full, row.part)] == [2, 2, 1]
