"""What a run played, as pictures and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from improvd.music.codec import PARTS
from improvd.training.corpus import midi
from improvd.training.corpus.files import open_files
from improvd.training.corpus.piece import Piece
from improvd.training.pictures.bars import bars_of, opening
from improvd.training.pictures.engraving import paper_pages, pdf, phone_pages
from improvd.training.pictures.pianoroll import layers_of, piano_roll
from improvd.training.pictures.score import musicxml
from improvd.training.pictures.similarity import self_similarity, similarity_picture
from improvd.training.report.markup import Picture, download

BARS_SHOWN = 16
"""Of sheet music and piano rolls in the page."""

BARS_WRITTEN = 64
"""Of the files of sheet music."""

BARS_COMPARED = 256


@dataclass(frozen=True, slots=True)
class Played:
    """This is one piece that a run played, and what it is called."""

    name: str
    file: Path
    piece: Piece

    @property
    def extent(self) -> str:
        """Which of its bars are shown, in words."""
        count = len(bars_of(self.piece))
        return f"bars 1–{BARS_SHOWN} of {count}" if count > BARS_SHOWN else f"{count} bar{'s' * (count > 1)}"


def played(file: Path) -> Played:
    """Return what a MIDI file holds.

    Raises:
        CorpusError: if it is damaged or without notes.
    """
    return Played(file.stem, file, midi.pieces(open_files(file), file.name)[0])


def pictures(music: Played) -> Iterator[Picture]:
    """Yield the piano roll, the sheet music page by page, and how alike the bars are."""
    shown = opening(music.piece, BARS_SHOWN)
    parts = ", ".join(PARTS[part] for part in sorted({note.part for note in shown.notes}))
    roll = piano_roll(layers_of(shown), shown.meters)
    yield Picture(roll, f"Piano roll of {music.name}, {music.extent}: {len(shown.notes)} notes of {parts}.",
                  f"{music.name}: piano roll, {music.extent}")  # fmt: skip
    pages = phone_pages(musicxml(shown))
    for number, page in enumerate(pages, 1):
        of = f", page {number} of {len(pages)}" if len(pages) > 1 else ""
        yield Picture(page.encode(), f"Sheet music of {music.name}, {music.extent}{of}.",
                      f"{music.name}: sheet music, {music.extent}{of}")  # fmt: skip
    compared = opening(music.piece, BARS_COMPARED)
    matrix = self_similarity(compared)
    yield Picture(
        similarity_picture(matrix),
        f"Self-similarity of {music.name}: {len(matrix)} bars, each against each.",
        f"{music.name}: how alike its bars are, by what sounds and on which sixteenths notes begin; "
        "what returns makes stripes beside the diagonal",
        map=True,
    )


def files(music: Played) -> Iterator[str]:
    """Yield links that save the piece: as MIDI, MusicXML and PDF."""
    score = musicxml(opening(music.piece, BARS_WRITTEN), title=music.name)
    yield saved(music.file)
    yield download(f"{music.name}.musicxml", "application/xml", score)
    yield download(f"{music.name}.pdf", "application/pdf", pdf(paper_pages(score)))


def saved(file: Path) -> str:
    """Return a link that saves a MIDI file."""
    return download(file.name, "audio/midi", file.read_bytes())
