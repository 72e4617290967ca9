from __future__ import annotations

from improvd.live.clock import Clock
from improvd.live.scheduler import NoteEvent, Scheduler
from improvd.protocol import PlannedNote

SECOND_A_BEAT = 60.0


def scheduler(*notes: PlannedNote, max_lateness_s: float = 0.2, bpm: float = SECOND_A_BEAT) -> Scheduler:
    """Return a scheduler of answer 1, at beat 0 when it is 0 s; by default a beat is a second."""
    made = Scheduler(Clock(bpm, origin_s=0.0), max_lateness_s)
    made.plan(1, notes)
    return made


def played(events: list[NoteEvent]) -> list[tuple[float, int, int]]:
    return [(event.due_beats, event.pitch, event.velocity) for event in events]


def test_a_note_comes_out_when_it_is_due_and_ends_after_its_duration() -> None:
    line = scheduler((1.0, 0.5, 60, 90, 3))
    assert line.pop_due(now_s=0.999) == []
    assert line.pop_due(now_s=1.0) == [NoteEvent(1.0, 60, 90, channel=3, answer=1, note=1)]
    assert line.pop_due(now_s=1.499) == []
    assert line.pop_due(now_s=1.5) == [NoteEvent(1.5, 60, 0, channel=3, answer=1, note=1)]


def test_the_next_event_is_known_in_seconds() -> None:
    line = scheduler((3.0, 1.0, 60, 90, 0), (2.0, 1.0, 62, 90, 0), bpm=120.0)
    assert line.next_due_s() == 1.0
    assert scheduler().next_due_s() is None


def test_notes_may_be_planned_in_any_order() -> None:
    line = scheduler((2.0, 0.5, 64, 90, 0), (0.0, 0.5, 60, 90, 0), (1.0, 0.5, 62, 90, 0))
    assert [pitch for _, pitch, velocity in played(line.pop_due(now_s=0.0) + line.pop_due(now_s=1.0))] == [60, 60, 62]


def test_note_offs_come_before_note_ons_of_the_same_moment() -> None:
    line = scheduler((0.0, 1.0, 60, 90, 0), (1.0, 1.0, 60, 91, 0))
    line.pop_due(now_s=0.0)
    assert played(line.pop_due(now_s=1.0)) == [(1.0, 60, 0), (1.0, 60, 91)]


def test_moments_that_differ_by_rounding_alone_are_the_same_moment() -> None:
    line = scheduler((0.1, 0.2, 60, 90, 0), (0.3, 1.0, 60, 91, 0))
    line.pop_due(now_s=0.1)
    assert 0.1 + 0.2 > 0.3
    assert [velocity for *_, velocity in played(line.pop_due(now_s=0.31))] == [0, 91]


def test_chords_stay_together() -> None:
    line = scheduler((1 / 3, 1.0, 60, 90, 0), (2 / 3 - 1 / 3 + 1e-9, 1.0, 64, 90, 0), (1 / 3, 1.0, 67, 90, 0))
    due_s = line.next_due_s()
    assert due_s is not None
    assert len(line.pop_due(now_s=due_s)) == 3


def test_a_note_on_that_is_too_late_is_dropped_with_its_note_off() -> None:
    line = scheduler((1.0, 0.1, 60, 90, 0), (1.2, 0.1, 62, 90, 0), max_lateness_s=0.2)
    assert [pitch for _, pitch, _ in played(line.pop_due(now_s=1.205))] == [62]
    assert [pitch for _, pitch, _ in played(line.pop_due(now_s=9.0))] == [62]
    assert (line.dropped, line.late) == (1, 0)


def test_all_of_a_late_chord_is_dropped_or_none() -> None:
    chord = ((1.0, 0.1, 60, 90, 0), (1.0, 0.1, 64, 90, 0))
    assert len(scheduler(*chord).pop_due(now_s=1.2)) == 2
    assert len(scheduler(*chord).pop_due(now_s=1.2001)) == 0


def test_a_note_off_is_played_however_late() -> None:
    line = scheduler((1.0, 1.0, 60, 90, 0))
    line.pop_due(now_s=1.0)
    assert played(line.pop_due(now_s=99.0)) == [(2.0, 60, 0)]


