"""Which style a window is in: by how likely the network finds it when told each style, and by the probe.

    IMPROVD_DATA=… .venv/bin/python benchmarks/style.py [--side valid]

Held-out windows of 32 notes, each style counting alike: as one keyboard part, drums too, of one velocity. 'Varied' is
what the probe was fitted to: half of the written music performed, half of all windows begun on a bar line, a third at
another tempo than the clock, which therefore lie beside the grid. At last the beginnings of pieces are played into a
whole session on virtual time by fingers of some unrest: which style is in force after 60 notes?
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from shipped import MODEL, pieces

from improvd.config import Config
from improvd.model.bundle import Bundle, open_bundle
from improvd.model.generate import Improviser
from improvd.model.probe import Probe
from improvd.model.runtimes import open_step
from improvd.model.step import Step
from improvd.model.weigh import Array, weigh
from improvd.offline import VirtualSession
from improvd.protocol import Ask, Context, Continued, GridNote, Weigh
from improvd.training import styles
from improvd.training.corpus.piece import Piece
from improvd.training.performed import written
from improvd.training.styles import HEARD_AT, TESTED, Window, accuracy

LIVE_PIECES, LIVE_NOTES, UNREST_S, SHARE = 12, 60, 0.008, (0.6, 0.95)
BPM = 120.0
TEMPI = (0.9, 1.1, 0.75, 4 / 3, 0.5, 2.0)


def by_likelihood(step: Step, bundle: Bundle, names: Sequence[str], given: Sequence[Window]) -> Array:
    """Return how many windows of each style are likeliest under which, all styles as rows of one batch."""
    table = np.zeros((len(names),) * 2, np.int64)
    for window in given:
        notes: tuple[GridNote, ...] = tuple(map(tuple, window.notes.tolist()))
        contexts = tuple(Context(window.context.numerator, window.context.denominator, name) for name in names)
        log_probs = np.array(weigh(step, bundle.shape, Weigh(1, "style", (notes,) * len(names), contexts)).log_probs)
        table[names.index(window.style), log_probs.sum(1).argmax()] += 1
    return table


def at_another_tempo(given: Sequence[Window], factor: float) -> list[Window]:
    """Return windows as they are read when the clock goes so many times as fast as the music."""
    return [window._replace(notes=written(styles.at_tempo(window.notes, factor))) for window in given]


class Ear:
    """This is a model that hears and plays nothing."""

    def __init__(self, improviser: Improviser) -> None:
        self.weigh = improviser.weigh

    def ask(self, request: Ask) -> Continued:
        """Return no notes."""
        return Continued(request.number, ((),) * len(request.temperatures), (0.0,) * len(request.temperatures), 1, 0.0)


def heard_live(piece: Piece, ear: Ear, rng: np.random.Generator) -> str:
    """Return the style in force after the first notes of a piece were played."""
    config, notes = Config().having("model.style", "auto"), piece.notes[:LIVE_NOTES]
    meter = piece.meters[0].meter
    session = VirtualSession(config.having("clock.meter", f"{meter.numerator}/{meter.denominator}"), ear)
    messages: list[tuple[float, tuple[int, ...]]] = []
    for note in notes:
        on_s = max(0.0, 0.1 + (note.onset_beats - notes[0].onset_beats) * 60 / BPM + rng.normal(0, UNREST_S))
        off_s = on_s + max(0.03, note.duration_beats * 60 / BPM * rng.uniform(*SHARE))
        messages += [(on_s, (0x90, note.pitch, 80)), (off_s, (0x80, note.pitch, 64))]
    session.play(sorted(messages))
    session.run_until(max(at_s for at_s, _ in messages))
    return session.conductor.view(session.now_s).style


def live(music: Sequence[Piece], names: Sequence[str]) -> Array:
    """Return how many pieces of each style are heard as which; the last column: as none."""
    ear, rng = Ear(Improviser.open(MODEL)), np.random.default_rng(3)
    table = np.zeros((len(names), len(names) + 1), np.int64)
    for row, name in enumerate(names):
        long = [piece for piece in music if piece.style == name and len(piece.notes) >= LIVE_NOTES]
        for index in rng.permutation(len(long))[:LIVE_PIECES]:
            table[row, [*names, "any"].index(heard_live(long[index], ear, rng))] += 1
    return table


def show(what: str, names: Sequence[str], table: Array) -> None:
    """Print how often the right style is named, and what each is taken for."""
    print(f"\n{what}: {accuracy(table):.1%} right")
    for name, row in zip(names, table.tolist(), strict=True):
        print(f"  {name:<12}" + "".join(f"{count:>6}" for count in row))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", default="valid", choices=("valid", "test"))
    side = parser.parse_args().side
    bundle = open_bundle(MODEL)
    step, probe = open_step(bundle, "auto"), bundle.styles()
    if probe is None:
        raise SystemExit("the bundle tells no styles; say: improvd model styles default")
    given = pieces(side)
    plain, varied = (styles.windows(given, TESTED, 1, as_written=as_written) for as_written in (True, False))
    print(f"{side}: {len(plain)} windows")
    _report(step, bundle, probe, plain, varied)
    show("played live", probe.styles, live(given, probe.styles))


def _report(step: Step, bundle: Bundle, probe: Probe, plain: list[Window], varied: list[Window]) -> None:
    for what, given in (("as it is", plain), ("varied", varied)):
        show(f"likelihood, {what}", probe.styles, by_likelihood(step, bundle, probe.styles, given))
        found = styles.tested(step, bundle.shape, probe, given)
        show(f"probe, {what}", probe.styles, found.confusion)
        print("  " + ", ".join(f"after {count} notes {found.shorter[count]:.1%}" for count in HEARD_AT))
    for factor in TEMPI:
        found = styles.tested(step, bundle.shape, probe, at_another_tempo(plain, factor))
        print(f"probe, the clock {factor:.2f} times as fast: {found.accuracy:.1%}")


if __name__ == "__main__":
    main()
