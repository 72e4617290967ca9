import itertools

from hypothesis import given
from hypothesis import strategies as st

from improvd.live.window import Window


def test_notes_come_by_onset_then_pitch():
    window = Window()
    for onset, pitch in [(24, 60), (0, 64), (24, 55)]:
        window.add(onset, pitch, 80, duration_ticks=6)
    assert window.notes() == ((0, 0, 64, 6, 80), (24, 0, 55, 6, 80), (24, 0, 60, 6, 80))


def test_a_pitch_struck_again_cuts_the_note_before():
    window = Window()
    first = window.add(0, 60, 80, duration_ticks=48)
    window.add(24, 60, 80)
    window.stretch(first, 48)
    assert window.notes() == ((0, 0, 60, 24, 80), (24, 0, 60, 1, 80))


def test_a_pitch_struck_twice_on_one_tick_is_one_note_the_louder_and_longer():
    window = Window()
    first = window.add(0, 60, 60, duration_ticks=12)
    assert window.add(0, 60, 90) is first
    window.stretch(first, 6)
    assert window.notes() == ((0, 0, 60, 12, 90),)


def test_a_note_lasts_a_tick_at_least():
    window = Window()
    note = window.add(10, 60, 80)
    window.end(note, 3)
    assert window.notes() == ((10, 0, 60, 1, 80),)


def test_the_129th_note_drops_the_oldest_64_so_that_the_rest_stays_a_prefix():
    window = Window()
    for i in range(128):
        window.add(i * 6, 60 + i % 2, 80)
    assert len(window) == 128
    window.add(128 * 6, 60, 80)
    assert len(window) == 65
    assert window.notes()[0][0] == 64 * 6


def test_a_note_that_was_dropped_or_discarded_may_still_end():
    window = Window()
    first = window.add(0, 60, 80)
    window.discard(first)
    window.discard(first)
    window.stretch(first, 24)
    assert len(window) == 0


def test_a_held_note_is_read_as_lasting_so_far_and_no_note_becomes_shorter_by_that():
    window = Window()
    held, ended = window.add_played(0, 60, 80, as_played=True), window.add_played(0, 64, 80, as_played=True)
    ended.held = False
    window.end(ended, 30)
    assert [note[3] for note in window.notes(24)] == [24, 30]
    assert (window.end_at(24), window.end_at(36)) == (30, 36)
    assert held.duration_ticks == 1


def test_a_held_pitch_that_is_struck_again_lasted_until_then():
    window = Window()
    window.add_played(0, 60, 80, as_played=True)
    window.add_played(18, 60, 80, as_played=True)
    assert [note[3] for note in window.notes(24)] == [18, 6]


def test_a_window_is_followed_by_notes_as_if_they_were_planned_and_stays_as_it_is():
    window = Window()
    window.add(0, 60, 80, duration_ticks=24)
    ahead = window.followed_by([(12, 0, 60, 12, 70), (24, 0, 64, 12, 70)])
    assert ahead.notes() == ((0, 0, 60, 12, 80), (12, 0, 60, 12, 70), (24, 0, 64, 12, 70))
    assert window.notes() == ((0, 0, 60, 24, 80),)


def test_an_empty_window_ends_at_zero():
    window = Window()
    assert (window.end_ticks, window.last_onset_ticks) == (0, -1)
    window.add(5, 60, 80, duration_ticks=4)
    assert (window.end_ticks, window.last_onset_ticks) == (9, 5)
    window.clear()
    assert window.notes() == ()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(60, 63), st.integers(1, 60)), max_size=200))
def test_no_pitch_ever_sounds_twice_at_once(strikes: list[tuple[int, int, int]]):
    window = Window()
    for onset, pitch, duration in strikes:
        window.add(onset, pitch, 80, duration_ticks=duration)
    notes = window.notes()
    assert list(notes) == sorted(notes, key=lambda note: (note[0], note[2]))
    for pitch in range(60, 64):
        same = [note for note in notes if note[2] == pitch]
        assert all(a[0] + a[3] <= b[0] for a, b in itertools.pairwise(same))


def test_notes_are_taken_out_and_laid_elsewhere_in_order():
    window = Window()
    kept = window.add(0, 60, 80, duration_ticks=12)
    moved = [window.add(24 + i, 64 - i, 80, duration_ticks=3) for i in range(3)]
    assert window.take_out(moved) == moved
    assert window.end_ticks == kept.end_ticks
    window.lay((note, 96 + 12 * i, 96 + 12 * i + 10) for i, note in enumerate(moved))
    assert window.notes() == ((0, 0, 60, 12, 80), (96, 0, 64, 10, 80), (108, 0, 63, 10, 80), (120, 0, 62, 10, 80))


def test_a_note_that_was_dropped_is_not_put_back():
    window = Window()
    dropped, kept = window.add(0, 60, 80), window.add(12, 62, 80)
    window.discard(dropped)
    assert window.take_out([dropped, kept]) == [kept]


def test_one_pitch_laid_twice_on_one_tick_is_one_note_and_laid_again_ends_the_note_before():
    window = Window()
    notes = [window.add(12 * i, 60, 80, duration_ticks=6) for i in range(3)]
    window.take_out(notes)
    window.lay(zip(notes, (0, 0, 12), (40, 40, 40), strict=True))
    assert [note[:4] for note in window.notes()] == [(0, 0, 60, 12), (12, 0, 60, 28)]
