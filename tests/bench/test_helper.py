from __future__ import annotations

import sys

import pytest

from improvd.bench.helper import Helper
from improvd.errors import ImprovdError, PortError


def helper(text: str) -> Helper:
    return Helper([sys.executable, "-c", f"from improvd.bench.helper import *; {text}"])


def test_a_helper_answers_what_it_is_told_and_ends_with_its_parent():
    with helper("say(got=listen()['word']); listen(); say(error='it went on')") as one:
        one.tell(word=7)
        assert one.hear(10) == {"got": 7}
    assert one._process.returncode == 0


def test_the_sentence_of_a_helper_that_cannot_is_raised():
    with helper("say(error='no port')") as one, pytest.raises(PortError, match="no port"):
        one.hear(10)


def test_a_helper_that_ends_without_a_word_is_told():
    with helper("pass") as one, pytest.raises(ImprovdError, match="ended"):
        one.hear(10)


def test_a_helper_that_says_nothing_is_not_waited_for_for_ever():
    with helper("listen()") as one, pytest.raises(ImprovdError, match="says nothing"):
        one.hear(0.01)


def test_one_that_is_busy_ends_with_its_parent_too():
    with helper("end_with_parent(); say(ready=1)\nwhile True: pass") as one:
        one.hear(10)
    assert one._process.returncode == 0
