from __future__ import annotations

import math

import pytest

from improvd.config import Config, check_together, check_value, settings
from improvd.errors import ConfigError


def _fault(key: str, value: object) -> str:
    with pytest.raises(ConfigError) as caught:
        check_value(key, value)
    return str(caught.value)


def test_every_default_is_allowed_and_stays_what_it_is():
    config = Config()
    assert {key: check_value(key, config.get(key)) for key in settings()} == {
        key: config.get(key) for key in settings()
    }


def test_every_number_has_a_range_and_every_live_number_of_the_screen_a_step():
    for key, rule in settings().items():
        if type(Config().get(key)) in (int, float):
            assert rule.low is not None and rule.high is not None and rule.low < rule.high, key
            assert rule.step > 0 or not rule.live, key


@pytest.mark.parametrize("value", [0.1, 2.0, 1])
def test_a_number_at_either_end_of_its_range_is_allowed(value):
    assert check_value("sampling.temperature", value) == value


@pytest.mark.parametrize("value", [0.0999, 2.0001, math.nan, math.inf, -math.inf, 10**400])
def test_a_number_outside_its_range_is_refused_with_the_range(value):
    assert "out of range; allowed: 0.1 to 2" in _fault("sampling.temperature", value)


def test_a_whole_number_is_taken_for_a_float_and_becomes_one():
    assert type(check_value("clock.bpm", 90)) is float


@pytest.mark.parametrize("value", [1.0, True, "1", None, [1]])
def test_only_a_whole_number_is_taken_for_one(value):
    assert "is not a whole number; allowed: 1 to 16" in _fault("midi.answer_channel", value)


@pytest.mark.parametrize("value", [True, "1.0", None, {}])
def test_only_a_number_is_taken_for_a_float(value):
    assert "is not a number" in _fault("sampling.temperature", value)


def test_a_word_that_is_none_of_the_choices_is_refused_with_the_choices_and_the_nearest():
    fault = _fault("midi.backend", "jakc")
    assert fault.startswith('[midi] backend: "jakc" is not allowed; allowed: auto, alsa, jack, coremidi, winmm, none')
    assert fault.endswith("; did you mean 'jack'?")


@pytest.mark.parametrize("value", [7, True, None, ["jack"]])
def test_only_a_text_is_taken_for_a_text(value):
    assert "is not a text" in _fault("model.name", value)
    assert "is not allowed" in _fault("midi.backend", value)


def test_a_list_of_texts_becomes_a_tuple():
    assert check_value("midi.inputs", ["Keystation*", "nano*"]) == ("Keystation*", "nano*")


@pytest.mark.parametrize("value", ["Keystation*", [1], None])
def test_only_a_list_of_texts_is_taken_for_one(value):
    assert "is not a list of texts" in _fault("midi.inputs", value)


@pytest.mark.parametrize("value", ["4/4", "1/1", "32/32", "6/8", "7/16"])
def test_a_meter_is_a_count_over_a_power_of_two(value):
    assert check_value("clock.meter", value) == value


@pytest.mark.parametrize("value", ["0/4", "33/4", "4/3", "4/64", "4", "4/4/4", " 4/4", "4/4\n", "-3/4", "³/4", ""])
def test_what_is_no_meter_is_refused(value):
    assert "is no time signature; allowed: 1-32 over 1, 2, 4, 8, 16 or 32" in _fault("clock.meter", value)


def test_an_unknown_setting_is_refused_with_the_nearest():
    assert _fault("sampling.temprature", 1.0) == (
        "unknown setting 'sampling.temprature'; did you mean 'sampling.temperature'?"
    )


def test_the_lowest_pitch_may_meet_the_highest_but_not_pass_it():
    check_together(Config().having("answer.lowest", 103))
    with pytest.raises(ConfigError, match="lowest: 104 is above highest = 103"):
        check_together(Config().having("answer.lowest", 104))


def test_having_changes_one_setting_and_leaves_the_original():
    config = Config()
    changed = config.having("clock.bpm", 90.0)
    assert (changed.get("clock.bpm"), config.get("clock.bpm")) == (90.0, 120.0)
    assert changed.having("clock.bpm", 120.0) == config
