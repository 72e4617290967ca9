import pytest

from improvd.live.grid import Grid
from improvd.live.span import Chunk, Span, piece_of, span_of
from improvd.music.timing import Meter

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


def pieces(grid: Grid, span: Span) -> list[Chunk]:
    found, begin = [], span.begin_ticks
    while begin <= span.final_ticks:
        found.append(piece_of(grid, span, begin))
        begin = found[-1].until_ticks
    return found


def test_pieces_end_at_bar_lines_a_beat_away_or_more_and_the_last_chord_is_one():
    assert pieces(FOUR, Span(90, 288, 384)) == [
        Chunk(90, 192, True), Chunk(192, 288, False), Chunk(288, 289, True),
    ]  # fmt: skip


def test_a_short_bar_is_drawn_with_the_next_and_a_long_one_in_parts():
    assert pieces(Grid(Meter(1, 32)), Span(0, 50, 74))[:2] == [Chunk(0, 24, True), Chunk(24, 48, False)]
    assert pieces(Grid(Meter(32, 4)), Span(0, 384, 768)) == [
        Chunk(0, 192, True), Chunk(192, 384, False), Chunk(384, 385, True),
    ]  # fmt: skip
