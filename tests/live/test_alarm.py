from __future__ import annotations

import select
import sys
import time

import pytest

from improvd.live.alarm import Alarm

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the alarm is Linux's")


def waited_s(alarm: Alarm, timeout_s: float) -> float | None:
    """Return how long it took to go off; None if it did not."""
    began_s = time.monotonic()
    heard, _, _ = select.select([alarm], [], [], timeout_s)
    return time.monotonic() - began_s if heard else None


def test_it_goes_off_at_its_moment_and_not_before() -> None:
    alarm = Alarm()
    alarm.set(time.monotonic() + 0.05)
    waited = waited_s(alarm, timeout_s=5.0)
    assert waited is not None
    assert waited >= 0.0499
    alarm.close()


@pytest.mark.parametrize("at_s", [0.0, -1.0, float("-inf"), 1e-9])
def test_a_moment_that_has_passed_goes_off_at_once(at_s: float) -> None:
    alarm = Alarm()
    alarm.set(at_s)
    assert waited_s(alarm, timeout_s=5.0) is not None
    alarm.close()


def test_another_moment_replaces_the_first() -> None:
    alarm = Alarm()
    alarm.set(0.0)
    alarm.set(time.monotonic() + 3600)
    assert waited_s(alarm, timeout_s=0.01) is None
    alarm.close()
