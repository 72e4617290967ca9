"""Which style a window is in: by how likely the network finds it when told each style, and by the probe.

    IMPROVD_DATA=… .venv/bin/python benchmarks/style.py [--side valid]

Held-out windows of 32 notes, each style counting alike: as one keyboard part, drums too, of one velocity. 'Varied' is
what the probe was fitted to: half of the written music performed, half of all windows begun on a bar line, a third at
another tempo than the clock, which therefore lie beside the grid.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from improvd.model.bundle import Bundle, open_bundle
from improvd.model.probe import Probe
from improvd.model.runtimes import Step, open_step
from improvd.model.weigh import Array, weigh
from improvd.protocol import Context, GridNote, Weigh
from improvd.training import styles
from improvd.training.corpus import library
from improvd.training.performed import written
from improvd.training.plan import learnt_corpora
from improvd.training.styles import HEARD_AT, TESTED, Window, accuracy

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
    bundle = open_bundle("default")
    step, probe = open_step(bundle, "auto"), bundle.styles()
    if probe is None:
        raise SystemExit("the bundle tells no styles; say: improvd model styles default")
    pieces = getattr(library.split(learnt_corpora(bundle)), side)
    plain, varied = (styles.windows(pieces, TESTED, 1, as_written=as_written) for as_written in (True, False))
    print(f"{side}: {len(plain)} windows")
    _report(step, bundle, probe, plain, varied)


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
