"""Duplicates: the same music is found in any key, ornamented, harmonised or cut, and other music is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from improvd.music.codec import PARTS
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus.duplicates import clusters, fingerprints, take
from improvd.training.corpus.packed import pack
from improvd.training.corpus.piece import Piece


def tune(seed, length=64, meter=(4, 4)):
    rng = np.random.default_rng(seed)
    pitches = 60 + np.cumsum(rng.integers(-4, 5, length))
    notes = tuple(Note(i * 0.5, int(pitch) % 48 + 36, 0.5, 80) for i, pitch in enumerate(pitches))
    return Piece(f"tune {seed}", "folk", steady(*meter), notes)


def drums(seed, bars=12):
    rng = np.random.default_rng(seed)
    hits = [(bar * 4 + slot / 4, int(pitch)) for bar in range(bars) for slot in range(16)
            for pitch in rng.choice([36, 38, 42, 46], rng.integers(0, 3), replace=False)]  # fmt: skip
    notes = tuple(Note(at, pitch, 0.1, 90, PARTS.index("drums")) for at, pitch in sorted(hits))
    return Piece(f"drums {seed}", "groove", steady(4, 4), notes)


def same(*pieces, takes=None):
    """Return whether all of some pieces are in one cluster, among other music."""
    others = [tune(seed) for seed in range(100, 120)] + [drums(seed) for seed in range(100, 110)]
    every = [*pieces, *others]
    found = clusters(fingerprints(pack(every)), [*(takes or [""] * len(pieces)), *[""] * len(others)])
    assert len(set(found[len(pieces) :])) == len(others)
    return len(set(found[: len(pieces)])) == 1


def changed(piece, change):
    return replace(piece, name="other", notes=tuple(sorted(change(i, n) for i, n in enumerate(piece.notes))))


def test_a_tune_in_another_key_and_loudness_is_the_same():
    assert same(tune(1), changed(tune(1), lambda i, n: replace(n, pitch=n.pitch + 5, velocity=40)))


def test_other_tunes_are_not_the_same():
    assert not same(tune(1), tune(2))


def test_a_tune_with_a_few_other_notes_is_the_same():
    assert same(tune(1), changed(tune(1), lambda i, n: replace(n, pitch=n.pitch + (i % 20 == 7))))


def test_an_ornamented_tune_is_the_same_by_its_beats():
    ornamented = changed(tune(1), lambda i, n: replace(n, pitch=n.pitch + (i % 2) * (i % 5 - 2)))
    assert same(tune(1), ornamented)


def test_a_part_of_a_tune_is_the_same():
    assert same(tune(1), replace(tune(1), notes=tune(1).notes[8:48]))


def test_a_harmonised_tune_is_the_same():
    below = tuple(Note(i * 0.25, 30 + i % 3, 0.25, 80) for i in range(128))
    harmonised = replace(tune(1), notes=tuple(sorted([*tune(1).notes, *below])))
    assert same(tune(1), harmonised)


def test_what_is_shared_may_go_by_way_of_a_third():
    first, second = tune(1), tune(2)
    medley = replace(first, notes=(*first.notes, *(replace(n, onset_beats=n.onset_beats + 32) for n in second.notes)))
    assert same(first, second, medley)


def test_trivial_music_is_not_all_the_same():
    def wandering(seed):
        steps = np.random.default_rng(seed).choice([-1, 1], 500)
        line = 60 + np.cumsum(steps)
        return replace(tune(1), notes=tuple(Note(i * 0.5, int(p), 0.5, 80) for i, p in enumerate(line)))

    assert not same(wandering(1), wandering(2))


def test_a_short_piece_is_the_same_only_as_a_whole():
    short = replace(tune(1), notes=tune(1).notes[:14])
    assert same(short, changed(short, lambda i, n: replace(n, pitch=n.pitch + 2)))
    assert not same(short, changed(short, lambda i, n: replace(n, pitch=n.pitch + (i == 13))))


def test_drums_are_the_same_when_they_are_played_again_a_little_off_the_grid():
    rng = np.random.default_rng(0)
    shift = rng.uniform(0, 0.1, 1000)
    again = changed(drums(1), lambda i, n: replace(n, onset_beats=n.onset_beats + shift[i], velocity=50))
    assert same(drums(1), again)
    assert not same(drums(1), drums(2))


def test_takes_of_one_performance_are_together():
    assert same(tune(1), tune(2), takes=["one", "one"])


@pytest.mark.parametrize("count", [0, 1])
def test_little_or_no_music_has_as_many_clusters(count):
    pieces = [tune(seed) for seed in range(count)]
    assert clusters(fingerprints(pack(pieces)), [""] * count) == list(range(count))


def test_notes_are_known_by_their_place_on_the_grid():
    moved, other = (
        changed(tune(1), lambda i, n, by=by: replace(n, onset_beats=n.onset_beats + by)) for by in (-0.001, 0.1)
    )
    first, same_grid, another = fingerprints(pack([tune(1), moved, other]))
    assert first.notes == same_grid.notes != another.notes


def test_takes_are_found_by_their_names():
    pattern = r"(s\d/)\d+(_funk)|/eval/(\d+)_"
    names = ["s1/3_funk_beat", "s1/4_funk_fill", "s2/4_funk", "a/eval/7_x", "b/eval/7_y", "other"]
    assert [take(name, pattern) for name in names] == ["s1/_funk", "s1/_funk", "s2/_funk", "7", "7", ""]
