"""The int8 step of a bundle, made anew from its weights: for one that an older improvd wrote."""

from __future__ import annotations

from pathlib import Path

from improvd.model import bundle
from improvd.model.bundle import FILES, INT8, METRIC
from improvd.model.runtimes.tensorflow import convert
from improvd.training import writing


def write_int8(model: str) -> Path:
    """Write the int8 step of a model, given by name or path, into its bundle, and return where it is.

    Raises:
        BundleError: if the bundle cannot be used.
    """
    opened = bundle.open_bundle(model)
    with writing.amended(opened.path) as draft:
        convert(opened.weights(), opened.shape, draft / INT8, int8=True)
        bundle.write_sums(draft, FILES[METRIC])
    return opened.path / INT8
