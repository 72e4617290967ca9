"""Replaying: what was said is said again, what sounded sounds again; the first difference is told; what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from virtual_daemon import BEGIN_S, EchoModel, VirtualDaemon, phrase

from improvd.cli import main
from improvd.config import Config
from improvd.errors import LogError, MidiFileError, UsageError
from improvd.logbook import reading
from improvd.logbook.command import replay
from improvd.logbook.replaying import replayed
from improvd.model.opening import sums_of
from improvd.music import midifile
from improvd.protocol import Sounded


def lively(folder: Path, config: Config | None = None) -> VirtualDaemon:
    """Return a daemon after half a minute in which much happened."""
    daemon = VirtualDaemon(folder, config)
    daemon.play(phrase(1001.0))
    daemon.play(phrase(1006.0, (72, 71, 69)))
    daemon.play(phrase(1008.6, (50, 52)))  # into the answer
    daemon.play(phrase(1014.0, (60, 64, 67), gap_s=0.4))
    daemon.ask(1003.1, "set", name="clock.bpm", value=140.0)
    daemon.ask(1004.0, "nudge", name="sampling.temperature", steps=2)
    daemon.ask(1005.0, "set", name="clock.meter", value="13/0")  # refused
    daemon.ask(1016.9, "do", what="your_turn")
    daemon.ask(1019.3, "do", what="stop")
    daemon.ask(1020.0, "do", what="key", pitch=60, velocity=90)
    daemon.ask(1020.4, "do", what="key", pitch=67, velocity=90)
    daemon.run_until(1030.0)
    daemon.close()
    return daemon


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> VirtualDaemon:
    return lively(tmp_path_factory.mktemp("log"))


def sounded(daemon: VirtualDaemon) -> list[tuple[int, ...]]:
    return [m.data for m in daemon.played if isinstance(m, Sounded) and m.answer > 0]


def test_what_sounded_sounds_again_at_the_same_moments(daemon: VirtualDaemon) -> None:
    music = replayed(reading.read(daemon.log), EchoModel())
    assert len({note.answer for note in music.then}) >= 3
    assert [note.data for note in music.sounded] == sounded(daemon)
    assert [note.at_s for note in music.sounded] == pytest.approx([note.at_s for note in music.then], abs=1e-3)


def test_a_gliding_tempo_is_followed(tmp_path: Path) -> None:
    config = Config().having("clock.glide_beats", 8.0)
    music = replayed(reading.read(lively(tmp_path, config).log), EchoModel())
    assert [note.at_s for note in music.sounded] == pytest.approx([note.at_s for note in music.then], abs=1e-3)


def test_the_same_log_gives_the_same_bytes_and_the_notes_of_the_session(daemon: VirtualDaemon, tmp_path: Path) -> None:
    first, second = tmp_path / "a.mid", tmp_path / "b.mid"
    said = replay(daemon.log, first, EchoModel())
    replay(daemon.log, second, EchoModel())
    assert first.read_bytes() == second.read_bytes()
    assert "all was said as it was then" in said
    assert "the player sent the same notes" in said
    player, improvd = midifile.read(first).tracks[-2:]
    assert [data[1] for _, data in player.messages if data[0] == 0x90][:5] == [60, 62, 64, 65, 67]
    assert [data for _, data in improvd.messages if data[0] == 0x91] == [d for d in sounded(daemon) if d[0] == 0x91]


def test_the_file_has_every_note_at_its_moment(daemon: VirtualDaemon, tmp_path: Path) -> None:
    replay(daemon.log, tmp_path / "a.mid", EchoModel())
    piece = midifile.read(tmp_path / "a.mid")
    player = [at * 60 / piece.bpm for at, data in piece.tracks[-2].messages if data[0] == 0x90]
    improvd = [at * 60 / piece.bpm for at, data in piece.tracks[-1].messages if data[0] == 0x91]
    then = [m.at_s for m in daemon.played if isinstance(m, Sounded) and m.answer > 0 and m.data[0] == 0x91]
    origin_s = 1001.0 - player[0]
    assert [origin_s + at_s for at_s in improvd] == pytest.approx(then, abs=0.002)


def test_another_model_is_found_out_at_its_first_note(daemon: VirtualDaemon, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"line \d+, \d+\.\d+ s after the start: .* from the model"):
        replay(daemon.log, tmp_path / "a.mid", EchoModel(interval=7))
    assert not (tmp_path / "a.mid").exists()


def changed(log: Path, to: Path, change: Callable[[list[str]], list[str]]) -> Path:
    """Return a copy of a log with other lines."""
    to.write_text("\n".join(change(log.read_text().split("\n"))))
    return to


def first_with(lines: list[str], text: str) -> int:
    return next(index for index, line in enumerate(lines) if text in line)


def test_a_session_that_says_otherwise_is_found_out_at_the_first_difference(
    daemon: VirtualDaemon, tmp_path: Path
) -> None:
    place = first_with(daemon.log.read_text().split("\n"), '["to player",["Play"')

    def louder(lines: list[str]) -> list[str]:
        lines[place] = lines[place].replace(",80,", ",81,")
        return lines

    log = changed(daemon.log, tmp_path / "other", louder)
    with pytest.raises(LogError, match=f"line {place + 1}, .* now says .*80.* and said .*81"):
        replayed(reading.read(log), EchoModel())


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("Heard", 2, "two"),  # at_beats
        ("Heard", 3, 0),  # data
        ("Heard", 3, [0x90, 300, 80]),
        ("Sounded", 3, []),
        ("Anchor", 3, []),  # bpm
        ("Anchor", 3, 0.0),
        ("Anchor", 2, float("nan")),
        ("Continued", 4, "many"),  # candidates
        ("Continued", 4, 10**9),
    ],
)
def test_an_edited_line_that_makes_no_sense_is_told_in_one_sentence(
    daemon: VirtualDaemon, tmp_path: Path, kind: str, field: int, value: object
) -> None:
    def edited(lines: list[str]) -> list[str]:
        place = first_with(lines, f'["{kind}"')
        told = json.loads(lines[place])
        told[2][field] = value
        return [*lines[:place], json.dumps(told), *lines[place + 1 :]]

    log = changed(daemon.log, tmp_path / "edited", edited)
    with pytest.raises(LogError, match=r"^.*/edited: [^\n]+$"):
        replay(log, tmp_path / "a.mid", EchoModel())
    assert not (tmp_path / "a.mid").exists()


def test_a_session_that_says_more_or_less_than_then_is_found_out(daemon: VirtualDaemon, tmp_path: Path) -> None:
    lines = daemon.log.read_text().split("\n")
    said = [line.startswith('["to ') for line in lines]
    last = next(index for index in range(len(lines)) if said[index] and not said[index + 1])
    less = changed(daemon.log, tmp_path / "less", lambda lines: lines[:last] + lines[last + 1 :])
    with pytest.raises(LogError, match=f"line {last + 1}, .* said nothing more then"):
        replayed(reading.read(less), EchoModel())
    more = changed(daemon.log, tmp_path / "more", lambda lines: lines[: last + 1] + lines[last:])
    with pytest.raises(LogError, match=f"line {last + 2}, .* now says nothing"):
        replayed(reading.read(more), EchoModel())


def test_the_bundle_must_be_the_one_that_played(daemon: VirtualDaemon, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"'default' has the sums [0-9a-f]{16} here, and had .* then"):
        replay(daemon.log, tmp_path / "a.mid")


def computed_by(runtime: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have models open on a runtime whatever is asked for, and return what is asked for."""
    asked: list[str] = []

    def open_player(_model: str, wanted: str) -> EchoModel:
        asked.append(wanted)
        player = EchoModel()
        player.runtime = runtime
        return player

    monkeypatch.setattr("improvd.model.opening.open_player", open_player)
    return asked


