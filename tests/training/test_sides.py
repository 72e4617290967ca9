"""Sides: about four fifths, a tenth and a tenth; the same music on one side, wherever it lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from improvd.errors import CorpusError
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus import library
from improvd.training.corpus.piece import Piece


def tune(seed):
    rng = np.random.default_rng(seed)
    pitches = 40 + np.cumsum(rng.integers(-4, 5, 40)) % 40
    return Piece(f"{seed}", "folk", steady(4, 4), tuple(Note(i * 0.5, int(p), 0.5, 80) for i, p in enumerate(pitches)))


def transposed(piece):
    return replace(piece, name=f"{piece.name} up", notes=tuple(replace(n, pitch=n.pitch + 3) for n in piece.notes))


def sides_of(pieces):
    return {piece.name: side for side, held in library.split_pieces(pieces).by_name() for piece in held}


def test_the_split_is_about_four_fifths_to_a_tenth_to_a_tenth():
    sides = list(sides_of([tune(seed) for seed in range(1000)]).values())
    assert [round(sides.count(side) / 1000, 1) for side in ("train", "valid", "test")] == [0.8, 0.1, 0.1]


def test_a_piece_stays_on_its_side_when_others_come():
    few, many = (sides_of([tune(seed) for seed in range(count)]) for count in (200, 400))
    assert {name: many[name] for name in few} == few


def test_the_same_music_is_on_one_side():
    pieces = [tune(seed) for seed in range(60)]
    sides = sides_of([*pieces, *map(transposed, pieces)])
    assert all(sides[piece.name] == sides[transposed(piece).name] for piece in pieces)


def test_versions_of_a_tune_are_on_the_same_side_in_whatever_order_they_come():
    tunes = [tune(seed) for seed in range(60)]
    versions = [replace(t, name=f"{t.name} short", notes=t.notes[:-1]) for t in tunes]
    sides = sides_of([*tunes, *versions])
    assert sides_of([*versions, *tunes]) == sides
    assert all(sides[t.name] == sides[f"{t.name} short"] for t in tunes)


@pytest.mark.parametrize("count", range(5, 16))
def test_every_side_has_a_piece_where_there_are_five(count):
    for start in range(0, 200, 20):
        split = library.split_pieces([tune(seed) for seed in range(start, start + count)])
        assert min(len(held) for _, held in split.by_name()) >= 1
        assert sum(len(held) for _, held in split.by_name()) == count


def test_too_few_pieces_say_how_many_are_needed():
    with pytest.raises(CorpusError, match=r"mine: 4 pieces are too few .* at least 5 are needed"):
        library.split_pieces([tune(seed) for seed in range(4)], "mine")


def test_versions_of_one_tune_cannot_be_split():
    with pytest.raises(CorpusError, match="the 6 pieces are versions of one or two; at least 3 different ones"):
        library.split_pieces([replace(tune(1), name=str(i)) for i in range(6)])
