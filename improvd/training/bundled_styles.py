"""The layer that tells styles apart, in a bundle: `styles.npz`, and in the card how often it is right."""

from __future__ import annotations

from pathlib import Path

from improvd.errors import CorpusError
from improvd.model import bundle
from improvd.model.bundle import CARD, FILES, INT8, METRIC, STYLES
from improvd.model.runtimes.litert import LitertStep
from improvd.model.step import Shape
from improvd.training import styles, writing
from improvd.training.corpus import library
from improvd.training.corpus.library import Sides
from improvd.training.plan import corpora_of_all
from improvd.training.styles import Fitted

TABLE = "styles"
MEASURE = (
    f"share of held-out windows of {styles.NOTES} notes whose style is named, as one keyboard part of one velocity, "
    "drums too; half of the written music performed, a third at another tempo than the clock; each style counts alike"
)


def add(folder: Path, shape: Shape, sides: Sides) -> Fitted | None:
    """Fit the layer to the int8 step in a bundle's folder, and write it there and into the card, the sums not yet.

    Args:
        folder: has card and step.
        shape: of the network.
        sides: the music that the model learnt; tested on the test side.
    """
    fitted = styles.fitted(LitertStep(folder / INT8, "litert-int8", shape), shape, sides.train, sides.test)
    if fitted is not None:
        fitted.probe.save(folder / STYLES)
        _tell(folder / CARD, fitted)
    return fitted


def _tell(card: Path, fitted: Fitted) -> None:
    """Put how often the layer is right into a card, in place of what it said of that before."""
    told, _, _ = card.read_text(encoding="utf-8").partition(f"\n[{TABLE}]\n")
    rows = zip(fitted.probe.styles, fitted.confusion.tolist(), strict=True)
    table = {
        "measure": MEASURE,
        "accuracy": round(fitted.accuracy, 4),
        "accuracy_after": [[count, round(share, 4)] for count, share in fitted.shorter.items()],
        "taken_for": [[style, *counts] for style, counts in rows],
    }
    card.write_text(f"{told.rstrip()}\n\n{writing.as_toml({TABLE: table})}", encoding="utf-8")


def fit_anew(model: str) -> Fitted:
    """Fit the layer of a bundle, given by name or path, to the corpora that its card names, and put it in.

    Raises:
        BundleError: if the bundle cannot be used.
        UsageError: if it learnt from music that nobody has at hand.
        CorpusError: if the corpora are not there, or have not two styles to tell apart.
    """
    known = bundle.open_bundle(model)
    sides = library.split(corpora_of_all(known))
    with writing.amended(known.path) as draft:
        fitted = add(draft, known.shape, sides)
        if fitted is None:
            raise CorpusError(f"model {model}: its music has not two styles of {styles.FEWEST} windows to tell apart")
        bundle.write_sums(draft, FILES[METRIC])
    return fitted
