"""The style in force: named, or heard; what it takes to change it; when the model is asked."""

from __future__ import annotations

import math

import pytest

from improvd.config import Config
from improvd.live.grid import Grid
from improvd.live.style import EVERY_NOTES, NOTES, StyleEar
from improvd.live.window import WindowNote
from improvd.music.timing import Meter
from improvd.protocol import Weighed

STYLES = ("folk", "jazz", "classical")


def ear(style="auto"):
    heard = StyleEar()
    heard.configure(Config().having("model.style", style))
    return heard


def play(heard, count=EVERY_NOTES, first=0, late_ticks=0):
    for number in range(first, first + count):
        heard.strike(WindowNote(12 * number + late_ticks, 60 + number % 12, 10 - late_ticks, 80))


def asked(heard):
    return heard.ask(Grid(Meter(4, 4)))


def found(number, **chances):
    told = {style: chances.get(style, 0.01) for style in STYLES}
    return Weighed(number, "style", (), tuple((style, math.log(chance)) for style, chance in told.items()))


def test_a_named_style_is_in_force_and_nobody_is_asked():
    heard = ear("folk")
    play(heard)
    assert heard.style == "folk"
    assert asked(heard) is None


def test_auto_knows_nothing_until_the_model_was_asked():
    heard = ear()
    play(heard, EVERY_NOTES - 1)
    assert asked(heard) is None
    assert heard.style == "any"
    assert heard.configure(Config().having("model.style", "auto")).model.style == "any"


def test_the_last_notes_are_weighed_as_they_would_be_written_and_in_no_style():
    heard = ear()
    play(heard, 36)
    play(heard, 4, first=36, late_ticks=2)
    weigh = asked(heard)
    assert weigh.about == "style"
    assert len(weigh.windows) == 1
    assert len(weigh.windows[0]) == NOTES
    assert weigh.windows[0] == tuple((12 * i, 0, 60 + i % 12, 12, 80) for i in range(40 - NOTES, 40))
    assert [context.style for context in weigh.contexts] == ["any"]


def test_a_key_struck_twice_on_one_tick_is_weighed_once():
    heard = ear()
    play(heard)
    play(heard)
    assert len(asked(heard).windows[0]) == EVERY_NOTES


def test_a_note_that_is_struck_again_ends_where_it_was_let_go():
    heard = ear()
    for onset in (0, 96):
        heard.strike(WindowNote(onset, 60, 10, 80))
    play(heard, first=16)
    assert asked(heard).windows[0][0] == (0, 0, 60, 12, 80)


def test_what_was_laid_anew_is_weighed_anew_unless_it_is_little():
    heard = ear()
    play(heard, EVERY_NOTES - 1)
    heard.laid_anew()
    assert asked(heard) is None
    play(heard, 1, first=EVERY_NOTES - 1)
    heard.weighed(found(asked(heard).number))
    heard.laid_anew()
    assert asked(heard) is not None


def test_one_question_at_a_time_and_the_next_after_some_notes():
    heard = ear()
    play(heard)
    weigh = asked(heard)
    play(heard, first=8)
    assert asked(heard) is None
    heard.weighed(found(weigh.number, folk=0.9))
    assert asked(heard).number == weigh.number + 1
    heard.weighed(found(weigh.number + 1, folk=0.9))
    play(heard, EVERY_NOTES - 1, first=16)
    assert asked(heard) is None


def answered(heard, first, **chances):
    play(heard, first=first)
    return heard.weighed(found(asked(heard).number, **chances))


def test_a_style_that_is_much_likelier_is_believed_at_once():
    heard = ear()
    assert answered(heard, 0, folk=0.9)
    assert heard.style == "folk"
    assert answered(heard, 8, jazz=0.9)
    assert heard.style == "jazz"


def test_one_that_is_a_little_likelier_must_be_named_twice_in_a_row():
    heard = ear()
    answered(heard, 0, folk=0.9)
    assert not answered(heard, 8, jazz=0.55, folk=0.45)
    assert not answered(heard, 16, folk=0.55, jazz=0.45)
    assert not answered(heard, 24, jazz=0.55, folk=0.45)
    assert heard.style == "folk"
    assert answered(heard, 32, jazz=0.55, folk=0.45)
    assert heard.style == "jazz"


def test_a_style_named_meanwhile_stays_whatever_the_model_found():
    heard = ear()
    play(heard)
    weigh = asked(heard)
    heard.configure(Config().having("model.style", "classical"))
    assert not heard.weighed(found(weigh.number, jazz=0.9))
    assert heard.style == "classical"


def test_a_model_that_cannot_tell_is_not_asked_again_until_another_is_there():
    heard = ear()
    play(heard)
    heard.weighed(Weighed(asked(heard).number, "style", ()))
    play(heard, first=8)
    assert asked(heard) is None
    heard.model_ready()
    assert asked(heard) is not None


@pytest.mark.parametrize("message", [Weighed(1, "tempo", ()), found(7, jazz=0.9)])
def test_what_was_not_asked_for_changes_nothing(message):
    heard = ear()
    play(heard)
    asked(heard)
    assert not heard.weighed(message)
    assert heard.style == "any"


def test_forgetting_forgets_the_style_that_was_heard_and_keeps_one_that_was_named():
    heard, named = ear(), ear("jazz")
    answered(heard, 0, folk=0.9)
    heard.forget()
    named.forget()
    assert (heard.style, named.style) == ("any", "jazz")
    play(heard, EVERY_NOTES - 1)
    assert asked(heard) is None


def test_what_the_model_found_in_music_that_was_forgotten_meanwhile_changes_nothing():
    heard = ear()
    play(heard)
    weigh = asked(heard)
    heard.forget()
    assert not heard.weighed(found(weigh.number, folk=0.9))
    assert heard.style == "any"