def test_a_late_note_keeps_its_duration() -> None:
    line = scheduler((1.0, 0.25, 60, 90, 0))
    assert played(line.pop_due(now_s=1.125)) == [(1.0, 60, 90)]
    assert played(line.pop_due(now_s=1.25)) == []
    assert played(line.pop_due(now_s=1.375)) == [(1.375, 60, 0)]
    assert (line.late, line.dropped) == (1, 0)


def test_a_note_that_is_late_by_less_than_one_hears_ends_in_its_place() -> None:
    line = scheduler((1.0, 0.25, 60, 90, 0))
    line.pop_due(now_s=1.005)
    assert played(line.pop_due(now_s=1.25)) == [(1.25, 60, 0)]
    assert line.late == 0


def test_a_change_of_tempo_moves_what_is_planned() -> None:
    clock = Clock(60.0, origin_s=0.0)
    line = Scheduler(clock, 0.2)
    line.plan(1, [(4.0, 2.0, 60, 90, 0)])
    clock.set_bpm(120.0, now_s=2.0)
    assert line.next_due_s() == 3.0
    line.pop_due(now_s=3.0)
    assert line.next_due_s() == 4.0


def test_a_cancelled_answer_starts_no_note_and_ends_what_sounds_within_the_beats_given() -> None:
    line = scheduler((0.0, 8.0, 60, 90, 0), (0.0, 2.5, 64, 90, 0), (3.0, 1.0, 67, 90, 0))
    line.pop_due(now_s=0.0)
    line.cancel(1, within_beats=1.0, now_s=2.0)
    assert played(line.pop_due(now_s=2.5)) == [(2.5, 64, 0)]
    assert played(line.pop_due(now_s=9.0)) == [(3.0, 60, 0)]


def test_a_cut_answer_ends_at_once() -> None:
    line = scheduler((0.0, 8.0, 60, 90, 0))
    line.pop_due(now_s=0.0)
    line.cancel(1, within_beats=0.0, now_s=2.0)
    assert played(line.pop_due(now_s=2.0)) == [(2.0, 60, 0)]


def test_cancelling_leaves_other_answers_alone() -> None:
    line = scheduler((1.0, 1.0, 60, 90, 0))
    line.plan(2, [(1.0, 1.0, 72, 90, 0)])
    line.cancel(1, within_beats=0.0, now_s=0.0)
    assert [pitch for _, pitch, _ in played(line.pop_due(now_s=1.0))] == [72]


def test_an_answer_is_held_until_its_last_note_has_ended() -> None:
    line = scheduler((1.0, 1.0, 60, 90, 0))
    assert (line.holds(1), line.holds(2)) == (True, False)
    line.pop_due(now_s=1.0)
    assert line.holds(1)
    line.pop_due(now_s=2.0)
    assert not line.holds(1)


def test_a_dropped_or_cancelled_answer_is_held_no_longer() -> None:
    line = scheduler((1.0, 1.0, 60, 90, 0))
    line.plan(2, [(1.0, 1.0, 60, 90, 0)])
    line.cancel(2, within_beats=1.0, now_s=0.0)
    assert not line.holds(2)
    line.pop_due(now_s=9.0)
    assert not line.holds(1)


def test_clearing_forgets_everything() -> None:
    line = scheduler((0.0, 1.0, 60, 90, 0), (1.0, 1.0, 62, 90, 0))
    line.pop_due(now_s=0.0)
    line.clear()
    assert (line.next_due_s(), line.holds(1)) == (None, False)


def test_the_notes_of_a_chord_share_their_fate() -> None:
    chord = [(1.0, 1.0, pitch, 90, 0) for pitch in (60, 64, 67)]
    late, too_late = scheduler(*chord), scheduler(*chord)
    assert played(late.pop_due(now_s=1.15)) == [(1.0, 60, 90), (1.0, 64, 90), (1.0, 67, 90)]
    assert [due for due, *_ in played(late.pop_due(now_s=9.0))] == [2.15] * 3
    assert too_late.pop_due(now_s=1.3) == []
    assert (late.late, too_late.dropped) == (3, 3)
