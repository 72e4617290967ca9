"""The panes: pure functions from a view and a size to lines of styled text, and the screen put together from them."""

from __future__ import annotations

from dataclasses import dataclass

from improvd.config import settings
from improvd.tui.blocks import ROWS, block_word
from improvd.tui.keys import ANSWERS, BINDINGS, TEMPERATURE, Binding, foot_hint, keys_shown
from improvd.tui.piano import piano_pane
from improvd.tui.roll import roll_pane
from improvd.tui.status import Status
from improvd.tui.terminal import fits, size_needed
from improvd.tui.text import Line, bar, centred, cut, fill, joined, plain, spread, width_of, wrap
from improvd.tui.view import NO_MIDI, Mode, View

WIDEST_WORD = "ANSWERING 2/4"
"""Block letters are as large as this word allows, so that their size does not change with the word."""

STATE_STYLES = {
    "listening": "class:call",
    "your turn": "class:call",
    "answer in": "class:answer",
    "answering": "class:answer",
    "no model": "class:alarm",
}

FULL_HELP_COLUMNS = 76
CHOICE_COLUMNS = 72
"""In so many columns there is room to say of how many bars the one that plays is the best."""

PIANO_HELP = (
    "In PIANO mode the letters play: z and q begin an octave each, - and = move the octave, Shift is louder. "
    "Keys that are no letters work in both modes."
)

RECENT_S = 0.15
"""For how long an activity lamp stays lit."""

NO_READER = "nothing reads improvd-out: connect your instrument"


