"""Draw a primer and its answer as a piano roll: time to the right with bar lines, pitch upwards; needs Pillow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from improvd.music.note import TICKS_PER_BEAT, pitch_name
from improvd.music.timing import Meter
from improvd.training.metrics.passage import DRUMS, Passage

FINER = 2
"""Everything is drawn so many times as large and then reduced, for smooth edges."""

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1200, 84, 16, 44, 28
ROLL_HEIGHT, HIGHEST_LANE, FEWEST_LANES = 320, 24, 14
FONT_PIXELS, NARROWEST_BEAT, NARROWEST_NUMBER, NARROWEST_NOTE = 15, 14, 34, 4
PAPER, INK, BAR, BEAT, BLACK_KEY, OCTAVE = "#ffffff", "#222222", "#a0a0a0", "#e4e4e4", "#f4f4f4", "#cccccc"
PRIMER, ANSWER = "#b0502a", "#1f5fa8"

BLACK_KEYS = (1, 3, 6, 8, 10)
DRUM_NAMES: Mapping[int, str] = {
    22: "hat edge", 26: "open edge", 35: "kick", 36: "kick", 37: "stick", 38: "snare", 39: "clap", 40: "rim shot",
    41: "low tom", 42: "hat", 43: "low tom", 44: "foot hat", 45: "mid tom", 46: "open hat", 47: "mid tom",
    48: "high tom", 49: "crash", 50: "high tom", 51: "ride", 52: "crash", 53: "ride bell", 55: "crash",
    56: "cowbell", 57: "crash", 58: "tom rim", 59: "ride edge",
}  # fmt: skip
"""What is struck on a key: General MIDI's percussion map, and the zones of the drum kit of Groove MIDI."""


@dataclass(frozen=True, slots=True)
class Scale:
    """This is where music lies in the picture, in pixels of its final size.

    Attributes:
        lanes: the pitches shown, from below upwards.
        end_ticks: where the last bar ends.
        meter: of all of it.
    """

    lanes: Sequence[int]
    end_ticks: int
    meter: Meter

    @property
    def lane(self) -> float:
        """Height of a pitch."""
        return min(HIGHEST_LANE, ROLL_HEIGHT / len(self.lanes))

    @property
    def floor(self) -> float:
        """Where the lowest lane ends."""
        return TOP + self.lane * len(self.lanes)

    @property
    def beat_ticks(self) -> int:
        """Length of what is counted as a beat: dotted in 6/8, 9/8 and 12/8."""
        compound = self.meter.denominator == 8 and self.meter.numerator % 3 == 0
        return TICKS_PER_BEAT * 4 // self.meter.denominator * (3 if compound else 1)

    def x(self, ticks: float) -> float:
        """Return where a moment is."""
        return LEFT + ticks / self.end_ticks * (WIDTH - LEFT - RIGHT)

    def y(self, pitch: int) -> float:
        """Return the upper edge of a pitch."""
        return self.floor - (self.lanes.index(pitch) + 1) * self.lane


