"""Settings by name while improvd plays."""

from __future__ import annotations

import pytest

from improvd import steering
from improvd.config import Config
from improvd.errors import ImprovdError


def test_a_bare_name_will_do_where_it_is_unique() -> None:
    assert steering.resolve("temperature") == "sampling.temperature"
    assert steering.resolve("sampling.temperature") == "sampling.temperature"
    assert steering.read(Config(), "bpm") == 120.0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("temprature", 1.0, "did you mean 'temperature'"),
        ("temperature", 9, "0.1 to 2"),
        ("temperature", "hot", "not a number"),
        ("thru", "maybe", "auto, on, off"),
        ("meter", "4/5", "time signature"),
        ("lowest", 120, "lowest must be at most highest"),
        ("backend", "jack", "cannot change while improvd plays"),
        ("x" * 1000, 1, "unknown setting"),
    ],
)
def test_what_cannot_be_set_is_refused_with_one_sentence(name: str, value: object, says: str) -> None:
    with pytest.raises(ImprovdError) as caught:
        steering.changed(Config(), name, value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_change_returns_the_full_name_and_the_new_settings() -> None:
    key, config = steering.changed(Config(), "temperature", 1)
    assert (key, config.sampling.temperature) == ("sampling.temperature", 1.0)


def test_a_nudge_goes_by_steps_and_stops_at_the_range() -> None:
    assert steering.nudged(Config(), "temperature", 2)[1].sampling.temperature == 1.1
    assert steering.nudged(Config(), "temperature", 999)[1].sampling.temperature == 2.0
    assert steering.nudged(Config(), "max_bars", -3)[1].answer.max_bars == 5


def test_a_setting_without_steps_cannot_be_nudged() -> None:
    with pytest.raises(ImprovdError, match="no steps"):
        steering.nudged(Config(), "thru", 1)
