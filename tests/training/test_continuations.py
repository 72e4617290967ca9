"""Continuations: primers on bar lines, answers of the same length, and nothing in them that may not be played."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from improvd.config import SamplingSettings
from improvd.errors import CorpusError
from improvd.model.runtimes.numpy import NumpyStep
from improvd.model.step import Shape
from improvd.music import codec
from improvd.music.codec import KEYS, PARTS
from improvd.music.note import Note
from improvd.music.timing import Meter, MeterChange, steady
from improvd.training.continuations import NOTES, continued, primers
from improvd.training.corpus.piece import Piece

SHAPE = Shape(units=8, layers=2, head_units=8)
DRUMS = PARTS.index("drums")


def piece(name, *, count=400, style="folk", meters=None, part=1):
    notes = tuple(Note(0.5 + i * 0.5, 55 + (i * 5) % 17, 0.5, 80, part=part) for i in range(count))
    return Piece(name, style, meters or steady(3, 4), notes)


def step(seed=0, scale=1.0):
    """Return a step with weights drawn at random: it plays anything."""
    rng = np.random.default_rng(seed)
    return NumpyStep({name: scale * rng.normal(size=size) for name, size in SHAPE.weights().items()}, SHAPE)


def given(count=6, **wanted):
    return primers([piece(f"piece {i}", **wanted) for i in range(count)], count, seed=0, as_keys=False)


def test_a_primer_begins_with_a_bar_and_its_continuation_follows_at_once():
    music = piece("piece")
    for primer in primers([music], 9, seed=1, as_keys=False):
        notes = np.concatenate([primer.notes.notes, primer.human.notes])
        assert len(primer.notes.notes) == len(primer.human.notes) == NOTES
        assert notes[0, 0] == 0
        assert np.diff(notes[:, 0]).tolist() == [12] * (2 * NOTES - 1)
        assert notes[:, 2].tolist() in [[n.pitch for n in music.notes[i : i + 2 * NOTES]] for i in range(5, 400, 6)]


def test_primers_hang_on_the_seed_alone():
    music = [piece(f"piece {i}") for i in range(5)]
    starts = [
        [(p.piece, p.notes.pitches.tolist()) for p in primers(music, 8, seed=seed, as_keys=False)] for seed in (1, 1, 2)
    ]
    assert starts[0] == starts[1] != starts[2]


def test_each_style_has_its_share_and_a_piece_two_primers_at_most():
    music = [piece(f"folk {i}") for i in range(50)] + [piece(f"jazz {i}", style="jazz") for i in range(3)]
    found = primers(music, 20, seed=0, as_keys=False)
    assert Counter(primer.style for primer in found) == {"folk": 14, "jazz": 6}
    assert set(Counter(primer.piece for primer in found if primer.style == "jazz").values()) == {2}


def test_every_piece_has_its_turn_before_one_comes_again():
    found = primers([piece(f"piece {i}") for i in range(10)], 15, seed=0, as_keys=False)
    assert sorted(Counter(primer.piece for primer in found[:10]).values()) == [1] * 10
    assert sorted(Counter(primer.piece for primer in found).values()) == [1] * 5 + [2] * 5


def test_two_primers_of_a_piece_do_not_overlap():
    assert {len(primers([piece("p", count=191)], 9, seed=seed, as_keys=False)) for seed in range(9)} == {1}


def test_a_primer_and_its_continuation_stand_in_one_metre():
    notes = tuple(Note(i * 0.5, 30 + i // 4, 0.5, 80, part=1) for i in range(300))
    meters = (*steady(3, 4), MeterChange(99.0, Meter(4, 4)))  # from note 198 on, whose pitch is 79
    found = [
        primer
        for seed in range(20)
        for primer in primers([Piece("p", "folk", meters, notes)], 9, seed=seed, as_keys=False)
    ]
    assert {(primer.meter.numerator, primer.notes.bar_ticks) for primer in found} == {(3, 72), (4, 96)}
    assert all(p.human.pitches[-1] <= 79 if p.meter == Meter(3, 4) else p.notes.pitches[0] >= 79 for p in found)


def test_as_keys_all_parts_are_one_but_the_drums():
    both = piece("p")
    notes = sorted([*both.notes, *(replace(n, pitch=36, part=DRUMS) for n in both.notes[::4])])
    found = primers([replace(both, notes=tuple(notes))], 1, seed=0, as_keys=True)
    assert found[0].parts() == [KEYS, DRUMS]


def test_music_too_short_for_primers_is_said_so():
    with pytest.raises(CorpusError, match="a piece needs 96 notes in one metre"):
        primers([piece("p", count=95)], 5, seed=0, as_keys=False)


def test_what_a_model_plays_at_random_is_never_illegal():
    answers = continued(step(), SHAPE, given(), SamplingSettings(temperature=2.0, top_p=1.0, min_p=0.0), seed=0)
    assert [answer.illegal for answer in answers] == [0] * 6
    for answer in answers:
        assert len(answer.notes.notes) == NOTES
        assert set(answer.notes.parts.tolist()) == {1}
        again = codec.snap([Note(o / 24, p, d / 24, v, part) for o, part, p, d, v in answer.notes.notes.tolist()])
        assert len(again) == NOTES


def test_illegal_events_of_the_answer_are_counted():
    honest = step()

    def broken(inputs):
        outputs = honest(inputs)
        return outputs._replace(event=np.where(np.arange(5) == codec.PART, KEYS, outputs.event))

    answers = continued(broken, SHAPE, given(2), SamplingSettings(), seed=0)
    assert [answer.illegal for answer in answers] == [NOTES] * 2


def test_an_answer_hangs_on_its_seed_and_not_on_its_neighbours():
    wide = given()
    together = continued(step(), SHAPE, wide, SamplingSettings(), seed=0)
    apart = continued(step(), SHAPE, wide, SamplingSettings(), seed=0, rows=4)
    other = continued(step(), SHAPE, wide, SamplingSettings(), seed=1)
    played = [[answer.notes.notes.tolist() for answer in answers] for answers in (together, apart, other)]
    assert played[0] == played[1]
    assert all(one != another for one, another in zip(played[0], played[2], strict=True))


def test_an_answer_goes_on_where_the_primer_ends():
    for primer, answer in zip(given(), continued(step(), SHAPE, given(), SamplingSettings(), seed=0), strict=True):
        assert answer.notes.onsets[0] >= primer.notes.onsets[-1]
        assert answer.notes.bar_ticks == primer.notes.bar_ticks


def test_the_style_is_told_or_not():
    fed = []

    def spy(inputs):
        fed.append(inputs.context[0].tolist())
        return step()(inputs)

    for told in (True, False):
        continued(spy, SHAPE, given(1), SamplingSettings(), seed=0, told_style=told)
    folk = codec.STYLES.index("folk")
    assert fed[0] == [0, 72, codec.meter_index(3, 4), folk]
    assert {context[3] for context in fed[: 2 * NOTES]} == {folk}
    assert {context[3] for context in fed[2 * NOTES :]} == {0}
    assert fed[1][0] == 0 and fed[2][0] == 12  # the first notes of a bar, eighths apart
