import pytest

from improvd.live.answer import Answer, Chunk, Span, span_of
from improvd.live.grid import Grid
from improvd.live.window import Window
from improvd.music.timing import Meter
from improvd.protocol import Sounded

FOUR = Grid(Meter(4, 4))


@pytest.mark.parametrize(
    ("begin", "call", "in_bars", "meter", "span"),
    [
        (96, 96, False, (4, 4), Span(96, 192, 216)),
        (120, 84, False, (4, 4), Span(120, 192, 216)),
        (96, 46, False, (4, 4), Span(96, 144, 168)),
        (120, 10, False, (4, 4), Span(120, 144, 168)),
        (144, 200, False, (4, 4), Span(144, 336, 360)),
        (72, 150, False, (3, 4), Span(72, 216, 240)),
        (0, 9999, False, (4, 4), Span(0, 720, 744)),
        (50, 96, False, (4, 4), Span(50, 144, 168)),
        (96, 250, True, (4, 4), Span(96, 336, 384)),
        (96, 10, True, (4, 4), Span(96, 144, 192)),
        (72, 72, True, (3, 4), Span(72, 144, 216)),
        (72, 72, True, (6, 8), Span(72, 108, 144)),
        (0, 9999, True, (4, 4), Span(0, 720, 768)),
    ],
)
def test_where_an_answer_lies(begin: int, call: int, in_bars: bool, meter: tuple[int, int], span: Span):
    assert span_of(Grid(Meter(*meter)), begin, call, in_bars=in_bars, max_bars=8) == span


def test_a_single_bar_of_three_is_one_chord_where_no_more_is_allowed():
    assert span_of(Grid(Meter(3, 4)), 0, 72, in_bars=True, max_bars=1) == Span(0, 0, 72)


def test_pieces_are_beats_from_the_beginning_then_the_last_chord():
    answer = Answer(1, FOUR, Span(50, 108, 120), 2.0, "now")
    chunks = []
    while not answer.drawn:
        chunks.append(answer.next_chunk())
        answer.take((), chunks[-1], Window(), earliest_beats=0.0, channel=1)
    assert chunks == [Chunk(50, 74, True), Chunk(74, 98, False), Chunk(98, 108, False), Chunk(108, 109, True)]


def test_what_the_playhead_has_passed_is_not_drawn():
    answer = Answer(1, FOUR, Span(96, 144, 192), 4.0, "beat")
    assert not answer.skip_to(4.0)
    assert answer.skip_to(4.5)
    assert answer.next_chunk() == Chunk(120, 144, False)
    assert answer.skip_to(7.0)
    assert answer.drawn


def test_notes_outside_their_piece_or_too_late_are_left_out():
    answer = Answer(1, FOUR, Span(96, 144, 192), 4.0, "beat")
    notes = [(90, 0, 60, 6, 80), (96, 0, 61, 6, 80), (108, 0, 62, 6, 80), (120, 0, 63, 6, 80)]
    window = Window()
    planned, late = answer.take(notes, Chunk(96, 120, True), window, earliest_beats=4.25, channel=3)
    assert planned == ((4.5, 0.25, 62, 80, 3),)
    assert late == 1
    assert len(window) == 1


def sounded(at_beats: float, kind: int, pitch: int) -> Sounded:
    return Sounded(at_beats / 2, at_beats, (kind, pitch, 80), 1, 0.0)


def planned_answer(window: Window) -> Answer:
    answer = Answer(1, FOUR, Span(96, 144, 192), 4.0, "beat")
    answer.take(
        [(96, 0, 60, 24, 80), (108, 0, 61, 24, 80)], Chunk(96, 120, True), window, earliest_beats=0.0, channel=1
    )
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
