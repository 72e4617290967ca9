"""Reading a log: all of it comes back; what is none, damaged, torn or newer is told in one sentence, with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from improvd.config import Config
from improvd.control import Request
from improvd.errors import LogError
from improvd.live.wiring import Wiring
from improvd.logbook import entry, reading
from improvd.protocol import Ask, Context, Heard, Play, Prefill, Weigh
from improvd.status import Facts

CONFIG = Config().having("clock.bpm", 90.5).having("midi.inputs", ("Keys", "Pads"))
FACTS = Facts(12.25, 7, ("Keys",), True)
HEADER = entry.header_line(CONFIG, FACTS, 5)
HEARD = Heard(13.1, 1.7000000000000002, (0x90, 60, 80), "improvd-in")
WINDOW = ((0, 0, 60, 12, 80), (12, 0, 62, 12, 80))


def log(path: Path, *lines: bytes) -> Path:
    path.write_bytes(HEADER + b"".join(lines))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(LogError) as caught:
        reading.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    asked, wiring = Request(3, "set", name="bpm", value=90.0), Wiring(("seed:out",), None, (), ("Keys",))
    play = Play(1, ((4.0, 0.5, 60, 80, 1),))
    found = reading.read(
        log(
            tmp_path / "log", entry.heard_line(13.2, HEARD), entry.tick_line(0.1 + 0.2), entry.asked_line(14.0, asked),
            entry.seen_line(15.0, wiring), entry.told_line(entry.PLAYER_LOST, 16.0, "the player ended"),
            entry.told_line(entry.GREETED, 17.0), entry.said_line(entry.TO_PLAYER, play),
        )
    )  # fmt: skip
    assert found.header == (found.header.version, 5, CONFIG, FACTS)
    assert [(each.line, each.kind, each.at_s, each.what) for each in found.entries] == [
        (2, "heard", 13.2, HEARD),
        (3, "tick", 0.1 + 0.2, None),
        (4, "asked", 14.0, asked),
        (5, "seen", 15.0, wiring),
        (6, "player lost", 16.0, "the player ended"),
        (7, "greeted", 17.0, ""),
        (8, "to player", 17.0, entry.said_array(play)),
    ]
    assert not found.torn


def test_windows_are_kept_as_their_length_and_sum() -> None:
    prefill = entry.said_array(Prefill(WINDOW, Context()))
    assert prefill[:2] == ["Prefill", [2, prefill[1][1]]]
    assert entry.said_array(Prefill((*WINDOW[:1], (12, 0, 63, 12, 80)), Context())) != prefill
    weigh = Weigh(1, "tempo", (WINDOW, WINDOW[:1]), (Context(), Context(3, 4)))
    assert entry.said_array(weigh)[3] == [2, entry.said_array(weigh)[3][1]]
    ask = Ask(1, (), Context(), 0, 24, True, (1.0,), 0.98, 0.02, 28, 103, 5, 16)
    assert entry.said_array(ask)[2] == [0, 0]
    assert len(json.dumps(entry.said_array(Prefill(WINDOW * 64, Context())))) < 100


def test_a_last_line_that_breaks_off_is_left_out(tmp_path: Path) -> None:
    whole = entry.heard_line(13.2, HEARD)
    found = reading.read(log(tmp_path / "log", whole, whole[:20]))
    assert len(found.entries) == 1
    assert found.torn


@pytest.mark.parametrize(
    "line",
    [
        b"[\n",
        b"\x00\x00\n",
        b"{}\n",
        b"3\n",
        b'["dance",1.0]\n',
        b'["tick","now"]\n',
        b'["tick",NaN]\n',
        b'["tick"]\n',
        b'["heard",1.0,["Heard",1.0]]\n',
        b'["heard",1.0,["Nothing"]]\n',
        b'["heard",1.0,[["Heard"]]]\n',
        b'["heard",1.0,null]\n',
        b'["heard",1.0,{"Heard":1}]\n',
        b'["asked",1.0,[1,2,3,4,5,6,7,8,9,10,11,12]]\n',
        b'["seen",1.0,["x"]]\n',
        b'["seen",1.0,{"friends":[]}]\n',
        b'["to player"]\n',
        b'["to player",1,2]\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    whole = entry.tick_line(1.0)
    assert "line 3: the log is damaged there" in refusal(log(tmp_path / "log", whole, line, whole))


def test_an_empty_file_and_one_that_is_no_log_are_told_apart(tmp_path: Path) -> None:
    for name, data in (("empty", b""), ("blank", b"\n\n")):
        (tmp_path / name).write_bytes(data)
        assert "the file is empty" in refusal(tmp_path / name)
    for name, data in (("midi", b"MThd\x00\x00\x00\x06"), ("json", b"[1, 2]\n"), ("other", b'{"improvd": "take"}\n')):
        (tmp_path / name).write_bytes(data)
        assert "no session log" in refusal(tmp_path / name)


def test_a_file_that_is_not_there_or_a_folder_is_told(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refusal(tmp_path / "nothing")
    assert "cannot be read: Is a directory" in refusal(tmp_path)


def test_what_is_larger_than_a_log_can_be_is_not_read_to_its_end() -> None:
    assert "more than 128,000,000 bytes" in refusal(Path("/dev/zero"))


def test_a_log_of_a_later_improvd_is_left_to_it(tmp_path: Path) -> None:
    told = json.loads(HEADER) | {"format": 2, "version": "9.0"}
    (tmp_path / "log").write_text(json.dumps(told) + "\n")
    assert "a session log of format 2, written by improvd 9.0" in refusal(tmp_path / "log")


@pytest.mark.parametrize("change", [{"config": {"clock.bpm": "fast"}}, {"config": 3}, {"facts": {}}, {"seed": None}])
def test_a_header_that_says_what_cannot_be_is_damaged(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / "log").write_text(json.dumps(json.loads(HEADER) | change) + "\n")
    assert "line 1: the log is damaged" in refusal(tmp_path / "log")
