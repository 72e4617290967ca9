from collections.abc import Sequence

import pytest

from improvd.config import PhraseSettings
from improvd.live.phrase import Phrase


def phrase(onsets_s: Sequence[float], quiet_s: float) -> Phrase:
    followed = Phrase(onsets_s[0])
    for at_s in onsets_s[1:]:
        followed.strike(at_s)
    followed.release(quiet_s)
    return followed


@pytest.mark.parametrize(
    ("onsets_s", "quiet_s", "bpm", "end_s", "why"),
    [
        ([0, 0.1, 0.2, 0.3], 0.4, 120, 0.7, "twice the gap is less than 0.3 s"),
        ([0, 0.25, 0.5], 0.7, 120, 1.2, "twice the median gap"),
        ([0, 0.5, 1.0], 1.4, 120, 2.15, "never over 1.5 beats"),
        ([0, 0.5, 1.0], 1.4, 60, 2.4, "1.5 beats are longer in a slower tempo"),
        ([0, 0.2, 0.4, 2.4], 2.5, 120, 2.9, "the median forgets one long gap"),
        ([0, 0.2, 0.6], 0.7, 120, 1.3, "the median of two gaps lies between"),
        ([0, 0.01, 0.02, 0.4, 0.41, 0.8], 0.9, 60, 1.7, "a chord is one onset"),
        ([0, 0.03, 0.06, 0.09, 0.5], 0.6, 60, 1.6, "a rolled chord too"),
        ([0], 0.2, 120, 0.95, "a single note has no gap and gets 1.5 beats"),
        ([0, 0.01, 0.02], 0.2, 120, 0.95, "a single chord likewise"),
        ([0, 0.1, 0.2], 0.15, 300, 0.5, "silence counts from the last onset at least"),
    ],
)
def test_when_a_phrase_ends(onsets_s: list[float], quiet_s: float, bpm: float, end_s: float, why: str):
    assert phrase(onsets_s, quiet_s).end_s(PhraseSettings(), bpm, busy=False) == pytest.approx(end_s), why


def test_with_something_held_it_ends_3_beats_after_the_last_onset():
    held = phrase([0, 0.2, 0.4], 0.1)
    assert held.end_s(PhraseSettings(), 120, busy=True) == pytest.approx(0.4 + 1.5)
    assert held.end_s(PhraseSettings(), 60, busy=True) == pytest.approx(0.4 + 3.0)


def test_2000_notes_have_a_median_like_any_others():
    many = phrase([i * 0.2 for i in range(2000)], 400.0)
    assert many.end_s(PhraseSettings(), 120, busy=False) == pytest.approx(400.4)