def draw(primer: Passage, answer: Passage, meter: Meter, title: str) -> Image.Image:
    """Return a picture of a primer and its answer, which count onsets from the same bar line."""
    both = primer.before(answer)
    end = int((both.onsets + both.durations).max())
    scale = Scale(_lanes(both), -(-end // meter.bar_ticks) * meter.bar_ticks, meter)
    image = Image.new("RGB", (WIDTH * FINER, round(scale.floor + BOTTOM) * FINER), PAPER)
    pen = Pen(image)
    _draw_pitches(pen, scale, drums=bool((both.parts == DRUMS).all()))
    _draw_bars(pen, scale)
    for passage, colour in ((primer, PRIMER), (answer, ANSWER)):
        _draw_notes(pen, scale, passage, colour)
    _draw_heading(
        pen, title, {f"primer, {len(primer.notes)} notes": PRIMER, f"answer, {len(answer.notes)} notes": ANSWER}
    )
    return image.reduce(FINER)


class Pen:
    """This draws in pixels of the final size on a picture that is `FINER` times as large."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)
        self._font = ImageFont.load_default(FONT_PIXELS * FINER)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str, *, round_by: float = 0) -> None:
        """Fill a rectangle."""
        corners = [round(edge * FINER) for edge in (left, top, right, bottom)]
        self._draw.rounded_rectangle((*corners[:2], corners[2] - 1, corners[3] - 1), round_by * FINER, colour)

    def text(self, x: float, y: float, text: str, anchor: str) -> float:
        """Write, and return how wide the text is."""
        self._draw.text((x * FINER, y * FINER), text, INK, self._font, anchor=anchor)
        return self._draw.textlength(text, self._font) / FINER


def _lanes(passage: Passage) -> list[int]:
    """Return the pitches to show: of drums those that sound, else all of the range and a little more."""
    pitches = sorted(set(passage.pitches.tolist()))
    if (passage.parts == DRUMS).all():
        return pitches
    more = max(1, -(-(FEWEST_LANES - (pitches[-1] - pitches[0] + 1)) // 2))
    return list(range(pitches[0] - more, pitches[-1] + more + 1))


def _draw_pitches(pen: Pen, scale: Scale, *, drums: bool) -> None:
    """Shade the lanes as a keyboard does and name each C; of drums, name what is struck."""
    for pitch in scale.lanes:
        top, middle = scale.y(pitch), scale.y(pitch) + scale.lane / 2
        if not drums and pitch % 12 in BLACK_KEYS:
            pen.box(LEFT, top, WIDTH - RIGHT, top + scale.lane, BLACK_KEY)
        if drums or pitch % 12 == 0:
            pen.box(LEFT, top + scale.lane - 0.5, WIDTH - RIGHT, top + scale.lane + 0.5, OCTAVE)
            name = DRUM_NAMES.get(pitch, str(pitch)) if drums else pitch_name(pitch)
            pen.text(LEFT - 8, middle, name, "rm")


def _draw_bars(pen: Pen, scale: Scale) -> None:
    """Draw beats as far as there is room, bar lines, and the numbers of bars."""
    bar = scale.meter.bar_ticks
    pixels = scale.x(bar) - scale.x(0)
    if pixels * scale.beat_ticks / bar >= NARROWEST_BEAT:
        _draw_uprights(pen, scale, range(0, scale.end_ticks, scale.beat_ticks), BEAT)
    _draw_uprights(pen, scale, range(0, scale.end_ticks + 1, bar), BAR)
    every = next(step for step in (1, 2, 4, 8, 16, 32, 64) if step * pixels >= NARROWEST_NUMBER)
    for number in range(0, scale.end_ticks // bar, every):
        pen.text(scale.x(number * bar), scale.floor + 6, str(number + 1), "mt")


def _draw_uprights(pen: Pen, scale: Scale, places: Sequence[int], colour: str) -> None:
    for ticks in places:
        pen.box(scale.x(ticks) - 0.5, TOP, scale.x(ticks) + 0.5, scale.floor, colour)


def _draw_notes(pen: Pen, scale: Scale, passage: Passage, colour: str) -> None:
    for onset, _, pitch, duration, _ in passage.notes.tolist():
        left, top = scale.x(onset), scale.y(pitch)
        right = max(scale.x(onset + duration) - 1, left + NARROWEST_NOTE)
        inset = min(scale.lane * 0.08, 1.5)
        pen.box(left, top + inset, right, top + scale.lane - inset, colour, round_by=min(2, scale.lane / 4))


def _draw_heading(pen: Pen, title: str, legend: Mapping[str, str]) -> None:
    """Write the title at the left and, from the right, what the colours mean."""
    middle, x = TOP / 2, float(WIDTH - RIGHT)
    pen.text(LEFT, middle, title, "lm")
    for words, colour in reversed([*legend.items()]):
        x -= pen.text(x, middle, words, "rm") + 20
        pen.box(x, middle - 6, x + 13, middle + 7, colour, round_by=2)
        x -= 20
