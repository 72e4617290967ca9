"""Piano rolls: time to the right in lines of some bars, pitch upwards, a colour for each layer of the music."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from improvd.music.codec import PARTS
from improvd.music.note import Note, pitch_name
from improvd.music.timing import Meter, MeterChange
from improvd.training.corpus.piece import Piece
from improvd.training.metrics.passage import DRUMS
from improvd.training.pictures.bars import Bar, bars, lines_of
from improvd.training.pictures.paper import GRID, INK, SHADE, WIDTH_INCHES, Form, bare, colour, drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEATS_AN_INCH = 4
LANE_INCHES, DRUM_INCHES, LINE_INCHES = 0.05, 0.14, (0.5, 2.2)
FEWEST_LANES = 14
BLACK_KEYS = (1, 3, 6, 8, 10)
DRUM_NAMES: Mapping[int, str] = {
    22: "hat edge", 26: "open edge", 35: "kick", 36: "kick", 37: "stick", 38: "snare", 39: "clap", 40: "rim shot",
    41: "low tom", 42: "hat", 43: "low tom", 44: "foot hat", 45: "mid tom", 46: "open hat", 47: "mid tom",
    48: "high tom", 49: "crash", 50: "high tom", 51: "ride", 52: "crash", 53: "ride bell", 55: "crash",
    56: "cowbell", 57: "crash", 58: "tom rim", 59: "ride edge",
}  # fmt: skip
"""What is struck on a key: General MIDI's percussion map, and the zones of the drum kit of Groove MIDI."""


@dataclass(frozen=True, slots=True)
class Layer:
    """This is some notes that are shown in one colour, and what the legend calls them."""

    name: str
    notes: tuple[Note, ...]


class Lane(NamedTuple):
    """This is a row of the roll: a key, which drums have for themselves."""

    drums: bool
    pitch: int

    @classmethod
    def of(cls, note: Note) -> Lane:
        """Return where a note lies."""
        return cls(note.part == DRUMS, note.pitch)

    @property
    def name(self) -> str:
        """What is written beside it: each C, and what is struck; '' for other keys."""
        if self.drums:
            return DRUM_NAMES.get(self.pitch, str(self.pitch))
        return "" if self.pitch % 12 else pitch_name(self.pitch)

    @property
    def black(self) -> bool:
        """Whether it is a black key."""
        return not self.drums and self.pitch % 12 in BLACK_KEYS


def layers_of(piece: Piece) -> list[Layer]:
    """Return the parts of a piece, each a layer."""
    parts = sorted({note.part for note in piece.notes})
    return [Layer(PARTS[part], tuple(note for note in piece.notes if note.part == part)) for part in parts]


def piano_roll(
    layers: Sequence[Layer],
    meters: Sequence[MeterChange],
    *,
    title: str = "",
    width: float = WIDTH_INCHES,
    form: Form = "svg",
) -> bytes:
    """Return a piano roll.

    Args:
        layers: of notes; at least one note in all.
        meters: as in `Piece`.
        title: written above.
        width: of the picture, in inches.
        form: of the file.
    """
    notes = [note for layer in layers for note in layer.notes]
    lanes = _lanes(notes)
    lines = lines_of(bars(meters, max(note.end_beats for note in notes)), round((width - 0.6) * BEATS_AN_INCH))
    line_height = _line_height(lanes)

    def draw(figure: Figure) -> None:
        longest = max(line[-1].end_beats - line[0].start_beats for line in lines)
        for axes, line in zip(figure.subplots(len(lines), squeeze=False)[:, 0], lines, strict=True):
            _draw_lanes(axes, lanes, line)
            _draw_bars(axes, line)
            for number, layer in enumerate(layers):
                _draw_notes(axes, layer, lanes, colour(number), line)
            axes.set(xlim=(line[0].start_beats, line[0].start_beats + longest), ylim=(-0.5, len(lanes) - 0.5))
        axes.set_xlabel("bar", fontsize=8)
        figure.supylabel("struck" if all(lane.drums for lane in lanes) else "pitch", fontsize=8)
        _draw_heading(figure, title, layers)

    return drawn(draw, form, height=line_height * len(lines) + 0.75, width=width)


