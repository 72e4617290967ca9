"""Improvising with a layered network: on time, in range, seamless from request to request, and always to an end."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from symbol_models import CHARACTERS, EIGHTHS, NOTES_AFTER_NOTES, SCALE, network, weights

from improvd.model.layered import LSTM, Dense, Embedding, Network
from improvd.model.window import MAX_NOTES, WindowImproviser, folded
from improvd.music.codec import KEYS
from improvd.music.symbols import CODECS
from improvd.protocol import Ask, Context, Prefill

EIGHTHS_FOLLOW = {f"{a}:0.5": f"{b}:0.5" for a, b in NOTES_AFTER_NOTES.items() if a in SCALE}
LETTERS_FOLLOW = NOTES_AFTER_NOTES | {" ": "F", "|": "F", "\n": "F"}
"""In ABC the network sees the space after the last note, not the note."""

CODEC_MODELS = {
    "chords": (SCALE, NOTES_AFTER_NOTES),
    "durations": (EIGHTHS, EIGHTHS_FOLLOW),
    "abc": (CHARACTERS, LETTERS_FOLLOW),
}
WINDOW = tuple((12 * i, KEYS, pitch, 12, 70) for i, pitch in enumerate([60, 62, 64, 65, 67, 69, 71, 60]))
ASK = Ask(
    number=3, window=(*WINDOW[:-1], (84, KEYS, 64, 12, 86)), context=Context(), begin_ticks=96, until_ticks=192,
    strike=True, temperatures=(1.0,), top_p=1.0, min_p=0.0, lowest=0, highest=127, seed=5, rows=1,
)  # fmt: skip


def by_hand(codec, **changes):
    vocabulary, follows = CODEC_MODELS[codec]
    table = network(len(vocabulary))
    return WindowImproviser("by hand", CODECS[codec], table, weights(table, vocabulary, follows), vocabulary, **changes)


def loose(codec, window=4):
    """Return an improviser that may draw anything at any time, from random weights that a seed decides."""
    vocabulary = CODEC_MODELS[codec][0]
    table = Network("embedding", window, (Embedding(4), LSTM(5), Dense(len(vocabulary), "softmax")), len(vocabulary))
    rng = np.random.default_rng(2)
    drawn = {name: rng.standard_normal(size).astype(np.float32) for name, size in table.weights().items()}
    return WindowImproviser("loose", CODECS[codec], table, drawn, vocabulary)


@pytest.fixture(params=CODEC_MODELS)
def codec(request):
    return request.param


def test_it_plays_what_its_network_says_after_what_was_played(codec):
    notes = by_hand(codec).ask(ASK).rows[0]
    assert notes == tuple((96 + 12 * i, KEYS, p, 12, 72) for i, p in enumerate([65, 67, 69, 71, 60, 62, 64, 65]))


def test_asked_beat_by_beat_it_goes_on_without_a_seam(codec):
    improviser, window = by_hand(codec), ASK.window
    for begin in range(96, 192, 24):
        ask = replace(ASK, window=window, begin_ticks=begin, until_ticks=begin + 24, strike=begin == 96, seed=begin)
        window += improviser.ask(ask).rows[0]
    onsets = [onset for onset, *_ in window]
    assert all(b - a == 12 for a, b in pairwise(onsets))
    if codec != "abc":  # which sees its own space and begins anew
        assert window[len(WINDOW) :] == improviser.ask(ASK).rows[0]


def test_onsets_lie_where_asked_and_a_strike_exactly_on_the_beginning(codec):
    improviser = loose(codec)
    for seed in range(30):
        for strike in (True, False):
            ask = replace(ASK, seed=seed, strike=strike, begin_ticks=103, until_ticks=150)
            notes = improviser.ask(ask).rows[0]
            assert all(103 <= onset < 150 for onset, *_ in notes)
            assert not strike or notes[0][0] == 103


played = st.lists(
    st.tuples(st.integers(0, 260), st.just(KEYS), st.integers(0, 127), st.integers(1, 400), st.integers(1, 127)),
    max_size=12,
).map(lambda notes: tuple(sorted(notes)))


@pytest.mark.parametrize("codec", CODEC_MODELS)
@settings(max_examples=40, deadline=None)
@given(
    window=played, begin=st.integers(0, 300), length=st.integers(1, 60), strike=st.booleans(), seed=st.integers(0, 99),
    lowest=st.integers(0, 60), highest=st.integers(60, 127), metre=st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 16)]),
)  # fmt: skip
def test_whatever_was_played_what_is_drawn_can_be_played(
    codec, window, begin, length, strike, seed, lowest, highest, metre
):
    ask = replace(
        ASK, window=window, begin_ticks=begin, until_ticks=begin + length, strike=strike, seed=seed, lowest=lowest,
        highest=highest, context=Context(*metre),
    )  # fmt: skip
    ends = {pitch: end for end, pitch in sorted((note[0] + note[3], note[2]) for note in window)}
    for index, (onset, part, pitch, duration, velocity) in enumerate(loose(codec).ask(ask).rows[0]):
        assert begin <= onset < begin + length
        assert part == KEYS
        assert lowest <= pitch <= highest
        assert ends.get(pitch, 0) <= onset
        assert duration >= 1
        assert 1 <= velocity <= 127
        assert index or not strike or onset == begin
        ends[pitch] = onset + duration


@pytest.mark.parametrize("begin", [96, 100, 5000])
def test_a_last_chord_alone_can_be_asked_for(codec, begin):
    notes = loose(codec).ask(replace(ASK, begin_ticks=begin, until_ticks=begin + 1)).rows[0]
    assert {onset for onset, *_ in notes} == {begin}


def test_what_is_held_is_not_struck_again(codec):
    held = (*WINDOW, (90, KEYS, 65, 600, 80), (90, KEYS, 67, 600, 80))
    improviser = loose(codec)
    for seed in range(20):
        for onset, _, pitch, duration, _ in improviser.ask(replace(ASK, window=held, seed=seed)).rows[0]:
            assert pitch not in (65, 67)
            assert duration >= 1
            assert onset >= 96


def test_no_pitch_is_struck_while_it_sounds(codec):
    improviser = loose(codec)
    notes = [improviser.ask(replace(ASK, until_ticks=2000, seed=seed)).rows[0] for seed in range(4)]
    for row in notes:
        ends = {}
        for onset, _, pitch, duration, _ in row:
            assert ends.get(pitch, 0) <= onset
            ends[pitch] = onset + duration


def test_pitches_are_moved_into_the_range_by_octaves(codec):
    improviser = loose(codec)
    asks = [replace(ASK, seed=seed, lowest=36, highest=47) for seed in range(8)]
    notes = [n for ask in asks for n in improviser.ask(ask).rows[0]]
    assert notes
    assert {pitch for _, _, pitch, *_ in notes} <= set(range(36, 48))


def test_in_a_range_less_than_an_octave_only_what_lies_in_it_is_drawn(codec):
    improviser = loose(codec)
    asks = [replace(ASK, seed=seed, lowest=60, highest=64) for seed in range(8)]
    notes = [n for ask in asks for n in improviser.ask(ask).rows[0]]
    assert {pitch for _, _, pitch, *_ in notes} <= {60, 62, 64}
    assert notes


def test_where_nothing_can_sound_it_ends_without_a_note(codec):
    held = (*WINDOW, (90, KEYS, 60, 6000, 80))
    assert loose(codec).ask(replace(ASK, window=held, lowest=60, highest=60)).rows == ((),)


def test_the_same_request_gets_the_same_answer_and_another_seed_another(codec):
    improviser = loose(codec)
    first = improviser.ask(ASK).rows
    assert improviser.ask(ASK).rows == first
    assert improviser.ask(replace(ASK, seed=6)).rows != first


def test_another_window_gets_another_answer(codec):
    transposed = tuple((onset, KEYS, pitch + 2, length, 70) for onset, _, pitch, length, _ in ASK.window)
    asks = [replace(ASK, seed=seed) for seed in range(6)]
    first = [loose(codec).ask(replace(ask, window=transposed)).rows for ask in asks]
    assert first != [loose(codec).ask(ask).rows for ask in asks]


def test_it_draws_one_row_a_temperature_however_many_candidates_are_wanted(codec):
    improviser = loose(codec)
    drawn = improviser.ask(replace(ASK, rows=6, temperatures=(1.0, 0.5, 2.0), until_ticks=300))
    alone = [improviser.ask(replace(ASK, temperatures=(t,), until_ticks=300)).rows[0] for t in (1.0, 0.5, 2.0)]
    assert drawn.rows == tuple(alone)
    assert (len(set(alone)), drawn.candidates) == (3, 1)


def test_reading_ahead_changes_no_answer(codec):
    improviser = loose(codec)
    improviser.prefill(Prefill(WINDOW, Context()))
    assert improviser.ask(ASK).rows == loose(codec).ask(ASK).rows


@pytest.mark.parametrize("window", [1, 2, 50])
def test_a_window_longer_than_what_was_played_is_filled_with_it(window):
    vocabulary, follows = CODEC_MODELS["chords"]
    table = network(len(vocabulary), window)
    improviser = WindowImproviser("filled", CODECS["chords"], table, weights(table, vocabulary, follows), vocabulary)
    assert improviser._window(["D4", "E4", "F4"]).tolist() == ([1, 2, 3] * 17)[-window:]
    assert improviser.ask(replace(ASK, window=ASK.window[:1])).rows[0][0][2] == 62


def test_an_empty_window_is_read_as_middle_c():
    notes = by_hand("chords").ask(replace(ASK, window=())).rows[0]
    assert notes[0] == (96, KEYS, 62, 12, 80)
    assert by_hand("durations").ask(replace(ASK, window=())).rows[0] == notes


def test_an_empty_window_can_be_continued(codec):
    notes = loose(codec).ask(replace(ASK, window=())).rows[0]
    assert notes[0][0] == 96


def test_a_symbol_that_the_vocabulary_lacks_is_told_once_with_what_stands_for_it():
    said = []
    improviser = by_hand("chords", say=said.append)
    strange = (*ASK.window[:3], (36, KEYS, 61, 12, 80), (48, KEYS, 20, 12, 80), (60, KEYS, 60, 12, 80),
               (60, KEYS, 63, 12, 80), (60, KEYS, 66, 12, 80), (60, KEYS, 61, 12, 80))  # fmt: skip
    improviser.ask(replace(ASK, window=strange))
    improviser.ask(replace(ASK, window=strange))
    assert said == [
        "model by hand: 'C#4' is none of its 7 symbols; 'C4' stands for it",
        "model by hand: 'G#0' is none of its 7 symbols; it is left out",
        "model by hand: '0.1.3.6' is none of its 7 symbols; it is left out",
    ]


def test_characters_that_the_vocabulary_lacks_are_left_out():
    said = []
    table = network(len(CHARACTERS), 40)
    improviser = WindowImproviser(
        "by hand", CODECS["abc"], table, weights(table, CHARACTERS, {}), CHARACTERS, say=said.append
    )
    improviser.ask(ASK)
    assert "model by hand: 'X' is none of its 12 symbols; it is left out" in said


def test_a_network_that_never_completes_a_note_is_not_waited_for():
    vocabulary = ("(", ")", "|", " ")
    table = network(len(vocabulary))
    follows = {"(": ")", ")": "(", "|": "(", " ": "("}
    improviser = WindowImproviser("idle", CODECS["abc"], table, weights(table, vocabulary, follows), vocabulary)
    assert improviser.ask(replace(ASK, until_ticks=10**6)).rows == ((),)


def test_where_no_symbol_has_a_place_it_ends():
    vocabulary = ("rest:0.25", "rest:0.5")
    table = network(2)
    improviser = WindowImproviser("rests", CODECS["durations"], table, weights(table, vocabulary, {}), vocabulary)
    assert improviser.ask(ASK).rows == ((),)


def test_a_wild_request_ends(codec):
    answer = loose(codec).ask(replace(ASK, temperatures=(2.0,), until_ticks=10**6))
    assert 0 < len(answer.rows[0]) <= MAX_NOTES + 6


def test_the_log_probability_is_that_of_what_was_drawn():
    sure = by_hand("chords").ask(ASK)
    assert -1e-3 < sure.log_probs[0] <= 0
    assert loose("chords").ask(ASK).log_probs[0] < -5


@pytest.mark.parametrize(
    ("pitch", "lowest", "highest", "moved"),
    [(60, 0, 127, 60), (30, 60, 80, 66), (100, 60, 80, 76), (61, 60, 60, None), (0, 60, 72, 60), (127, 0, 127, 127)],
)
def test_a_pitch_is_moved_by_as_few_octaves_as_possible(pitch, lowest, highest, moved):
    assert folded(pitch, lowest, highest) == moved
