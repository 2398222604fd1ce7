"""What was done and prescribed, read back from the device's memory."""

from pathlib import Path

from device.store import Store
from models.exercises.library import load_library
from tests.device.rhythm.prescribed import at, item, prescription, session, set_result


def test_every_prescription_ever_received_is_there_in_the_order_of_issue(tmp_path: Path) -> None:
    store = Store(tmp_path / "device.sqlite")
    first = prescription(item("arm_lift"))
    held = prescription(version=2, status="on_hold", issued_at=at(3))
    for each in (first, held):
        store.save_prescription(each, "d", load_library())
    assert store.history.prescriptions() == [first, held]
    store.close()


def test_known_sessions_are_not_read_again_and_unreadable_ones_are_left_out(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "device.sqlite")
    kept = [session(number, set_result(number)) for number in range(3)]
    for each in kept:
        store.save_session(each)
    assert list(store.history.sessions()) == kept
    assert list(store.history.sessions({kept[0].id, kept[2].id})) == [kept[1]]
    with store._database.transaction():
        store._database.table("session").update(str(kept[1].id), {"payload": b"{}"})
    assert list(store.history.sessions()) == [kept[0], kept[2]]
    store.close()
