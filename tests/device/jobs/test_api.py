"""The HTTP interface, with a worker that is done at once."""

import io

import pytest

from device.jobs.job_document import ADDRESS
from device.jobs.problem import PROBLEM_JSON
from tests.device.jobs.conftest import MP4, PORT, TOKEN, eventually


def form(**changed):
    fields = {"video": (io.BytesIO(MP4), "film.mp4"), "exercise_id": "squat_deep"} | changed
    return {name: value for name, value in fields.items() if value is not None}


def send(client, **changed):
    return client.post(ADDRESS, data=form(**changed))


def refused(response, status):
    assert response.status_code == status, response.text
    assert response.mimetype == PROBLEM_JSON
    document = response.json
    assert document["status"] == status
    assert document["type"].startswith("urn:physiopi:problem:")
    assert document["title"]
    return document["detail"]


def done(client, job_id):
    def job():
        found = client.get(f"{ADDRESS}/{job_id}").json
        return found if found["status"] in ("done", "failed") else None

    return eventually(job)


def files_of(settings):
    return [path for path in settings.jobs_folder.iterdir() if path.is_dir()]


def test_a_film_is_taken_in_analysed_and_given_back_as_numbers(client, settings):
    answer = send(client, side="left")
    assert answer.status_code == 202
    assert answer.headers["Location"] == answer.json["self"]
    job = done(client, answer.json["id"])
    assert (job["status"], job["progress"], job["side"], job["file"]) == (
        "done", 1.0, "left", "video",
    )  # fmt: skip
    assert job["result"] == {"reps_counted": 3}
    assert job["created_at"] <= job["started_at"] <= job["ended_at"]
    assert job["created_at"].endswith("+00:00")
    assert job["problem"] is None
    table = client.get(job["series"]["keypoints"])
    assert (table.mimetype, table.text) == ("text/csv", "time_s")
    assert table.headers["Cache-Control"] == "no-store"
    (listed,) = client.get(ADDRESS).json["jobs"]
    assert listed == {name: value for name, value in job.items() if name != "result"}
    eventually(lambda: not list(settings.jobs_folder.glob("*/upload*")))


def test_removing_a_job_leaves_nothing_of_it(client, settings):
    address = send(client).headers["Location"]
    done(client, address.rsplit("/", 1)[1])
    assert client.delete(address).status_code == 204
    assert files_of(settings) == []
    assert "no such job" in refused(client.get(address), 404)
    refused(client.delete(address), 404)
    assert client.get(ADDRESS).json == {"jobs": []}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": f"Bearer {TOKEN}x"}, 401),
        ({"Authorization": "Bearer t\u00f6ken"}, 401),
        ({"Host": f"evil.example:{PORT}"}, 403),
        ({"Host": "127.0.0.1:1"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": f"http://127.0.0.1:{PORT}"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_pages_and_other_users_are_refused(client, settings, headers, status):
    for method in ("GET", "POST", "OPTIONS"):
        refused(client.open(ADDRESS, method=method, headers=headers, data=b"x"), status)
    assert files_of(settings) == []


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"video": None}, 400, "'video'"),
        ({"video": "not a file"}, 400, "'video'"),
        ({"other": (io.BytesIO(b"x"), "x.mp4"), "video": None}, 400, "'video'"),
        ({"exercise_id": None}, 400, "exercise_id"),
        ({"exercise_id": "dance"}, 422, "choose one of"),
        ({"exercise_id": "ankle_pump"}, 422, "ankle_pump"),
        ({"side": "up"}, 400, "left"),
        ({"fps": "nan"}, 400, "fps"),
        ({"fps": "fast"}, 400, "fps"),
        ({"patient": "somebody"}, 400, "patient"),
        ({"video": (io.BytesIO(b""), "film.mp4")}, 415, "empty"),
        ({"video": (io.BytesIO(b"hello"), "film.mp4")}, 415, "H.264"),
        ({"video": (io.BytesIO(MP4), "film.npz")}, 415, ".npz"),
    ],
)
def test_what_cannot_be_analysed_is_refused_and_nothing_is_kept(
    client, settings, changed, status, said
):
    assert said in refused(send(client, **changed), status)
    assert files_of(settings) == []
    assert client.get(ADDRESS).json == {"jobs": []}


def test_two_films_at_once_are_refused(client, settings):
    two = [(io.BytesIO(MP4), "a.mp4"), (io.BytesIO(MP4), "b.mp4")]
    assert "one file" in refused(send(client, video=two), 400)
    assert files_of(settings) == []


def test_a_form_that_is_none_is_refused(client):
    assert "multipart" in refused(client.post(ADDRESS, json={"video": "film"}), 400)
    cut = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(client.post(ADDRESS, data=b"--x\r\nContent-Disp", headers=cut), 400)
    refused(client.put(ADDRESS), 405)
    refused(client.get("/"), 404)


@pytest.mark.parametrize("name", ["depth", "..%2F..%2Fresult", "result", "%00", "KEYPOINTS"])
def test_only_series_that_there_are_can_be_fetched(client, name):
    job_id = send(client).json["id"]
    done(client, job_id)
    refused(client.get(f"{ADDRESS}/{job_id}/series/{name}.csv"), 404)


@pytest.mark.parametrize("job_id", ["x", "..", "%2e%2e%2fdata", "0" * 32])
def test_an_address_that_was_never_given_out_leads_nowhere(client, job_id):
    refused(client.get(f"{ADDRESS}/{job_id}"), 404)
    refused(client.delete(f"{ADDRESS}/{job_id}"), 404)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(client, settings):
    client.application.config["MAX_CONTENT_LENGTH"] = 1000
    large = (io.BytesIO(MP4 + b"\0" * 10_000), "film.mp4")
    assert "cut" in refused(send(client, video=large), 413)
    assert files_of(settings) == []
