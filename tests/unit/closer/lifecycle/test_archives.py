"""What is refused before anything of an archive is loaded."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from closer.lifecycle.archives import ArchiveMissing, ArchiveRefused, digest_of, inspect, resolve
from tests.fakes.archives import metadata, write_archive


def test_an_archive_tells_what_it_is_for(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "v1.tar.gz")
    facts = inspect(path, expected_sha256=digest_of(path))
    assert facts.assistant_id == "ai-closer-x"
    assert facts.forms == {"track_order_form"}
    assert facts.slots == {"order_id", "email"}
    assert facts.intents == {"greet", "track_order"}
    assert facts.size == path.stat().st_size


def test_a_missing_file_is_not_replaced_by_the_newest_other(tmp_path: Path) -> None:
    write_archive(tmp_path / "other.tar.gz")
    with pytest.raises(ArchiveMissing, match=r"v1\.tar\.gz"):
        inspect(tmp_path / "v1.tar.gz")
    with pytest.raises(ArchiveMissing):
        inspect(tmp_path)


def test_another_file_under_the_same_name_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "v1.tar.gz")
    registered = digest_of(path)
    write_archive(path, metadata(model_id="ab" * 16))
    with pytest.raises(ArchiveRefused, match="not the file that was registered"):
        inspect(path, expected_sha256=registered)


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = write_archive(tmp_path / "v1.tar.gz", more=bytes(range(256)) * 40)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ArchiveRefused, match=r"v1\.tar\.gz is (damaged|no model)"):
        inspect(path)


def test_a_file_with_flipped_bytes_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "v1.tar.gz", more=bytes(range(256)) * 400)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ArchiveRefused):
        inspect(path)


def test_something_else_in_a_tar_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photos.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("holiday.jpg"))
    with pytest.raises(ArchiveRefused, match=r"no metadata\.json"):
        inspect(path)


def test_metadata_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "old.tar.gz", {"version": "2.8.0"})
    with pytest.raises(ArchiveRefused, match="no model of Rasa 3"):
        inspect(path)


def test_a_member_outside_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "v1.tar.gz", **{"../evil.py": b"print()"})
    with pytest.raises(ArchiveRefused, match="outside"):
        inspect(path)


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = tarfile.TarInfo("components/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(ArchiveRefused, match="link"):
        inspect(write_archive(tmp_path / "v1.tar.gz", link=link))


def test_code_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    nodes = {"nodes": {"step": {"uses": "subprocess.Popen"}}}
    path = write_archive(tmp_path / "v1.tar.gz", metadata(predict_schema=nodes))
    with pytest.raises(ArchiveRefused, match="subprocess"):
        inspect(path)


def test_what_a_model_lacks_is_named(tmp_path: Path) -> None:
    whole = inspect(write_archive(tmp_path / "a.tar.gz"))
    domain = {"forms": {}, "actions": ["action_track_order"], "slots": {"order_id": {}}}
    less = inspect(write_archive(tmp_path / "b.tar.gz", metadata(domain=domain)))
    assert less.missing_from(whole) == {
        "forms": ["track_order_form"],
        "actions": ["validate_track_order_form"],
        "slots": ["email"],
    }
    assert whole.missing_from(less) == {}


@pytest.mark.parametrize(
    "name", ["../v1.tar.gz", "/etc/v1.tar.gz", "v1.zip", "", "a/../../v1.tar.gz"]
)
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveRefused):
        resolve(tmp_path / "models", name)
