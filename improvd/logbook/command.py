"""`improvd replay LOG -o OUT.mid`: what was played then, computed anew, as a MIDI file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from improvd.errors import LogError, UsageError
from improvd.live.recorder import Recorder
from improvd.logbook import reading
from improvd.logbook.reading import BREAKS, Log
from improvd.logbook.replaying import Model, Music, replayed
from improvd.music.timing import Meter, beats_to_s, s_to_beats
from improvd.pipe import ONE_THREAD
from improvd.protocol import Loaded, Sounded

_NOTE_ON = 0x90


def replay(path: Path, out_path: Path, model: Model | None = None) -> str:
    """Replay a log into a MIDI file, player and answers on tracks of their own, and return what there is to say.

    The same log always gives the same bytes. The file has one tempo, that of the beginning, and every note at its
    moment.

    Args:
        path: the log.
        out_path: the MIDI file; its folder is made where missing.
        model: in place of the one that the log names.

    Raises:
        UsageError: if the MIDI file is the log.
        LogError: if the log is none, damaged, of another model, or what is said now differs from what was said then.
        BundleError: if the model or its runtime cannot be used here.
        MidiFileError: if the MIDI file cannot be written.
    """
    if path.exists() and out_path.exists() and path.samefile(out_path):
        raise UsageError(f"{out_path} is the log itself; name another file for the music")
    log = reading.read(path)
    try:
        music = replayed(log, model or _model_of(log))
        told = _told(log, music)
        _write(music, out_path, log)
    except LogError as error:
        raise LogError(f"{path}: {error} (written by improvd {log.header.version})") from None
    except BREAKS as error:
        raise LogError(f"{path}: what it holds cannot be played ({error}); was it changed?") from error
    return "\n".join(told)


def _model_of(log: Log) -> Model | None:
    """Return the model that the log names, if it was loaded at all."""
    loaded = [each.what for each in log.entries if isinstance(each.what, Loaded)]
    if not loaded:
        return None
    os.environ.update({**ONE_THREAD, **os.environ})  # before numpy is loaded
    from improvd.model.opening import open_player, sums_of  # numpy and the model: only where one plays

    name = log.header.config.model.name
    here, then = sums_of(name), {message.sums for message in loaded}
    if then != {here}:
        raise LogError(
            f"the model: {name!r} has the sums {here} here, and had {' and '.join(sorted(then))} then; "
            "replay it with the bundle that played"
        )
    runtime = loaded[-1].runtime
    player = open_player(name, runtime.removesuffix("-gpu").removesuffix("-cpu"))
    if player.runtime != runtime:
        raise LogError(
            f"the model: {runtime!r} computed it then, and here {player.runtime!r} does, whose notes may be others; "
            "replay it where there is what played"
        )
    return player


# --- the file ----------------------------------------------------------------------------------


def _write(music: Music, out_path: Path, log: Log) -> None:
    if not music.heard and not music.sounded:
        raise LogError("nothing was played in it, so there is nothing to write")
    bpm = music.first.bpm if music.first else log.header.config.clock.bpm
    origin_s = music.first.at_s - beats_to_s(music.first.at_beats, bpm) if music.first else log.header.facts.started_s
    recorder = Recorder(lambda: out_path, on=True)
    for heard in music.heard:
        recorder.heard(replace(heard, at_beats=s_to_beats(heard.at_s - origin_s, bpm)))
    for sounded in music.sounded:
        recorder.sounded(replace(sounded, at_beats=s_to_beats(sounded.at_s - origin_s, bpm)))
    recorder.save(bpm, Meter.parse(log.header.config.clock.meter))


# --- what there is to say ----------------------------------------------------------------------


def _told(log: Log, music: Music) -> list[str]:
    now, then = _onsets(music.sounded), _onsets(music.then)
    lasted_s = log.entries[-1].at_s - log.header.facts.started_s if log.entries else 0.0
    answers = len({note.answer for note in music.sounded})
    torn = ["the log breaks off: the daemon did not end by itself"] if log.torn or music.cut else []
    said = f"{lasted_s:.0f} s, {answers} answers, {len(now)} notes: all was said as it was then"
    return [*torn, said, _compared(now, then)]


def _onsets(messages: Sequence[Sounded]) -> list[Sounded]:
    return [message for message in messages if message.data[0] & 0xF0 == _NOTE_ON]


def _compared(now: Sequence[Sounded], then: Sequence[Sounded]) -> str:
    """Return how what sounds now lies beside what the player told that it sent."""
    pairs = list(zip(now, then, strict=False))
    same = next((index for index, (a, b) in enumerate(pairs) if _note(a) != _note(b)), len(pairs))
    if same < max(len(now), len(then)):
        return f"the player sent otherwise from note {same + 1} on: it was late, or ended, where the replay is neither"
    off_ms = sorted(1000 * abs(a.at_s - b.at_s) for a, b in pairs)
    within = f", 99 % within {off_ms[int(0.99 * len(off_ms))]:.1f} ms, all {off_ms[-1]:.1f} ms" if off_ms else ""
    return f"the player sent the same notes{within}"


def _note(message: Sounded) -> tuple[Any, ...]:
    return message.answer, message.data
