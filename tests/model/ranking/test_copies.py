"""Copies: what the model learnt from is known in any key at any tempo, and little else."""

from __future__ import annotations

import numpy as np
import pytest
from ranked import heard_of, notes, rows_of

from improvd.errors import BundleError
from improvd.model import bundle
from improvd.model.ranking.copies import copies
from improvd.model.ranking.index import MOVES, Index
from improvd.model.ranking.lines import lines_of, run_sums

TUNE = [60, 62, 64, 67, 65, 64, 62, 60, 59, 60, 64, 62, 67, 69, 71, 72, 71, 67, 64, 60, 62, 65, 64, 62, 59, 60]
RHYTHM = [
    0,
    12,
    24,
    30,
    36,
    48,
    72,
    84,
    96,
    108,
    114,
    120,
    144,
    168,
    180,
    192,
    204,
    216,
    222,
    228,
    240,
    264,
    276,
    288,
    300,
    312,
]
LEARNT = Index.of(lines_of([notes(TUNE, RHYTHM)]))


def heard(window=(), **given):
    return heard_of(window=notes(TUNE[:window], RHYTHM[:window]) if window else None, learnt=LEARNT, **given)


def other(count, seed=1):
    """Notes that are none of the tune's."""
    rng = np.random.default_rng(seed)
    return notes(rng.integers(50, 80, count).tolist(), (312 + 12 * np.arange(1, count + 1)).tolist())


def test_an_index_knows_every_run_that_it_is_of_and_hardly_any_other():
    lines = lines_of([other(2000), notes(TUNE, RHYTHM)])
    index = Index.of(lines)
    assert index.knows(run_sums(lines, MOVES)[1]).all()
    assert index.knows(np.random.default_rng(2).integers(0, 2**63, 50_000, dtype=np.uint64)).mean() < 0.002


def test_joined_it_knows_the_runs_of_both_whatever_their_sizes():
    large, small = lines_of([other(20_000)]), lines_of([notes(TUNE, RHYTHM)])
    one, two = Index.of(large), Index.of(small)
    assert len(one.bits) > len(two.bits)
    for joined in (one.joined(two), two.joined(one)):
        assert joined.knows(run_sums(large, MOVES)[1]).all()
        assert joined.knows(run_sums(small, MOVES)[1]).all()
    assert two.joined(None) is two


def test_the_longer_a_row_copies_the_more_is_held_against_it():
    lengths = (8, MOVES + 2, MOVES + 6, len(TUNE))
    found = copies(rows_of(*(notes(TUNE[:n], RHYTHM[:n]) for n in lengths)), heard())
    assert found.tolist() == [0.0, 1 / MOVES, 5 / MOVES, (len(TUNE) - MOVES - 1) / MOVES]


def test_in_another_key_at_another_tempo_it_is_the_same_copy_and_a_low_voice_hides_nothing():
    moved = notes([pitch + 5 for pitch in TUNE], [2 * tick for tick in RHYTHM])
    low = np.concatenate([moved, notes([40], [moved[4, 0]])])
    low = low[np.lexsort((low[:, 2], low[:, 0]))]
    plain, of_moved, of_low = copies(rows_of(notes(TUNE, RHYTHM), moved, low), heard())
    assert plain == of_moved == of_low > 1


def test_a_copy_may_begin_in_the_window_and_ends_where_the_row_leaves_it():
    going_on = notes(TUNE[16:22], RHYTHM[16:22])
    leaving = notes([50, 71, 52, 70, 51, 69], RHYTHM[16:22])
    goes, leaves = copies(rows_of(going_on, leaving), heard(window=16))
    assert goes == leaves + 6 / MOVES


def test_without_an_index_or_notes_nothing_is_held_against_anybody():
    tune = rows_of(notes(TUNE, RHYTHM))
    assert copies(tune, heard_of(learnt=None)).tolist() == [0.0]
    assert copies(rows_of(notes([], []), notes([60], [0])), heard()).tolist() == [0.0, 0.0]


def test_an_index_is_read_as_it_was_written_and_one_of_another_size_is_refused(tmp_path):
    LEARNT.save(tmp_path / "learnt.bin")
    assert np.array_equal(Index.load(tmp_path / "learnt.bin").bits, LEARNT.bits)
    for size in (0, 3, 1 << 22):
        (tmp_path / "learnt.bin").write_bytes(bytes(size))
        with pytest.raises(ValueError, match=f"a power of two of bytes up to 2,097,152, not {size:,}"):
            Index.load(tmp_path / "learnt.bin")


def test_the_shipped_model_knows_what_it_learnt_from():
    learnt = bundle.open_bundle("default").learnt()
    assert learnt is not None
    assert 0.05 < np.unpackbits(learnt.bits).mean() < 0.5


def test_a_bundle_whose_index_cannot_be_used_is_refused(tmp_path):
    shape = bundle.open_bundle("default").shape
    (tmp_path / bundle.LEARNT).write_bytes(b"")
    with pytest.raises(BundleError, match=r"learnt\.bin cannot be read"):
        bundle.Bundle(tmp_path, "x", shape, {}).learnt()