def on_gpu(lines: list[str]) -> list[str]:
    told = f'["Loaded","default","tensorflow-gpu","","{sums_of("default")}"]'
    return [line.replace('["Loaded","fake","none","",""]', told) for line in lines]


def test_what_a_gpu_computed_is_computed_by_a_gpu_again(
    daemon: VirtualDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = computed_by("tensorflow-gpu", monkeypatch)
    assert "all was said" in replay(changed(daemon.log, tmp_path / "gpu", on_gpu), tmp_path / "a.mid")
    assert asked == ["tensorflow"]


def test_another_runtime_than_the_one_that_played_is_refused(
    daemon: VirtualDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed_by("tensorflow-cpu", monkeypatch)
    with pytest.raises(LogError, match="'tensorflow-gpu' computed it then, and here 'tensorflow-cpu' does"):
        replay(changed(daemon.log, tmp_path / "gpu", on_gpu), tmp_path / "a.mid")


def test_a_session_in_which_nothing_was_played_has_nothing_to_write(tmp_path: Path) -> None:
    daemon = VirtualDaemon(tmp_path)
    daemon.run_until(1002.0)
    with pytest.raises(LogError, match="nothing was played"):
        replay(daemon.close(), tmp_path / "a.mid", EchoModel())


def test_a_log_that_broke_off_is_replayed_up_to_there(daemon: VirtualDaemon, tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    torn.write_bytes(daemon.log.read_bytes()[:-7])
    assert "the log breaks off" in replay(torn, tmp_path / "a.mid", EchoModel())
    assert "breaks off" not in replay(daemon.log, tmp_path / "a.mid", EchoModel())


def test_a_log_that_ends_before_what_was_said_last_breaks_off_too(daemon: VirtualDaemon, tmp_path: Path) -> None:
    def cut(lines: list[str]) -> list[str]:
        last = max(index for index, line in enumerate(lines) if line.startswith('["to '))
        return [*lines[:last], ""]

    assert "the log breaks off" in replay(changed(daemon.log, tmp_path / "cut", cut), tmp_path / "a.mid", EchoModel())


def test_a_player_that_is_lost_plays_no_more_and_the_next_has_a_clock_of_its_own(tmp_path: Path) -> None:
    daemon = VirtualDaemon(tmp_path)
    daemon.play(phrase(1001.0))
    daemon.run_until(1003.5)
    before = [m for m in daemon.played if isinstance(m, Sounded) and m.answer > 0]
    daemon.lose_player()
    daemon.play(phrase(1005.0, (72, 71, 69, 67)))
    daemon.run_until(1012.0)
    music = replayed(reading.read(daemon.close()), EchoModel())
    after = [m for m in daemon.played[daemon.told_before :] if isinstance(m, Sounded) and m.answer > 0]
    assert before
    assert after
    assert [note.data for note in music.sounded] == [note.data for note in before + after]
    assert [note.at_s for note in music.sounded] == pytest.approx([note.at_s for note in before + after], abs=1e-3)


def test_only_what_steers_is_logged_of_what_clients_ask(tmp_path: Path) -> None:
    daemon = VirtualDaemon(tmp_path)
    daemon.ask(BEGIN_S + 1.0, "status")
    daemon.ask(BEGIN_S + 1.1, "get", name="bpm")
    daemon.ask(BEGIN_S + 1.2, "set", name="bpm", value=90.0)
    daemon.run_until(BEGIN_S + 2.0)
    kinds = [json.loads(line)[0] for line in daemon.close().read_text().splitlines()[1:]]
    assert kinds.count("asked") == 1


def test_the_log_is_not_written_over(daemon: VirtualDaemon) -> None:
    with pytest.raises(UsageError, match="is the log itself"):
        replay(daemon.log, daemon.log, EchoModel())


def test_a_place_where_nothing_can_be_written_is_told(daemon: VirtualDaemon) -> None:
    with pytest.raises(MidiFileError, match="cannot be written"):
        replay(daemon.log, daemon.log / "a.mid", EchoModel())


def test_the_command_ends_with_one_sentence_where_there_is_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_text("la la la\n")
    assert main(["replay", str(tmp_path / "log"), "-o", str(tmp_path / "a.mid")]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path}/log: no session log: ")
