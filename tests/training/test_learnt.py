"""The index of what a model learnt from: written into its bundle, signed with it, and of its training side alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from improvd.cli import main
from improvd.errors import UsageError
from improvd.model import bundle
from improvd.model.ranking.index import MOVES, Index
from improvd.model.ranking.lines import lines_of, run_sums
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training.corpus import library
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import Sides
from improvd.training.judge import training_lines
from improvd.training.learnt import index_of, write_index

DEFAULT = Path(__file__).parents[2] / "models" / "default"


def piece(seed):
    rng = np.random.default_rng(seed)
    pitches = rng.integers(50, 80, 60).tolist()
    return Piece(str(seed), "folk", steady(4, 4), tuple(Note(i / 2, p, 0.5, 80) for i, p in enumerate(pitches)))


def share_known(index, own):
    return index.knows(run_sums(training_lines([own]), MOVES)[1]).mean()


@pytest.fixture
def copy(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "split", lambda names: Sides((piece(1), piece(2)), (piece(3),), (piece(4),)))
    path = shutil.copytree(DEFAULT, tmp_path / "copy")
    (path / bundle.LEARNT).unlink()
    bundle.write_sums(path, bundle.FILES[bundle.METRIC])
    return path


def test_a_bundle_without_an_index_plays_and_gets_one_of_its_training_side(copy, capsys):
    assert bundle.open_bundle(str(copy)).learnt() is None
    assert main(["model", "index", str(copy)]) == 0
    assert str(copy / bundle.LEARNT) in capsys.readouterr().out
    index = bundle.open_bundle(str(copy)).learnt()
    assert [share_known(index, piece(n)) for n in (1, 2)] == [1.0, 1.0]
    assert [share_known(index, piece(n)) for n in (3, 4)] == [0.0, 0.0]


def test_what_the_model_before_knew_stays_known(copy):
    write_index(str(copy))
    index = index_of([piece(9)], bundle.open_bundle(str(copy)))
    assert [share_known(index, piece(n)) for n in (1, 9)] == [1.0, 1.0]


def test_where_the_music_is_not_at_hand_nothing_is_written(copy):
    card = copy / bundle.CARD
    card.write_text(card.read_text() + '\n[data.own]\ntitle = "mine"\n')
    bundle.write_sums(copy, bundle.FILES[bundle.METRIC])
    with pytest.raises(UsageError, match="music of its player's own, which is not at hand"):
        write_index(str(copy))
    assert not (copy / bundle.LEARNT).exists()


def test_an_index_of_music_too_short_for_a_run_knows_nothing():
    short = replace(piece(1), notes=piece(1).notes[:3])
    assert not index_of([short]).bits.any()
    assert isinstance(Index.of(lines_of([])), Index)
