from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from scores import Eighths

from improvd.config import Config
from improvd.errors import MidiFileError, UsageError
from improvd.music.midifile import FileNote, MidiPiece, Track, messages_of, read, write
from improvd.music.timing import Meter
from improvd.offline import generate
from improvd.protocol import Ask

DEFAULTS = Config()
FOUR_FOUR = Meter()


def tune(count: int = 8, step: float = 0.5, channel: int = 0, **changes: float) -> list[FileNote]:
    return [FileNote(i * step, 60 + i % 12, changes.get("length", step), 80, channel) for i in range(count)]


def seed_file(folder: Path, *tracks: list[FileNote], bpm: float = 100.0, meter: Meter = FOUR_FOUR) -> Path:
    path = folder / "seed.mid"
    write(path, [Track(f"part {i + 1}", messages_of(track)) for i, track in enumerate(tracks)], bpm=bpm, meter=meter)
    return path


def answer_to(
    seed_path: Path, config: Config = DEFAULTS, *, model: Eighths | None = None, **options: object
) -> MidiPiece:
    out = seed_path.parent / "out.mid"
    generate(seed_path, out, config, model=model or Eighths(), **options)  # type: ignore[arg-type]
    return read(out)


def strong_places(meter: Meter) -> set[float]:
    return set(meter.strong_beats)


@pytest.mark.parametrize("bars", [1, 2, 8, 70])
@pytest.mark.parametrize("meter", [Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(5, 8), Meter(2, 2)])
def test_the_answer_has_its_bars_and_ends_on_a_strong_beat(tmp_path: Path, bars: int, meter: Meter):
    piece = answer_to(seed_file(tmp_path, tune(), meter=meter), bars=bars)
    end = bars * meter.bar_beats
    assert piece.notes[0].onset_beats == 0
    assert piece.end_beats == end
    last = piece.notes[-1].onset_beats
    assert last % meter.bar_beats in strong_places(meter)
    assert all(note.end_beats == end for note in piece.notes if note.onset_beats == last)


def test_the_answer_keeps_the_tempo_and_metre_of_the_seed(tmp_path: Path):
    piece = answer_to(seed_file(tmp_path, tune(), bpm=75.0, meter=Meter(3, 4)), bars=2)
    assert (piece.bpm, piece.meter) == (75.0, Meter(3, 4))
    assert answer_to(seed_file(tmp_path, tune(), bpm=75.0), bars=2, bpm=150.0).bpm == 150.0


@pytest.mark.parametrize("bpm", [5.0, 1000.0])
def test_a_seed_slower_or_faster_than_the_clock_goes_is_answered_at_its_tempo(tmp_path: Path, bpm: float):
    piece = answer_to(seed_file(tmp_path, tune(), bpm=bpm), bars=2)
    assert (piece.bpm, piece.end_beats) == (pytest.approx(bpm), 8.0)


def test_with_the_seed_its_tracks_come_first_and_the_answer_on_the_next_bar(tmp_path: Path):
    seed = seed_file(tmp_path, tune(7), tune(3, channel=1))
    piece = answer_to(seed, bars=2, with_seed=True)
    before = read(seed)
    assert [track.name for track in piece.tracks] == ["", "part 1", "part 2", "answer"]
    answer = [note for note in piece.notes if note.track == 3]
    assert [note[:4] for note in piece.notes if note.track < 3] == [note[:4] for note in before.notes]
    assert answer[0].onset_beats == 4.0
    assert max(note.end_beats for note in answer) == 12.0


def test_the_answer_beside_its_seed_takes_a_channel_that_is_free(tmp_path: Path):
    piece = answer_to(seed_file(tmp_path, tune(channel=0), tune(channel=1)), bars=1, with_seed=True)
    assert {note.channel for note in piece.notes} == {0, 1, 2}
    assert {note.channel for note in answer_to(seed_file(tmp_path, tune(channel=1)), bars=1).notes} == {1}


def test_a_last_note_let_go_just_after_the_bar_line_costs_no_bar(tmp_path: Path):
    late = [*tune(7), FileNote(3.5, 72, 0.6, 80)]
    piece = answer_to(seed_file(tmp_path, late), bars=1, with_seed=True)
    assert next(note for note in piece.notes if note.track == 2).onset_beats == 4.0


@pytest.mark.parametrize("onset", [4.0, 4.1])
def test_a_last_note_that_begins_after_the_bar_line_has_that_bar(tmp_path: Path, onset: float):
    short = [*tune(8), FileNote(onset, 72, 0.1, 80)]
    piece = answer_to(seed_file(tmp_path, short), bars=1, with_seed=True)
    assert next(note for note in piece.notes if note.track == 2).onset_beats == 8.0


def test_bars_lie_where_the_file_has_them(tmp_path: Path):
    model = Eighths()
    answer_to(seed_file(tmp_path, [FileNote(1.5, 60, 0.5, 80), FileNote(2.0, 62, 1.0, 80)]), bars=1, model=model)
    assert [note[0] for note in model.asks[0].window] == [36, 48]


