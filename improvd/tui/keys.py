"""The keys: one table, from which the bindings, the line at the foot and the help are made.

Letters are commands in COMMANDS mode and a piano in PIANO mode; all other keys mean the same in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from improvd.tui.desk import Desk
from improvd.tui.piano import LETTERS
from improvd.tui.view import Mode

Action = Callable[[Desk, str], None]
"""What a key does, told which key it was."""

LABELS = {
    "up": "↑", "down": "↓", "left": "←", "right": "→",
    "s-up": "Shift-↑", "s-down": "Shift-↓", "s-left": "Shift-←", "s-right": "Shift-→",
    "enter": "Enter", "backspace": "Backspace", "tab": "Tab", "escape": "Esc", "f1": "F1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Binding:
    """This is one thing that keys do.

    Attributes:
        does: what, for the help; empty where the row above says it already.
        action: how.
        keys: prompt_toolkit's names of keys that mean it in both modes.
        letters: keys that mean it in COMMANDS mode only.
        shown: the keys as the help names them, where their names do not say it well.
        hint: what it does in a word or two, for the foot; empty where the foot leaves it out.
        always_hinted: stands at the right of the foot however narrow it is.
    """

    does: str
    action: Action
    keys: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    shown: str = ""
    hint: str = ""
    always_hinted: bool = False


TEMPERATURE, TEMPO = "sampling.temperature", "clock.bpm"
PUSH_MS = 10

BINDINGS: tuple[Binding, ...] = (
    Binding("your turn: answer now", lambda desk, _: desk.do("your_turn"), ("enter",), hint="your turn"),
    Binding("stop the answer", lambda desk, _: desk.do("stop"), ("backspace",), ("x",), hint="stop"),
    Binding("temperature", lambda desk, _: desk.nudge(TEMPERATURE, 1), ("up",), ("+", "="), "↑ ↓  + -", "temp"),
    Binding("", lambda desk, _: desk.nudge(TEMPERATURE, -1), ("down",), ("-",)),
    Binding("tempo", lambda desk, _: desk.nudge(TEMPO, 1), ("right", "]"), shown="← →  [ ]", hint="tempo"),
    Binding("", lambda desk, _: desk.nudge(TEMPO, -1), ("left", "[")),
    Binding("the same in big steps", lambda desk, _: desk.nudge(TEMPERATURE, 5), ("s-up",), shown="Shift-arrow"),
    Binding("", lambda desk, _: desk.nudge(TEMPERATURE, -5), ("s-down",)),
    Binding("", lambda desk, _: desk.nudge(TEMPO, 10), ("s-right",)),
    Binding("", lambda desk, _: desk.nudge(TEMPO, -10), ("s-left",)),
    Binding("tap the tempo", lambda desk, _: desk.do("tap"), ("c-b",), ("b",), hint="tap"),
    Binding("the downbeat is now", lambda desk, _: desk.do("one"), ("c-o",), ("o",), hint="one"),
    Binding("drag, push the beat", lambda desk, _: desk.push(-PUSH_MS), (), (",",), ", ."),
    Binding("", lambda desk, _: desk.push(PUSH_MS), (), (".",)),
    Binding("click on, off", lambda desk, _: desk.switch_click(), ("c-k",), ("m",), hint="click"),
    Binding("start the song anew", lambda desk, _: desk.do("clock_start"), (), ("s",)),
    Binding("stop the song, go on", lambda desk, _: desk.roll(), (), (" ",), "Space"),
    Binding("panic: all notes off", lambda desk, _: desk.do("panic"), ("c-p",), ("p",), hint="panic"),
    Binding("thru: auto, on, off", lambda desk, _: desk.cycle_thru(), ("c-t",), ("t",), hint="thru"),
    Binding("fluidsynth on, off", lambda desk, _: desk.switch_synth(), ("c-f",), ("f",), hint="synth"),
    Binding("forget what was played", lambda desk, _: desk.do("forget"), ("c-n",), ("n",), hint="forget"),
    Binding("take a listed keyboard", lambda desk, key: desk.take_keyboard(int(key)), (), tuple("123456789"),
            "1 – 9"),
    Binding("piano or commands", lambda desk, _: desk.switch_mode(), ("tab",), hint="piano", always_hinted=True),
    Binding("help, and back", lambda desk, _: desk.toggle_help(), ("f1", "?"), ("h",), hint="help", always_hinted=True),
    Binding("close what is open", lambda desk, _: desk.close(), ("escape",)),
    Binding("leave; improvd plays on", lambda desk, _: desk.detach(), ("c-d",), ("q",), hint="leave",
            always_hinted=True),
    Binding("quit improvd, asks first", lambda desk, _: desk.ask(), ("c-q", "c-c", "<sigint>"), ("Q",),
            "Q  Ctrl-Q", "quit"),
)  # fmt: skip

PIANO_BINDINGS: tuple[Binding, ...] = (
    Binding("play", lambda desk, key: desk.play(key), tuple(LETTERS) + tuple(filter(str.isupper, LETTERS.upper()))),
    Binding("an octave down", lambda desk, _: desk.move_octave(-1), ("-",)),
    Binding("an octave up", lambda desk, _: desk.move_octave(1), ("=", "+")),
)

ANSWERS: tuple[Binding, ...] = (
    Binding("quit", lambda desk, _: desk.quit(), ("y", "Y", "enter", "c-q", "c-c", "<sigint>"), shown="y"),
    Binding("stay", lambda desk, _: desk.stay(), ("n", "N", "escape", Keys.Any.value), shown="n"),
    Binding("leave it playing", lambda desk, _: desk.detach(), ("d", "D", "q", "c-d"), shown="d"),
)
"""What may be answered when quitting asks."""


def bindings_for(desk: Desk, redraw: Callable[[], None]) -> KeyBindings:
    """Return the key bindings of prompt_toolkit that act on a desk; Ctrl-L calls `redraw`."""
    table = KeyBindings()
    for binding in BINDINGS:
        _add(table, desk, binding, binding.keys, (Mode.COMMANDS, Mode.PIANO))
        _add(table, desk, binding, _both_cases(binding.letters), (Mode.COMMANDS,))
    for binding in PIANO_BINDINGS:
        _add(table, desk, binding, binding.keys, (Mode.PIANO,))
    for binding in ANSWERS:
        _add(table, desk, binding, binding.keys, (Mode.QUESTION,))
    table.add("c-l")(lambda event: redraw())
    return table


def _both_cases(letters: tuple[str, ...]) -> tuple[str, ...]:
    """Return letters with their capitals, so that Caps Lock does no harm; q and Q differ."""
    return letters if letters in (("q",), ("Q",)) else tuple({*letters, *map(str.upper, letters)})


def _add(table: KeyBindings, desk: Desk, binding: Binding, keys: tuple[str, ...], modes: tuple[Mode, ...]) -> None:
    in_force = Condition(lambda: desk.view.context in modes)

    def act(event: KeyPressEvent) -> None:
        binding.action(desk, event.key_sequence[0].data)

    for key in keys:
        table.add(key, filter=in_force)(act)


def label(key: str) -> str:
    """Return a key as people call it."""
    return f"Ctrl-{key[2:].upper()}" if key.startswith("c-") else LABELS.get(key, key)


def keys_shown(binding: Binding) -> str:
    """Return the keys of a binding for the help: the letter first, then what works in both modes."""
    return binding.shown or "  ".join(label(key) for key in (*binding.letters[:1], *binding.keys[:1]))


def foot_hint(binding: Binding, mode: Mode) -> tuple[str, str]:
    """Return the key of a binding in a mode and its hint, as short as the foot needs them."""
    if binding.hint in ("temp", "tempo"):
        return ("↑↓" if binding.hint == "temp" else "←→"), binding.hint
    if binding.keys == ("tab",):
        return "Tab", "piano" if mode is Mode.COMMANDS else "commands"
    key = (binding.letters if mode is Mode.COMMANDS and binding.letters else binding.keys)[0]
    return label(key).replace("Ctrl-", "^"), binding.hint
