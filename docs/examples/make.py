"""Make the examples: ten answers to ten held-out primers, as MIDI files and piano rolls.

usage: IMPROVD_DATA=… .venv/bin/python docs/examples/make.py [--model models/default] [--to docs/examples]

The primers are the first ten of the test side of all corpora, a style at a time, so nobody chooses by ear. The same
model, music and machine always give the same bytes.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from improvd.config import SamplingSettings
from improvd.model.bundle import INT8, Bundle, open_bundle
from improvd.model.runtimes import open_step
from improvd.music.codec import PARTS
from improvd.music.midifile import DRUM_CHANNEL, FileNote, Track, messages_of, write
from improvd.music.note import TICKS_PER_BEAT, Note
from improvd.music.timing import MeterChange
from improvd.training.continuations import NOTES, Primer, continued, primers
from improvd.training.corpus import library
from improvd.training.corpus.corpora import CORPORA
from improvd.training.corpus.sources import SOURCES
from improvd.training.metrics.passage import DRUMS, Passage
from improvd.training.pictures.pianoroll import Layer, piano_roll

HERE = Path(__file__).parent
COUNT, SEED = 10, 0
BPM: Mapping[str, float] = {"chorale": 84, "folk": 160, "jazz": 160, "groove": 100}
"""Quarters a minute of a style; others have `OTHER_BPM`."""
OTHER_BPM = 120.0
PICTURE_INCHES = 6.0
NOT_QUOTED = ("wjazzd",)
"""Corpora whose licence covers the collection alone, not the solos in it: the primer is left out of what is made."""
BEGIN, END = "<!-- what make.py says: begin -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Example:
    """This is a primer and how the model went on from it.

    Attributes:
        stem: name of its files without the suffix.
        corpus: the name of the corpus that the primer is from.
    """

    stem: str
    corpus: str
    primer: Primer
    answer: Passage

    @property
    def shown(self) -> tuple[Passage, Passage]:
        """Primer and answer as far as they may be shown: alone, the answer begins with its own first bar."""
        primer, bar = self.primer.notes, self.primer.notes.bar_ticks
        if self.corpus not in NOT_QUOTED:
            return primer, self.answer
        alone = self.answer.notes.copy()
        alone[:, 0] -= alone[0, 0] // bar * bar
        return Passage(primer.notes[:0], bar), Passage(alone, bar)

    @property
    def title(self) -> str:
        """What the picture is called: the file, the title of the piece where it has one, else its file, and more."""
        piece = re.sub(r".*#\d+ ", "", self.primer.piece)
        short = piece if piece != self.primer.piece else Path(piece).stem
        return f"{self.stem}: {short} ({self.corpus}), {self.primer.meter.numerator}/{self.primer.meter.denominator}"


def examples(bundle: Bundle) -> list[Example]:
    """Return what a model makes of the first `COUNT` primers, told their parts and style."""
    trainable = [name for name, corpus in CORPORA.items() if not corpus.barred]
    held_out = {name: library.open_data(f"corpus:{name}:test").pieces for name in trainable}
    corpus_of = {piece.name: name for name, pieces in held_out.items() for piece in pieces}
    music = [piece for pieces in held_out.values() for piece in pieces]
    given = primers(music, COUNT, seed=SEED, as_keys=False)
    answers = continued(open_step(bundle, "auto"), bundle.shape, given, SamplingSettings(), seed=SEED)
    return [
        Example(f"{number:02}-{primer.style.replace(' ', '-')}", corpus_of[primer.piece], primer, answer.notes)
        for number, (primer, answer) in enumerate(zip(given, answers, strict=True), 1)
    ]


def save(example: Example, folder: Path) -> None:
    """Write the MIDI file and the picture of an example."""
    style, meter = example.primer.style, example.primer.meter
    primer, answer = example.shown
    tracks = [*tracks_of("primer", primer), *tracks_of("answer", answer)]
    write(folder / f"{example.stem}.mid", tracks, bpm=BPM.get(style, OTHER_BPM), meter=meter)
    layers = [layer("primer", primer), layer("answer", answer)]
    drawn = piano_roll(layers, [MeterChange(0.0, meter)], title=example.title, width=PICTURE_INCHES, form="png")
    (folder / f"{example.stem}.png").write_bytes(drawn)


def layer(name: str, passage: Passage) -> Layer:
    """Return a passage as one colour of a piano roll."""
    notes = tuple(
        Note(onset / TICKS_PER_BEAT, pitch, duration / TICKS_PER_BEAT, velocity, part)
        for onset, part, pitch, duration, velocity in passage.notes.tolist()
    )
    return Layer(f"{name}, {len(notes)} notes", notes)


def tracks_of(name: str, passage: Passage) -> Iterator[Track]:
    """Yield a track for each part of a passage, on the part's own channel."""
    for part in np.unique(passage.parts).tolist():
        notes = [
            FileNote(onset / TICKS_PER_BEAT, pitch, duration / TICKS_PER_BEAT, velocity, channel_of(part))
            for onset, _, pitch, duration, velocity in passage.notes[passage.parts == part].tolist()
        ]
        yield Track(f"{name}: {PARTS[part]}", messages_of(notes))


def channel_of(part: int) -> int:
    """Return the MIDI channel, 0-15, of a part: drums where they belong, each other one a channel for itself."""
    return DRUM_CHANNEL if part == DRUMS else part + (part >= DRUM_CHANNEL)


def told(text: str, made: Sequence[Example], bundle: Bundle) -> str:
    """Return the text of a README with what is between its marks replaced by what is to be said of the examples."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, *_lines(made, bundle), END + after])


def _lines(made: Sequence[Example], bundle: Bundle) -> Iterator[str]:
    """Yield the lines about the model, the examples, and whose music they begin with."""
    sampling = SamplingSettings()
    yield (
        f"Model *{bundle.name}* (`{INT8}` with SHA-256 {bundle.sum_of(INT8)[:16]}…), seed {SEED}, "
        f"temperature {sampling.temperature:g}, top_p {sampling.top_p:g}, min_p {sampling.min_p:g}.\n"
    )
    yield "| file | picture | style | quarters a minute | the primer is from |\n|---|---|---|---|---|"
    for each in made:
        style, piece = each.primer.style, each.primer.piece
        yield (
            f"| [{each.stem}.mid]({each.stem}.mid) | [{each.stem}.png]({each.stem}.png) | {style} "
            f"| {BPM.get(style, OTHER_BPM):g} | {each.corpus}: `{piece}` |"
        )
    yield "\n" + "\n".join(f"![{each.title}]({each.stem}.png)" for each in made) + "\n"
    yield (
        f"The first {NOTES} notes of each are quoted, laid on a grid, under the licence of their source. The jazz "
        "solos are not: that licence covers the database, not the playing in it; their files hold the answer alone:\n"
    )
    yield "| files | source | licence | by |\n|---|---|---|---|"
    for corpus, source in SOURCES.items():
        if numbers := [each.stem[:2] for each in made if each.corpus == corpus]:
            yield f"| {', '.join(numbers)} | {source.title} | {source.licence} | {source.attribution} |"


def main() -> None:
    """Make everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="models/default", help="name or folder of a model")
    parser.add_argument("--to", type=Path, default=HERE, help="folder of what is made")
    asked = parser.parse_args()
    bundle = open_bundle(asked.model)
    made = examples(bundle)
    asked.to.mkdir(parents=True, exist_ok=True)
    for example in made:
        save(example, asked.to)
        print(example.title)
    (asked.to / "README.md").write_text(told((HERE / "README.md").read_text("utf-8"), made, bundle), "utf-8")


if __name__ == "__main__":
    main()
