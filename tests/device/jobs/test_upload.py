"""A file on its way to the disk."""

import errno
import os
import resource

import pytest

from device.jobs.problem import JobRefusedError
from device.jobs.upload import UploadFile

MB = 1_000_000


def test_an_upload_is_for_this_user_alone_and_never_replaces_a_file(tmp_path):
    path = tmp_path / "upload"
    with UploadFile(path, lambda: 100 * MB) as upload:
        assert upload.write(b"film") == 4
        upload.keep()
        upload.seek(0)
        assert upload.read() == b"film"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        UploadFile(path, lambda: 100 * MB)


def test_writing_stops_before_the_disk_has_too_little_room(tmp_path):
    path = tmp_path / "upload"
    room_at_first = 20 * MB
    upload = UploadFile(path, lambda: room_at_first - path.stat().st_size)
    with pytest.raises(JobRefusedError) as refused:
        for _ in range(40):
            upload.write(b"\0" * MB)
    assert refused.value.problem.status == 507
    assert 10 * MB < path.stat().st_size < room_at_first
    upload.close()


def test_a_disk_that_is_full_all_the_same_is_the_same_refusal(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    upload = UploadFile(tmp_path / "upload", lambda: 100 * MB)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MB, hard))
        with pytest.raises(JobRefusedError) as refused:
            upload.write(b"\0" * 2 * MB)
            upload.keep()
        assert refused.value.problem.status == 507
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        upload.close()


def test_any_other_error_of_the_disk_is_not_called_full(tmp_path, monkeypatch):
    upload = UploadFile(tmp_path / "upload", lambda: 100 * MB)

    def broken(_descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error"):
        upload.keep()