# --- the screen ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """This says how many rows each part of the screen takes.

    Attributes:
        scale: of the block letters; 0 for plain text.
        word, gauges, middle, piano, figures: rows of these parts.
        gaps: blank rows after the head, after the word, before the gauges and before the roll.
    """

    scale: int
    word: int
    gauges: int
    gaps: tuple[int, int, int, int]
    middle: int
    piano: int
    figures: int


def plan(columns: int, rows: int, *, piano: bool) -> Plan:
    """Return how a size is shared out: words are large where they fit, the roll takes what is left."""
    wide = len(block_word(WIDEST_WORD)[0])
    scale = min((columns - 2) // wide, max(1, rows // 20)) if rows >= 18 else 0
    word = ROWS * scale if scale else 1
    gauges, figures = (2 if rows >= 16 else 1), (1 if rows >= 14 else 0)
    keyboard = 0 if not piano else (6 if rows >= 36 else 4 if rows >= 20 else 2)
    spare = rows - (1 + word + 1 + 1 + gauges + figures + 1) - keyboard
    open_gaps = min(max(spare - (5 if piano else 6), 0), 4)
    gaps = tuple(int(place < open_gaps) for place in range(4))
    return Plan(scale, word, gauges, gaps, spare - open_gaps, keyboard, figures)  # type: ignore[arg-type]


def screen(view: View, columns: int, rows: int) -> list[Line]:
    """Return the whole screen as exactly `rows` lines of exactly `columns` columns."""
    if not fits(columns, rows):
        lines = too_small(columns, rows)
    elif view.help:
        lines = _with_help(view, columns, rows)
    else:
        lines = _playing(view, columns, rows)
    blank = [()] * (rows - len(lines))
    return [fill(line, columns) for line in [*lines, *blank]][:rows]


def too_small(columns: int, rows: int) -> list[Line]:
    """Return the one sentence that a tiny terminal shows."""
    return wrap((("class:warn", size_needed(columns, rows)),), columns)


def _playing(view: View, columns: int, rows: int) -> list[Line]:
    sizes = plan(columns, rows, piano=view.mode is Mode.PIANO)
    inner = columns - 2
    after_head, after_word, _, before_roll = ([()] * gap for gap in sizes.gaps)
    body = [
        *after_head,
        *word_pane(view, inner, sizes.scale),
        *after_word,
        fill_pane(view, inner),
        *reason_pane(view, inner, 1 + sizes.gaps[2]),
        *gauges_pane(view.status, inner, sizes.gauges),
        *before_roll,
        *middle_pane(view, inner, sizes.middle),
        *(piano_pane(view, inner, sizes.piano) if sizes.piano else []),
        *(figures_pane(view.status, inner) for _ in range(sizes.figures)),
    ]
    return [head_pane(view.status, columns), *_indented(body), foot_pane(view, columns)]


def _with_help(view: View, columns: int, rows: int) -> list[Line]:
    """Return the screen with the keys below the word; where they need the room, in place of it."""
    body = help_pane(columns - 2, rows - 2)
    word = word_pane(view, columns - 2, plan(columns, rows, piano=False).scale)
    if len(word) + len(body) + 4 <= rows:
        body = [(), *word, (), *body]
    blank: list[Line] = [()] * (rows - 2 - len(body))
    return [head_pane(view.status, columns), *_indented([*body, *blank]), foot_pane(view, columns)]


def _indented(lines: list[Line]) -> list[Line]:
    return [(("", " "), *line) if line else line for line in lines]


# --- its parts, from top to bottom ---------------------------------------------------------


def head_pane(status: Status, columns: int) -> Line:
    """Return the top line: the model, its runtime and choice, the MIDI system, and lamps for what goes in and out."""
    dim = "class:head-dim"
    model = ((dim, f"{status.model or 'no model'}"), (dim, f" · {status.runtime}" if status.runtime else ""))
    left: Line = (("class:head-name", " improvd "), ("class:head", " "), *model)
    if columns >= CHOICE_COLUMNS and status.candidates > 1:
        left = (*left, (dim, f" · best of {status.candidates}"))
    if columns >= 60:
        left = (*left, (dim, f" · {'no MIDI' if status.midi == NO_MIDI else status.midi}" if status.midi else ""))
    lamps = (
        *_lamp("in", status.last_in_s, "class:lamp-in"), ("class:head", "  "),
        *_lamp("out", status.last_out_s, "class:lamp-out"), ("class:head", " "),
    )  # fmt: skip
    return spread(left, lamps, columns, "class:head")


def _lamp(name: str, last_s: float | None, style: str) -> Line:
    lit = last_s is not None and last_s < RECENT_S
    return (("class:head-dim", f"{name} "), (style if lit else "class:head-dim", "●" if lit else "○"))


def headline(view: View) -> tuple[str, str]:
    """Return the large word and its style."""
    if view.asking:
        return "QUIT?", "class:alarm"
    if view.lost_s is not None:
        return "NO DAEMON", "class:alarm"
    return view.status.word or "…", STATE_STYLES.get(view.status.state, "class:strong")


def word_pane(view: View, columns: int, scale: int) -> list[Line]:
    """Return the large word in block letters, or as a band of its colour where they do not fit."""
    word, style = headline(view)
    rows = block_word(word, scale) if scale else ("",)
    if scale and len(rows[0]) <= columns:
        return [centred(((f"{style} bold", row),), columns) for row in rows]
    spaced = " ".join(word)
    band: Line = ((f"{style} bold reverse", (spaced if len(spaced) <= columns else word).center(columns)),)
    blank: list[Line] = [()] * (len(rows) // 2)
    return [*blank, cut(band, columns), *blank]


def fill_pane(view: View, columns: int) -> Line:
    """Return the bar that fills towards the end of the phrase."""
    share = 0.0 if view.lost_s is not None else view.status.fill
    return bar(share, columns, headline(view)[1], "class:track")


def messages(view: View) -> list[Line]:
    """Return what there is to say, the most pressing first."""
    status = view.status
    said = [
        (view.asking, "class:strong", "end improvd and its music?"),
        (view.lost_s is not None, "class:warn", "the daemon is gone; the screen waits for it to come back"),
        (True, "class:strong", view.say),
        (view.first_minute and not view.asking, "class:warn", _first_minute_reason(status)),
        (True, "class:warn", status.notice),
        (not view.first_minute, "class:strong", status.reason),
        (not view.first_minute, "class:warn", _hint(view)),
        (bool(status.take) and status.midi == NO_MIDI, "class:dim", f"recording to {status.take}"),
    ]
    return [((style, sentence),) for wanted, style, sentence in said if wanted and sentence]


def reason_pane(view: View, columns: int, rows: int) -> list[Line]:
    """Return the reasons why nothing happens, and what to do, centred, as many as there is room for."""
    wrapped = [part for line in messages(view)[:rows] for part in (wrap(line, columns) if rows > 1 else [line])]
    lines = [centred(cut(line, columns), columns) for line in wrapped[:rows]]
    return [*lines, *([()] * (rows - len(lines)))]


def _hint(view: View) -> str:
    status = view.status
    if status.midi == NO_MIDI:
        play = "the letters play" if view.mode is Mode.PIANO else "Tab makes the letters a piano"
        return f"{status.midi_why or 'no MIDI system'}: {play}"
    if status.readers == () and not status.synth:
        press = "press F" if view.mode is Mode.COMMANDS else "Ctrl-F"
        return f"{NO_READER}, or {press} for fluidsynth" if status.synth_available else NO_READER
    return ""


def gauges_pane(status: Status, columns: int, rows: int) -> list[Line]:
    """Return tempo with a lamp a beat and temperature with its gauge, side by side; in one row where it is tight."""
    half = (columns - 4) // 2
    low, high = _temperature_range()
    share = (status.temperature - low) / (high - low)
    tempo: Line = (("class:dim", "TEMPO "), ("class:strong", f"{status.bpm:g}"))
    heat: Line = (("class:dim", "TEMPERATURE "), ("class:strong", f"{status.temperature:.2f}"))
    scale: Line = (("class:dim", _style(status) or f"{low:g} – {high:g}"),)
    if rows == 1:
        tempo, heat = (("class:strong", f"{status.bpm:g} bpm "),), (("class:strong", f"T {status.temperature:.2f} "),)
        lamps = beat_lamps(status, half - width_of(tempo))
        gauge = bar(share, columns - 4 - half - width_of(heat), "class:gauge", "class:track")
        return [(*fill((*tempo, *lamps), half), ("", "    "), *heat, *gauge)]
    metre: Line = (("class:dim", f"{status.meter} · bar {status.bar}"),)
    source = _source(status)
    if width_of(tempo) + width_of(metre) + len(source) + 5 <= half:
        metre = (("class:dim", f"{source} · " if source else ""), *metre)
    gauge = bar(share, columns - 4 - half, "class:gauge", "class:track")
    return [
        (*spread(tempo, metre, half), ("", "    "), *spread(heat, scale, columns - 4 - half)),
        (*fill(beat_lamps(status, half), half), ("", "    "), *gauge),
    ]


def _source(status: Status) -> str:
    """Return who gives the tempo, in a word or two, and how that goes; empty where improvd does."""
    names = {"midi": "MIDI clock", "link": "Link", "follow": "follows you"}
    words = [names.get(status.clock_source, ""), "click" if status.click else ""]
    words.append("stands" if not status.rolling else status.clock_state if status.clock_state != "locked" else "")
    return ", ".join(filter(None, words))


def _style(status: Status) -> str:
    """Return the style in force, and whether improvd found it; empty where no style is asked for."""
    if status.style_auto:
        return f"{status.style} (auto)" if status.style != "any" else "style auto"
    return status.style if status.style != "any" else ""


def _temperature_range() -> tuple[float, float]:
    rule = settings()[TEMPERATURE]
    return rule.low or 0.0, rule.high or 2.0


def beat_lamps(status: Status, columns: int) -> Line:
    """Return a lamp for each beat of the bar, the one that sounds now lit; the first has a colour of its own."""
    metre = status.metre
    current = int((status.beat - 1) * metre.denominator / 4 + 1e-6)
    edges = [beat * (columns + 1) // metre.numerator for beat in range(metre.numerator + 1)]
    if columns + 1 < 2 * metre.numerator:
        return (("class:strong", f"{current + 1}/{metre.numerator}"),)
    lit = "class:downbeat" if current == 0 else "class:upbeat"
    looks = [(lit, "█") if beat == current else ("class:track", "░") for beat in range(metre.numerator)]
    lamps = [
        ((style, mark * (right - left - 1)),)
        for (style, mark), left, right in zip(looks, edges, edges[1:], strict=False)
    ]
    return joined(lamps, " ")


def middle_pane(view: View, columns: int, rows: int) -> list[Line]:
    """Return the piano roll, or the question of the first minute in its place."""
    return first_minute_pane(view.status, columns, rows) if view.first_minute else roll_pane(view.status, columns, rows)


def _first_minute_reason(status: Status) -> str:
    return "press a key on your keyboard" if status.keyboards else "no keyboard found yet"


def first_minute_pane(status: Status, columns: int, rows: int) -> list[Line]:
    """Return the keyboards found, with the numbers that pick them; where there are none, what to do."""
    if not status.keyboards:
        told = [
            "Plug in a keyboard: it appears here by itself.",
            "Or connect your DAW or keyboard to the MIDI port improvd-in.",
            "Or press Tab: the letters of this keyboard are a piano.",
        ]
        return [(("class:strong" if i == 0 else "", line),) for i, line in enumerate(told)][:rows] + [()] * (rows - 3)
    listed: list[Line] = [
        (("class:commands", f" {number} "), ("class:strong", f" {name}"))
        for number, name in enumerate(status.keyboards[:9], start=1)
    ]
    title: Line = (("", "Which is yours? Press any key on it, or its number here. Esc decides later."),)
    spaced = [title, (), *listed] if len(listed) + 2 <= rows else [title, *listed]
    return [*spaced, *([()] * (rows - len(spaced)))][:rows]


def figures_pane(status: Status, columns: int) -> Line:
    """Return latency, jitter and switches at the left, what went wrong beside them, the legend at the right."""
    thru = f"{status.thru_mode} ({'on' if status.thru else 'off'})" if status.thru_mode == "auto" else status.thru_mode
    synth: Line = (("class:dim", "synth "), ("", "on")) if status.synth else ()
    figures = (
        _figure("latency", status.latency_ms), _figure("jitter", status.jitter_p99_ms),
        (("class:dim", "thru "), ("", thru)), synth, *map(_fault, _faults(status)),
    )  # fmt: skip
    legend: Line = (("class:call", "██ "), ("", "you  "), ("class:answer", "▌▌ "), ("", "improvd"))
    told = joined(figures)
    return spread(told, legend if width_of(told) + width_of(legend) + 2 <= columns else (), columns)


def _figure(name: str, value_ms: float | None) -> Line:
    text = "–" if value_ms is None else f"{value_ms:.0f} ms" if value_ms >= 10 else f"{value_ms:.1f} ms"
    return (("class:dim", f"{name} "), ("", text))


def _faults(status: Status) -> list[str]:
    counts = (("late", status.late), ("dropped", status.dropped), ("echoes", status.echoes),
              ("restarts", status.restarts))  # fmt: skip
    return [f"{name} {count}" for name, count in counts if count]


def _fault(text: str) -> Line:
    return (("class:alarm", text),)


def foot_pane(view: View, columns: int) -> Line:
    """Return the bottom line: the mode, and the keys most needed in it."""
    if view.asking:
        answers = "     ".join(f"{answer.shown} {answer.does}" for answer in ANSWERS)
        return fill((("class:question", f" {answers}"),), columns, "class:question")
    style = "class:piano" if view.mode is Mode.PIANO else "class:commands"
    badge: Line = ((style, f" {view.mode.name} "), ("class:foot", " "))
    always = joined([_hinted(b, view.mode) for b in BINDINGS if b.always_hinted], "  ")
    right = (*_on_foot(always), ("class:foot", " "))
    room = columns - width_of(badge) - width_of(right)
    left: Line = ()
    for binding in BINDINGS:
        if binding.hint and not binding.always_hinted:
            longer = joined([left, _hinted(binding, view.mode)], "  ")
            left = longer if width_of(longer) + 2 <= room else left
    return spread((*badge, *_on_foot(left)), right, columns, "class:foot")


def _hinted(binding: Binding, mode: Mode) -> Line:
    key, hint = foot_hint(binding, mode)
    return (("class:foot-key", key), ("class:foot", f" {hint}"))


def _on_foot(line: Line) -> Line:
    return tuple((style or "class:foot", text) for style, text in line)


def help_pane(columns: int, rows: int) -> list[Line]:
    """Return the table of keys: in full where there is room, else each with a word or two."""
    entries = [(keys_shown(binding), binding.does) for binding in BINDINGS if binding.does]
    if columns < FULL_HELP_COLUMNS:
        entries = [foot_hint(binding, Mode.COMMANDS) for binding in BINDINGS if binding.hint]
    table = _in_two_columns(entries, columns)
    notes = wrap((("class:dim", PIANO_HELP),), columns)
    return [*table, (), *notes] if len(table) + 1 + len(notes) <= rows else table


def _in_two_columns(entries: list[tuple[str, str]], columns: int) -> list[Line]:
    each, down = columns // 2, -(-len(entries) // 2)
    label_columns = max(len(keys) for keys, _ in entries) + 2
    cells = [fill((("class:strong", keys.ljust(label_columns)), ("", does)), each - 1) for keys, does in entries]
    return [joined(cells[row::down], " ") for row in range(down)]


def as_text(lines: list[Line]) -> str:
    """Return lines without their styles, for tests and logs."""
    return "\n".join(plain(line) for line in lines)
