"""Writing a log: by a thread, once a second; never without bound; a disk that fails stops no music."""

from __future__ import annotations

from pathlib import Path

import pytest

from improvd.logbook.writing import KEPT_LOGS, Logbook

HEADER = b'{"improvd":"session log"}\n'


def test_what_is_added_is_in_the_file_once_it_is_closed(tmp_path: Path) -> None:
    book = Logbook(tmp_path, HEADER)
    book.add(b"[1]\n")
    book.hand_over(10.0)
    book.add(b"[2]\n")
    book.close()
    assert book.path.read_bytes() == HEADER + b"[1]\n[2]\n"


def test_it_is_handed_over_once_a_second(tmp_path: Path) -> None:
    book = Logbook(tmp_path, HEADER)
    book.hand_over(10.0)
    book.add(b"[1]\n")
    book.hand_over(10.9)
    assert book.waiting == 1
    book.hand_over(11.0)
    assert book.waiting == 0
    book.close()


def test_a_full_log_ends_with_a_whole_line_and_says_so(tmp_path: Path) -> None:
    book = Logbook(tmp_path, HEADER, largest_bytes=len(HEADER) + 9)
    for number in (b"[1]\n", b"[2]\n", b"[3]\n", b"4\n"):
        book.add(number)
    book.close()
    assert book.path.read_bytes() == HEADER + b"[1]\n[2]\n"
    assert book.ended == f"the session log {book.path} is full and ends here; start improvd again for a new one"


def test_the_oldest_logs_make_room_and_nothing_else_is_touched(tmp_path: Path) -> None:
    old = [tmp_path / f"2026-01-{day:02}_12-00-00.session.jsonl" for day in range(1, KEPT_LOGS + 3)]
    mine = tmp_path / "2020-01-01_12-00-00.jsonl"
    for path in (*old, mine):
        path.touch()
    book = Logbook(tmp_path, HEADER)
    book.close()
    assert sorted(tmp_path.iterdir()) == sorted([mine, *old[-KEPT_LOGS + 1 :], book.path])


def test_two_logs_that_begin_in_one_second_have_files_of_their_own(tmp_path: Path) -> None:
    first, second = Logbook(tmp_path, HEADER), Logbook(tmp_path, HEADER)
    first.close()
    second.close()
    assert first.path != second.path


def test_a_folder_that_cannot_be_made_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Logbook(tmp_path / "file" / "logs", HEADER)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full: /dev/full")
def test_a_disk_that_fails_ends_the_log_with_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - the book closes it
    monkeypatch.setattr("improvd.logbook.writing.open_new", lambda _path: full)
    book = Logbook(tmp_path, HEADER)
    book.close()
    assert book.ended == f"the session log {book.path} cannot be written and ends here: No space left on device"