def test_the_model_reads_the_whole_seed_as_one_call_even_with_rests(tmp_path: Path):
    model = Eighths()
    rests = [note._replace(onset_beats=note.onset_beats * 8) for note in tune(6)]
    answer_to(seed_file(tmp_path, rests), bars=1, model=model)
    assert [note[0] for note in model.asks[0].window] == [0, 96, 192, 288, 384, 480]
    assert model.asks[0].begin_ticks == 576


def test_of_5000_notes_the_model_reads_the_last_and_it_goes_quickly(tmp_path: Path):
    model = Eighths()
    answer_to(seed_file(tmp_path, tune(5000, 0.25)), bars=2, model=model)
    window = model.asks[0].window
    assert 64 < len(window) <= 128
    assert window[-1][0] == 4999 * 6
    assert all(a[0] < b[0] for a, b in pairwise(window))


def test_drums_are_not_read_and_drums_alone_are_no_seed(tmp_path: Path):
    model = Eighths()
    answer_to(seed_file(tmp_path, tune(4), tune(16, channel=9)), bars=1, model=model)
    assert len(model.asks[0].window) == 4
    assert model.asks[0].begin_ticks == 96
    with pytest.raises(MidiFileError, match="holds only drums"):
        answer_to(seed_file(tmp_path, tune(4, channel=9)))


def test_soft_and_sostenuto_pedals_in_a_file_are_no_commands(tmp_path: Path):
    path = seed_file(tmp_path, tune(8))
    tracks = read(path).tracks
    pedals = Track("pedals", tuple(message._replace(data=(0xB0, 67, 127)) for message in tracks[1].messages))
    write(path, [*tracks, pedals], bpm=100.0, meter=Meter())
    model = Eighths()
    answer_to(path, bars=1, model=model)
    assert len(model.asks[0].window) == 8


def test_the_same_arguments_give_the_same_bytes_and_another_seed_others(tmp_path: Path):
    seed = seed_file(tmp_path, tune())

    def written(number: int) -> bytes:
        answer_to(seed, bars=2, seed=number)
        return (tmp_path / "out.mid").read_bytes()

    assert written(1) == written(1)
    assert written(1) != written(2)


def test_the_settings_of_sampling_reach_the_model(tmp_path: Path):
    model = Eighths()
    config = Config().having("sampling.temperature", 0.7).having("sampling.top_p", 0.9).having("sampling.min_p", 0.1)
    answer_to(seed_file(tmp_path, tune()), config, bars=1, model=model)
    assert {(ask.temperatures, ask.top_p, ask.min_p) for ask in model.asks} == {((0.7,), 0.9, 0.1)}


def test_settings_of_live_playing_do_not_disturb(tmp_path: Path):
    config = Config().having("answer.start", "now").having("answer.max_bars", 1).having("sampling.seed", 9)
    plain = answer_to(seed_file(tmp_path, tune()), bars=4)
    assert answer_to(seed_file(tmp_path, tune()), config, bars=4) == plain


def test_overlapping_notes_of_a_pitch_in_the_answer_leave_none_hanging(tmp_path: Path):
    class Thick(Eighths):
        def ask(self, request: Ask):
            drawn = super().ask(request)
            row = tuple((t, part, 60 + i % 2, 50, 80) for i, (t, part, *_) in enumerate(drawn.rows[0]))
            return replace(drawn, rows=(row,))

    piece = answer_to(seed_file(tmp_path, tune()), bars=3, model=Thick())
    data = [message.data for message in piece.tracks[1].messages]
    assert sum(d[0] & 0xF0 == 0x90 for d in data) == sum(d[0] & 0xF0 == 0x80 for d in data)
    assert piece.end_beats == 12.0


@pytest.mark.parametrize(
    ("options", "said"), [({"bars": 0}, "--bars 0"), ({"bars": 1001}, "--bars 1001"), ({"bpm": 5.0}, "--bpm 5")]
)
def test_what_cannot_be_asked_for_is_told(tmp_path: Path, options: dict[str, float], said: str):
    with pytest.raises(UsageError, match=said):
        answer_to(seed_file(tmp_path, tune()), **options)


def test_an_empty_seed_and_one_that_is_no_midi_file_are_told(tmp_path: Path):
    with pytest.raises(MidiFileError, match="holds no notes"):
        answer_to(seed_file(tmp_path, []))
    (tmp_path / "text.mid").write_text("la la la")
    with pytest.raises(MidiFileError, match="not a MIDI file"):
        answer_to(tmp_path / "text.mid")
    assert not (tmp_path / "out.mid").exists()


def test_the_seed_is_never_overwritten(tmp_path: Path):
    path = seed_file(tmp_path, tune())
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is the seed itself"):
        generate(path, path.parent / "." / path.name, DEFAULTS, model=Eighths())
    assert path.read_bytes() == before
