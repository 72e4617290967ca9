"""Runtimes: what computes a network. Each is imported only when it is chosen."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from improvd.errors import BundleError
from improvd.model.bundle import INT8, WEIGHTS, Bundle
from improvd.model.drawing import Drawer
from improvd.model.runtimes import gpu
from improvd.model.step import Step
from improvd.muted import muted

RUNTIMES = ("litert-int8", "litert-float32", "numpy", "tensorflow")


class Opened(NamedTuple):
    """This is what plays a model; `why` says in one sentence why it is not what was asked for, else ''."""

    drawer: Drawer
    why: str = ""


def open_drawer(bundle: Bundle, runtime: str) -> Opened:
    """Return what reads and draws with a bundle on a runtime, ready to play.

    'auto' is TensorFlow where there is a GPU, else the best on the CPU, which
    also stands in for a GPU that fails. Where there is none at all,
    'tensorflow' computes on the CPU.

    Raises:
        BundleError: if the bundle's files do not fit together, or the runtime is missing or none.
    """
    if runtime not in ("auto", *RUNTIMES):
        raise BundleError(f"unknown runtime {runtime!r}; there are: auto, {', '.join(RUNTIMES)}")
    if runtime == "tensorflow" or (runtime == "auto" and gpu.is_there() and find_spec("tensorflow")):
        return _open_bar_loop(bundle, asked=runtime == "tensorflow")
    return _open_stepwise(bundle, runtime)


def _open_stepwise(bundle: Bundle, runtime: str, why: str = "") -> Opened:
    from improvd.model.runtimes.stepwise import Stepwise

    runtime = best_runtime() if runtime == "auto" else runtime
    return Opened(Stepwise(open_step(bundle, runtime), runtime), why and f"{why}; {runtime} plays")


def _open_bar_loop(bundle: Bundle, *, asked: bool) -> Opened:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with muted():  # TensorFlow writes there whatever the log level
            from improvd.model.runtimes.bar import open_loop

            loop, why = open_loop(bundle.weights(), bundle.shape, on_cpu=asked)
    except ImportError as error:
        if asked:
            raise _missing("tensorflow", error) from error
        loop, why = None, f"TensorFlow does not load ({error})"
    return Opened(loop, why) if loop else _open_stepwise(bundle, "auto", why)


def best_runtime() -> str:
    """Return what 'auto' means on the CPU of this machine."""
    return "litert-int8" if find_spec("ai_edge_litert") else "numpy"


def open_step(bundle: Bundle, runtime: str) -> Step:
    """Return the step of a bundle on a runtime; 'auto' is the best on the CPU.

    Raises:
        BundleError: if the bundle's files do not fit together or the runtime is missing.
    """
    runtime = best_runtime() if runtime == "auto" else runtime
    try:
        return _open(bundle, runtime)
    except ImportError as error:
        raise _missing(runtime, error) from error


def _missing(runtime: str, error: ImportError) -> BundleError:
    return BundleError(f"runtime {runtime} is not installed ({error}); use one of: auto, numpy")


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
    path = Path(cache) / "improvd" / "steps" / f"{bundle.sum_of(WEIGHTS)[:16]}.float32.apart.tflite"
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
