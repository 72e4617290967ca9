from improvd.live.answer import Answer
from improvd.live.grid import Grid
from improvd.live.groove import Groove
from improvd.live.span import Chunk, Span
from improvd.live.window import Window
from improvd.music.timing import Meter
from improvd.protocol import GridNote, PlannedNote, Sounded

FOUR = Grid(Meter(4, 4))
BAR = Chunk(96, 144, True)


def row(*onsets: int, pitch: int = 60, duration: int = 6) -> tuple[GridNote, ...]:
    return tuple((onset, 0, pitch + i, duration, 80) for i, onset in enumerate(onsets))


def answer_of(*rows: tuple[GridNote, ...]) -> Answer:
    """Return an answer from tick 96 and beat 4 on, one bar of it drawn at 1.0, 1.05, …"""
    answer = Answer(1, FOUR, Span(96, 144, 192), 4.0, "beat")
    answer.take(BAR, [1.0 + 0.05 * i for i in range(len(rows))], rows)
    return answer


def commit(answer: Answer, until_beats: float, window: Window | None = None, **how: float) -> list[PlannedNote]:
    window = Window() if window is None else window
    return list(answer.commit(until_beats, window, earliest_beats=0.0, channel=1, **how)[0])  # type: ignore[arg-type]


def test_what_the_playhead_has_passed_is_not_drawn():
    answer = Answer(1, FOUR, Span(96, 144, 192), 4.0, "beat")
    assert not answer.skip_to(4.0)
    assert answer.skip_to(4.5)
    assert answer.next_chunk() == Chunk(120, 144, False)
    assert answer.skip_to(7.0)
    assert answer.drawn


def test_notes_are_committed_once_up_to_a_place_of_the_clock():
    answer, window = answer_of(row(96, 108, 120)), Window()
    assert answer.next_due_beats() == 4.0
    assert commit(answer, 4.5, window) == [(4.0, 0.25, 60, 80, 1), (4.5, 0.25, 61, 80, 1)]
    assert commit(answer, 4.9, window) == []
    assert len(window) == 2
    assert answer.next_due_beats() == 5.0


def test_a_groove_decides_when_a_note_is_due():
    answer, swing = answer_of(row(96, 108)), Groove(swing=0.75)
    answer.commit(4.6, Window(), earliest_beats=0.0, channel=1, groove=swing)
    assert answer.next_due_beats(swing) == 4.75
    assert answer.commit(4.75, Window(), earliest_beats=0.0, channel=1, groove=swing)[0][0][0] == 4.75


def test_notes_outside_their_piece_or_too_late_are_left_out():
    answer = Answer(1, FOUR, Span(96, 144, 192), 4.0, "beat")
    answer.take(Chunk(96, 120, True), [1.0], [row(90, 96, 108, 120)])
    window = Window()
    planned, late = answer.commit(9.0, window, earliest_beats=4.25, channel=3)
    assert planned == ((4.5, 0.25, 62, 80, 3),)
    assert late == 1
    assert len(window) == 1


def test_the_last_chord_is_held_to_the_end_and_other_notes_end_there():
    answer = answer_of(row(96, duration=999))
    answer.take(Chunk(144, 145, True), [1.0], [row(144)])
    assert [(onset, length) for onset, length, *_ in commit(answer, 9.0)] == [(4.0, 4.0), (6.0, 2.0)]


def test_a_piece_that_comes_too_late_moves_on_and_leaves_the_last_chord_to_be_drawn():
    answer = Answer(1, FOUR, Span(24, 96, 120), 1.0, "beat")
    piece = answer.next_chunk()
    answer.move_to(48, 2.0)
    answer.take(piece.moved(24), [1.0], [row(48, 60, 96, 108)])
    assert [onset for onset, *_ in commit(answer, 9.0)] == [2.0, 2.5]
    assert answer.next_chunk() == Chunk(96, 97, True)


def test_another_temperature_plays_from_the_next_note_that_is_not_committed():
    answer = answer_of(row(96, 108, 120), row(96, 102, 114, 126, pitch=80))
    commit(answer, 4.5)
    answer.turn(1.05, 4.0)
    assert [(onset, pitch) for onset, _, pitch, *_ in commit(answer, 9.0)] == [(4.75, 82), (5.25, 83)]


def test_a_temperature_that_is_not_drawn_changes_nothing():
    answer = answer_of(row(96, 108))
    answer.turn(1.5, 4.0)
    assert [pitch for _, _, pitch, *_ in commit(answer, 9.0)] == [60, 61]


