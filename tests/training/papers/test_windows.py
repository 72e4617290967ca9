"""Windows: rare symbols go, unknown ones are counted, and no window goes beyond its piece."""

from __future__ import annotations

import numpy as np
import pytest

from improvd.errors import CorpusError
from improvd.training.papers.texts import Text
from improvd.training.papers.windows import Numbered, Windows, nats_by_frequency, numbered, vocabulary


def text(symbols):
    return Text("a piece", tuple(symbols), len(symbols))


def seen(windows, starts, size=2):
    return [(list(map(list, given)), np.asarray(next_).tolist()) for given, next_ in windows.batches(starts, size)]


def test_symbols_rarer_than_a_limit_are_dropped():
    assert vocabulary([text("ccaab"), text("cb")], 2) == ("a", "b", "c")
    assert vocabulary([text("ccaab"), text("cb")], 3) == ("c",)
    with pytest.raises(CorpusError, match="no symbol comes 4 times in 2 pieces"):
        vocabulary([text("ccaab"), text("cb")], 4)


def test_what_the_vocabulary_lacks_is_left_out_and_counted():
    found = numbered([text("abxc"), text("zzb")], ("a", "b", "c"))
    assert [array.tolist() for array in found.texts] == [[0, 1, 2], [1]]
    assert (found.left_out, found.symbols) == (3, 7)


def test_joined_pieces_are_one_text():
    found = numbered([text("ab"), text("ca")], ("a", "b", "c"), joined=True)
    assert [array.tolist() for array in found.texts] == [[0, 1, 2, 0]]


def test_no_window_goes_beyond_its_piece():
    windows = Windows([np.array([0, 1, 2, 3]), np.array([9]), np.array([5, 6, 7])], 2, sequences=False, name="it")
    assert seen(windows, windows.starts()) == [([[0, 1], [1, 2]], [2, 3]), ([[5, 6]], [7])]


def test_a_network_that_foresees_at_every_step_gets_every_symbol_that_follows():
    windows = Windows([np.arange(5)], 2, sequences=True, name="it")
    assert seen(windows, windows.starts(2)) == [([[0, 1], [2, 3]], [[1, 2], [3, 4]])]


def test_a_stride_begins_where_it_is_told():
    windows = Windows([np.arange(10), np.arange(6)], 3, sequences=False, name="it")
    assert windows.starts(3, 1).tolist() == [1, 4, 11]
    assert windows.starts(3).tolist() == [0, 3, 6, 10]


def test_windows_are_views_of_the_texts():
    windows = Windows([np.arange(1000, dtype=np.int32)], 75, sequences=False, name="it")
    assert windows._views.base is not None
    assert windows._views.strides == (4, 4)


def test_pieces_shorter_than_a_window_are_refused():
    with pytest.raises(
        CorpusError, match="it: its longest piece has 75 symbols that are known, a window is 75 and one"
    ):
        Windows([np.arange(75), np.arange(3)], 75, sequences=False, name="it")


def test_frequencies_alone_foresee_what_comes_often_best():
    learnt, often, never = (Numbered((np.array(text),), 0, 4) for text in ([0, 0, 0, 1], [0, 0], [2]))
    assert nats_by_frequency(learnt, often, 3) == pytest.approx(np.log(5.5 / 3.5))
    assert nats_by_frequency(learnt, never, 3) == pytest.approx(np.log(5.5 / 0.5))
