"""The page: runs compared, then each by itself, in one file without scripts and outside addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from improvd import __version__
from improvd.errors import CorpusError
from improvd.training.pictures.neurons import coloured_text, heat_map, liveliest, watched
from improvd.training.report import comparison, music
from improvd.training.report.markup import Picture, escaped, figure, folded, paragraph, table
from improvd.training.report.run import Activations, Run

STYLE = Path(__file__).with_name("page.css")
PIECES_SHOWN = 3
NEURONS_SHOWN = 4
CHARACTERS_SHOWN = 240
MAP_CHARACTERS = 120
"""Of a text under all neurons; the coloured texts go on."""


def page(runs: Sequence[Run]) -> str:
    """Return the page of some runs, at least one."""
    called = comparison.names(runs)
    title = f"improvd: {', '.join(called)}"
    sections = [
        _compared(runs),
        *(_run(run, name, number) for number, (run, name) in enumerate(zip(runs, called, strict=True), 1)),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{escaped(title)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f"<body><main><h1>{escaped(_heading(called))}</h1>\n{chr(10).join(sections)}\n</main>"
        f"<footer>improvd {escaped(__version__)}</footer></body></html>\n"
    )


def _heading(called: Sequence[str]) -> str:
    return "A run of training" if len(called) == 1 else f"{len(called)} runs compared"


def _compared(runs: Sequence[Run]) -> str:
    curves = _gallery(comparison.loss_and_accuracy(runs))
    found = comparison.figures(runs)
    return "".join(
        (
            "<section>", _contents(runs) if len(runs) > 1 else "", comparison.summary(runs), curves,
            f"<h2>Figures beside the papers’</h2>{found}" if found else "", "</section>",
        )
    )  # fmt: skip


def _contents(runs: Sequence[Run]) -> str:
    links = (f'<li><a href="#run-{n}">{escaped(name)}</a></li>' for n, name in enumerate(comparison.names(runs), 1))
    return f'<nav aria-label="Runs"><ol>{"".join(links)}</ol></nav>'


def _run(run: Run, name: str, number: int) -> str:
    facts = run.facts
    parts = (paragraph(facts.about), paragraph(facts.stand_in, "note"), *_pieces(run), _text(run), *_tables(run))
    return f'<section id="run-{number}"><h2>{escaped(name)}</h2>{"".join(parts)}{_settings(run)}</section>'


def _pieces(run: Run) -> Iterator[str]:
    """Yield what the run played: the first pieces as pictures, each with its files; what is damaged, told."""
    for file in run.played[:PIECES_SHOWN]:
        try:
            played = music.played(file)
        except CorpusError as fault:
            yield paragraph(str(fault), "note")
            continue
        yield _gallery(music.pictures(played))
        yield f'<p class="files">{" ".join(music.files(played))}</p>'
    rest = run.played[PIECES_SHOWN:]
    if rest:
        yield f'<p class="files">{" ".join(map(music.saved, rest))}</p>'


def _text(run: Run) -> str:
    written = folded("What it wrote", f"<pre>{escaped(run.text)}</pre>") if run.text else ""
    return (_gallery(_neurons(run.activations)) if run.activations else "") + written


def _neurons(found: Activations) -> Iterator[Picture]:
    """Yield all neurons over the beginning of a text, then the text as each of the liveliest colours it."""
    values, characters = found.values[:CHARACTERS_SHOWN], found.characters[:CHARACTERS_SHOWN]
    count = values.shape[1]
    yield Picture(
        heat_map(values[:MAP_CHARACTERS], characters[:MAP_CHARACTERS]),
        f"Heat map: {count} neurons over the first {len(characters[:MAP_CHARACTERS])} characters.",
        f"all {count} neurons over the text",
        map=True,
    )
    for neuron in liveliest(values, NEURONS_SHOWN):
        told = watched(values[:, neuron], characters)
        yield Picture(
            coloured_text(values[:, neuron], characters), f"The text coloured by neuron {neuron}: {told}.",
            f"neuron {neuron}: {told}", map=True,
        )  # fmt: skip


def _tables(run: Run) -> Iterator[str]:
    for found in run.tables:
        yield table(found.header, found.rows, caption=found.name)


def _settings(run: Run) -> str:
    told = (("seed", run.facts.seed), *run.facts.settings)
    rows = [[name, comparison.shown(value)] for name, value in told]
    return folded("Settings", table(("setting", "value"), rows))


def _gallery(pictures: Iterator[Picture]) -> str:
    shown = "".join(map(figure, pictures))
    return f'<div class="gallery">{shown}</div>' if shown else ""