def test_what_was_drawn_after_a_row_that_plays_no_more_is_stale():
    answer = answer_of(row(96, 108), row(96, 108, pitch=80))
    answer.take(Chunk(144, 145, True), [1.0], [row(144)])
    answer.turn(1.05, 4.0)
    assert [bar.stale for bar in answer.bars] == [False, True]
    assert answer.kept(999)[-1] == (144, 0, 60, 48, 80)
    answer.put(answer.bars[1], Chunk(144, 145, True), [1.05], [row(144, pitch=90)], turns=1)
    assert [bar.stale for bar in answer.bars] == [False, False]
    assert answer.kept(999)[-1] == (144, 0, 90, 48, 80)


def test_what_was_asked_for_before_another_row_came_to_play_is_stale_or_left_out():
    answer = answer_of(row(96, 108), row(96, 108, pitch=80))
    answer.turn(1.05, 4.0)
    answer.put(answer.bars[0], BAR, [1.1], [row(96, pitch=90)], turns=0)
    assert not answer.bars[0].has(1.1)
    answer.take(Chunk(144, 145, True), [1.0], [row(144)], turns=0)
    assert answer.bars[1].stale


def test_what_was_drawn_after_a_bar_that_is_drawn_anew_is_stale():
    answer = answer_of(row(96, 108))
    answer.take(Chunk(144, 145, True), [1.0], [row(144)])
    answer.bars[0].stale = True
    answer.put(answer.bars[0], BAR, [1.0], [row(96, pitch=90)])
    assert [bar.stale for bar in answer.bars] == [False, True]


def test_the_rest_of_a_bar_drawn_anew_begins_as_what_played_until_then():
    answer = answer_of(row(96, 108, 120))
    bar = answer.bars[0]
    rest = answer.rest_of(bar, 4.4)
    assert rest == Chunk(108, 144, False)
    answer.put(bar, rest, [1.5], [row(114, 126, pitch=80)])
    answer.turn(1.5, 4.0)
    assert [(onset, pitch) for onset, _, pitch, *_ in commit(answer, 9.0)] == [(4.0, 60), (4.75, 80), (5.25, 81)]


def test_what_comes_late_of_a_rest_is_not_played_in_place_of_what_was():
    answer = answer_of(row(96, 108, 120))
    bar = answer.bars[0]
    commit(answer, 5.0)
    answer.put(bar, Chunk(108, 144, False), [1.5], [row(114, 126, pitch=80)])
    answer.turn(1.5, 4.0)
    assert [(onset, pitch) for onset, _, pitch, *_ in commit(answer, 9.0)] == [(5.25, 81)]


def test_a_bar_that_has_not_begun_is_drawn_anew_as_a_whole_and_one_that_is_over_not_at_all():
    answer = answer_of(row(96, 108))
    assert answer.rest_of(answer.bars[0], 4.0) == BAR
    assert answer.rest_of(answer.bars[0], 6.0) is None


def sounded(at_beats: float, kind: int, pitch: int) -> Sounded:
    return Sounded(at_beats / 2, at_beats, (kind, pitch, 80), 1, 0.0)


def planned_answer(window: Window) -> Answer:
    answer = answer_of(((96, 0, 60, 24, 80), (108, 0, 61, 24, 80)))
    commit(answer, 5.0, window)
    return answer


def test_only_what_sounded_stays_when_an_answer_is_withdrawn():
    window = Window()
    answer = planned_answer(window)
    answer.sounded(sounded(4.01, 0x91, 60), window)
    answer.withdraw(window)
    assert window.notes() == ((96, 0, 60, 24, 80),)


def test_a_planned_note_that_was_played_by_hand_stays():
    window = Window()
    answer = planned_answer(window)
    window.add(108, 61, 90)
    answer.withdraw(window)
    assert window.notes() == ((108, 0, 61, 24, 90),)


def test_a_note_that_sounded_though_it_was_taken_back_returns():
    window = Window()
    answer = planned_answer(window)
    answer.withdraw(window)
    answer.sounded(sounded(4.5, 0x91, 61), window)
    assert window.notes() == ((108, 0, 61, 24, 80),)


def test_a_note_keeps_its_planned_length_unless_the_answer_was_cut():
    for cut, ticks in [(False, 24), (True, 12)]:
        window = Window()
        answer = planned_answer(window)
        answer.sounded(sounded(4.0, 0x91, 60), window)
        answer.cut = cut
        answer.sounded(sounded(4.5, 0x81, 60), window)
        assert window.notes()[0] == (96, 0, 60, ticks, 80)
