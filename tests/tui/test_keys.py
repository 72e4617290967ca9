from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from prompt_toolkit.application import Application
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.layout import Layout, Window
from prompt_toolkit.output import DummyOutput

from improvd.tui.desk import Desk, Leaving
from improvd.tui.keys import ANSWERS, BINDINGS, PIANO_BINDINGS, bindings_for, label
from improvd.tui.piano import LETTERS
from improvd.tui.status import Status
from improvd.tui.view import Mode

UP, DOWN, RIGHT, LEFT, SHIFT_UP, SHIFT_LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[1;2A", "\x1b[1;2D"
ENTER, TAB, ESCAPE, BACKSPACE, F1 = "\r", "\t", "\x1b", "\x7f", "\x1bOP"

STATUS = Status(state="listening", word="LISTENING", midi="jack", synth_available=True)
END = "\x1b[24~"
"""F12, which the screen leaves free, ends the typing."""


def _typed(keys: str, status: Status = STATUS, mode: Mode = Mode.COMMANDS) -> tuple[Desk, list[tuple[object, ...]]]:
    """Type keys on a terminal; return the desk, and what it asked of the daemon."""
    sent: list[tuple[object, ...]] = []
    desk = Desk(lambda method, **params: sent.append((method, *params.values())))
    desk.hear(status, 0.0)
    if desk.view.mode is not mode:
        desk.switch_mode()
    sent.clear()
    table = bindings_for(desk, redraw=lambda: sent.append(("redraw",)))
    with create_pipe_input() as pipe:
        app: Application[None] = Application(
            layout=Layout(Window()), key_bindings=table, input=pipe, output=DummyOutput()
        )
        app.ttimeoutlen = app.timeoutlen = 0.01
        table.add("f12")(lambda event: app.exit())
        pipe.send_text(keys)
        pipe.send_text(END)
        asyncio.run(app.run_async(handle_sigint=False))
    return desk, sent


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        (ENTER, ("do", "your_turn")),
        (BACKSPACE, ("do", "stop")),
        ("x", ("do", "stop")),
        (UP, ("nudge", "sampling.temperature", 1)),
        ("-", ("nudge", "sampling.temperature", -1)),
        (SHIFT_UP, ("nudge", "sampling.temperature", 5)),
        (RIGHT, ("nudge", "clock.bpm", 1)),
        ("[", ("nudge", "clock.bpm", -1)),
        (SHIFT_LEFT, ("nudge", "clock.bpm", -10)),
        ("p", ("do", "panic")),
        ("P", ("do", "panic")),
        ("t", ("set", "midi.thru", "on")),
        ("F", ("do", "synth", True)),
        ("n", ("do", "forget")),
        ("\x0c", ("redraw",)),
    ],
)
def test_a_key_of_commands_mode_asks_the_daemon(keys, asked):
    assert _typed(keys)[1] == [asked]


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        (ENTER, ("do", "your_turn")),
        (BACKSPACE, ("do", "stop")),
        (DOWN, ("nudge", "sampling.temperature", -1)),
        (LEFT, ("nudge", "clock.bpm", -1)),
        ("]", ("nudge", "clock.bpm", 1)),
        ("\x10", ("do", "panic")),
        ("\x14", ("set", "midi.thru", "on")),
        ("\x06", ("do", "synth", True)),
        ("\x0e", ("do", "forget")),
    ],
)
def test_keys_that_are_no_letters_mean_the_same_in_piano_mode(keys, asked):
    assert _typed(keys, mode=Mode.PIANO)[1] == [asked]
    assert _typed(keys, mode=Mode.COMMANDS)[1] == [asked]


def test_the_letters_are_a_piano_in_piano_mode():
    asked = _typed(LETTERS, mode=Mode.PIANO)[1]
    assert asked == [("do", "key", 48 + semitone, 80) for semitone in range(25)]


def test_shift_plays_louder():
    assert _typed("zZ", mode=Mode.PIANO)[1] == [("do", "key", 48, 80), ("do", "key", 48, 112)]


def test_minus_and_equals_move_the_octave_of_the_piano():
    assert _typed("=z--z", mode=Mode.PIANO)[1] == [("do", "key", 60, 80), ("do", "key", 36, 80)]


@pytest.mark.parametrize("letter", ["p", "f", "k", "l", "o", "a", "1", "0"])
def test_a_letter_that_is_no_piano_key_does_nothing_there(letter):
    desk, asked = _typed(letter, mode=Mode.PIANO)
    assert (asked, desk.view.help, desk.leaving) == ([], False, None)


def test_tab_goes_to_the_piano_and_back():
    assert _typed(TAB)[0].view.mode is Mode.PIANO
    assert _typed(TAB + TAB)[0].view.mode is Mode.COMMANDS


@pytest.mark.parametrize("key", ["h", "?", F1])
def test_help_opens_and_the_same_key_closes_it(key):
    assert _typed(key)[0].view.help
    assert not _typed(key + key)[0].view.help


def test_escape_closes_the_help():
    assert not _typed("h" + ESCAPE)[0].view.help


@pytest.mark.parametrize(("keys", "mode"), [("q", Mode.COMMANDS), ("\x04", Mode.COMMANDS), ("\x04", Mode.PIANO)])
def test_leaving_detaches(keys, mode):
    desk, asked = _typed(keys, mode=mode)
    assert (desk.leaving, asked) == (Leaving.DETACHED, [])


@pytest.mark.parametrize("keys", ["Q", "\x11", "\x03"])
def test_quitting_asks_first(keys):
    desk, asked = _typed(keys)
    assert (desk.view.asking, desk.leaving, asked) == (True, None, [])


@pytest.mark.parametrize("yes", ["y", ENTER, "\x03"])
def test_yes_ends_the_daemon(yes):
    desk, asked = _typed("\x03" + yes, mode=Mode.PIANO)
    assert (desk.leaving, asked) == (Leaving.QUIT, [("do", "quit")])


@pytest.mark.parametrize("no", ["n", ESCAPE, "z", UP])
def test_any_other_key_plays_on_and_does_nothing_else(no):
    desk, asked = _typed("Q" + no)
    assert (desk.view.asking, desk.leaving, asked) == (False, None, [])


def test_the_question_may_be_answered_by_leaving():
    desk, asked = _typed("Qd")
    assert (desk.leaving, asked) == (Leaving.DETACHED, [])


def test_a_number_takes_the_keyboard_of_the_list():
    first = replace(STATUS, first_run=True, keyboards=("Keystation", "Launchkey"))
    assert _typed("2", first)[1] == [("do", "connect", "Launchkey")]


def test_no_key_means_two_things_in_one_mode():
    piano = [key for binding in (*BINDINGS, *PIANO_BINDINGS) for key in binding.keys]
    commands = [key for binding in BINDINGS for key in (*binding.keys, *binding.letters)]
    answers = [key for binding in ANSWERS for key in binding.keys]
    for keys in (piano, commands, answers):
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("key", "name"), [("c-p", "Ctrl-P"), ("up", "↑"), ("h", "h"), ("enter", "Enter")])
def test_keys_are_called_as_people_call_them(key, name):
    assert label(key) == name
