"""Runtimes: what computes a step. Each is imported only when it is chosen."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from improvd.errors import BundleError
from improvd.model.bundle import INT8, WEIGHTS, Bundle
from improvd.model.drawing import Drawer
from improvd.model.step import Inputs, Outputs

Step = Callable[[Inputs], Outputs]
RUNTIMES = ("litert-int8", "litert-float32", "numpy", "tensorflow")


def best_runtime() -> str:
    """Return what 'auto' means on this machine."""
    return "litert-int8" if find_spec("ai_edge_litert") else "numpy"


class Opened(NamedTuple):
    """This is what plays a model; `why` says in one sentence why it is not what was asked for, else ''."""

    drawer: Drawer
    why: str = ""


def open_drawer(bundle: Bundle, runtime: str) -> Opened:
    """Return what reads and draws with a bundle on a runtime; 'auto' is the best there is.

    Raises:
        BundleError: if the bundle's files do not fit together or the runtime is missing.
    """
    from improvd.model.runtimes.stepwise import Stepwise

    runtime = best_runtime() if runtime == "auto" else runtime
    return Opened(Stepwise(open_step(bundle, runtime), runtime))


def open_step(bundle: Bundle, runtime: str) -> Step:
    """Return the step of a bundle on a runtime; 'auto' is the best there is.

    Raises:
        BundleError: if the bundle's files do not fit together or the runtime is missing.
    """
    runtime = best_runtime() if runtime == "auto" else runtime
    try:
        return _open(bundle, runtime)
    except ImportError as error:
        raise BundleError(f"runtime {runtime} is not installed ({error}); use one of: auto, numpy") from error


def _open(bundle: Bundle, runtime: str) -> Step:
    if runtime in ("litert-int8", "litert-float32"):
        from improvd.model.runtimes.litert import LitertStep

        return LitertStep(
            bundle.path / INT8 if runtime == "litert-int8" else float32_step(bundle), runtime, bundle.shape
        )
    if runtime == "numpy":
        from improvd.model.runtimes.numpy import NumpyStep

        return NumpyStep(bundle.weights(), bundle.shape)
    from improvd.model.runtimes.tensorflow import TensorflowStep

    return TensorflowStep(bundle.weights(), bundle.shape)


def float32_step(bundle: Bundle) -> Path:
    """Return the LiteRT file of a bundle's step in float32, made from its weights the first time.

    Raises:
        BundleError: if it has not been made yet and TensorFlow, which makes it, is not installed.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(cache) / "improvd" / "steps" / f"{bundle.sum_of(WEIGHTS)[:16]}.float32.tflite"
    if path.exists():
        return path
    if not find_spec("tensorflow"):
        raise BundleError(f"model {bundle.path}: its float32 step is made by TensorFlow, which is not installed; "
                          "install the extra 'train' and say: improvd model export " + bundle.name)  # fmt: skip
    from improvd.model.runtimes.tensorflow import convert

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    convert(bundle.weights(), bundle.shape, draft, int8=False)
    draft.replace(path)
    return path
