from __future__ import annotations

from improvd.tui.text import bar, centred, cut, fill, from_cells, joined, plain, spread, width_of, wrap


def test_a_line_that_fits_is_left_alone():
    assert cut((("", "abc"),), 3) == (("", "abc"),)


def test_a_line_that_is_too_long_ends_in_an_ellipsis():
    assert plain(cut((("a", "abc"), ("b", "def")), 5)) == "abcd…"


def test_wide_characters_count_for_two_columns():
    assert width_of(cut((("", "鍵盤鍵盤"),), 5)) <= 5
    assert width_of(fill((("", "鍵盤鍵盤"),), 6)) == 6


def test_filling_gives_exactly_the_columns():
    assert plain(fill((("", "ab"),), 4)) == "ab  "
    assert plain(fill((("", "abcdef"),), 4)) == "abc…"


def test_two_lines_are_spread_to_both_margins_and_the_left_one_gives_way():
    assert plain(spread((("", "left"),), (("", "right"),), 12)) == "left   right"
    assert plain(spread((("", "left side"),), (("", "right"),), 10)) == "left…right"


def test_centring_puts_half_of_the_blanks_before():
    assert plain(centred((("", "ab"),), 6)) == "  ab"


def test_joining_leaves_out_what_is_empty():
    assert plain(joined([(("", "a"),), (), (("", "b"),)], " | ")) == "a | b"


def test_cells_of_one_style_become_one_piece():
    assert from_cells([("x", "a"), ("x", "b"), ("", "c")]) == (("x", "ab"), ("", "c"))


def test_wrapping_breaks_at_blanks_and_keeps_the_style():
    assert wrap((("s", "one two three"),), 8) == [(("s", "one two"),), (("s", "three"),)]


def test_a_bar_is_filled_to_an_eighth_of_a_column():
    assert plain(bar(0.5, 5, "on", "off")) == "██▌░░"
    assert plain(bar(0.0, 4, "on", "off")) == "░░░░"
    assert plain(bar(1.0, 4, "on", "off")) == "████"


def test_a_bar_stays_inside_its_track_whatever_its_share():
    assert plain(bar(-3.0, 4, "on", "off")) == "░░░░"
    assert plain(bar(7.0, 4, "on", "off")) == "████"