def _lanes(notes: Sequence[Note]) -> dict[Lane, int]:
    """Return the rows from below upwards: drums that are struck, then all keys of the range and a little more."""
    drums = sorted({Lane.of(note) for note in notes if note.part == DRUMS})
    pitches = [note.pitch for note in notes if note.part != DRUMS]
    if not pitches:
        return {lane: row for row, lane in enumerate(drums)}
    low, high = min(pitches), max(pitches)
    more = max(1, -(-(FEWEST_LANES - (high - low + 1)) // 2))
    keys = [Lane(False, pitch) for pitch in range(low - more, high + more + 1)]
    return {lane: row for row, lane in enumerate([*drums, *keys])}


def _line_height(lanes: Mapping[Lane, int]) -> float:
    """Return the height of a line in inches: drums need room for their names, keys a little, within limits."""
    drums = sum(lane.drums for lane in lanes)
    keys = min(LANE_INCHES * (len(lanes) - drums), LINE_INCHES[1]) if len(lanes) > drums else 0.0
    return max(DRUM_INCHES * drums + keys, LINE_INCHES[0]) + 0.25


def _draw_lanes(axes: Axes, lanes: Mapping[Lane, int], line: Sequence[Bar]) -> None:
    """Shade the rows as a keyboard does and write the names."""
    start, end = line[0].start_beats, line[-1].end_beats
    for lane, row in lanes.items():
        if lane.black:
            axes.barh(row, end - start, 1, start, color=SHADE, linewidth=0)
        if lane.name:
            axes.hlines(row - 0.5, start, end, color=GRID, linewidth=0.4)
    named = {row: lane.name for lane, row in lanes.items() if lane.name}
    axes.set_yticks(list(named), list(named.values()))
    bare(axes)


def _draw_bars(axes: Axes, line: Sequence[Bar]) -> None:
    """Draw beats, bar lines and the numbers of the bars."""
    for bar in line:
        beats = round(bar.beats / _beat(bar.meter))
        for beat in range(1, beats):
            axes.axvline(bar.start_beats + beat * _beat(bar.meter), color=GRID, linewidth=0.3)
        axes.axvline(bar.start_beats, color=INK, linewidth=0.6)
    axes.axvline(line[-1].end_beats, color=INK, linewidth=0.6)
    axes.set_xticks([bar.start_beats for bar in line], [str(bar.number) for bar in line], ha="left")
    axes.tick_params(axis="x", pad=1)


def _beat(meter: Meter) -> float:
    """Return what is counted as a beat, in quarters: dotted in 6/8, 9/8 and 12/8."""
    compound = meter.denominator >= 8 and meter.numerator % 3 == 0
    return 4 / meter.denominator * (3 if compound else 1)


def _draw_notes(axes: Axes, layer: Layer, lanes: Mapping[Lane, int], shade: str, line: Sequence[Bar]) -> None:
    start, end = line[0].start_beats, line[-1].end_beats
    shown = [note for note in layer.notes if note.onset_beats < end and note.end_beats > start]
    rows = [lanes[Lane.of(note)] for note in shown]
    lefts = [max(note.onset_beats, start) for note in shown]
    rights = [max(min(note.end_beats, end) - 0.03, left + 0.1) for note, left in zip(shown, lefts, strict=True)]
    widths = [right - left for left, right in zip(lefts, rights, strict=True)]
    axes.barh(rows, widths, 0.84, lefts, color=shade, edgecolor="white", linewidth=0.2, zorder=2)


def _draw_heading(figure: Figure, title: str, layers: Sequence[Layer]) -> None:
    """Write the title above, and below what the colours mean where there are several."""
    from matplotlib.patches import Patch

    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9)
    if len(layers) > 1:
        shown = [Patch(color=colour(number), label=layer.name) for number, layer in enumerate(layers)]
        figure.legend(handles=shown, loc="outside lower left", ncols=4, handlelength=1, columnspacing=1.2)
