"""The corpora by name: which files of each are read, and what is known of its music."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Corpus:
    """This is a corpus whose files lie in the folder of its name.

    Attributes:
        style: of all its music, one of `codec.STYLES`.
        files: which of its files are read, as a pattern; '*' stands for any letters, '/' too.
        takes: a regular expression that finds, in a piece's name, what the takes of one performance share.
        barred: why no model may be trained on it; empty where one may.
    """

    style: str
    files: str = "*"
    takes: str = ""
    barred: str = ""


CORPORA: Mapping[str, Corpus] = {
    "jsb-chorales": Corpus("chorale", "*Jsb16thSeparated.json"),
    "js-fakes": Corpus("chorale", "*.mid"),
    "abc-folk": Corpus("folk", "*.abc"),
    "wjazzd": Corpus("jazz", "*mcsv_melody/*.csv", takes=r"/[^_/]+_([^_/]+?)(?:-\d+)?_FINAL"),
    "piano-midi-de": Corpus("classical", "*.mid"),
    "openewld": Corpus("lead sheet", "*.mxl"),
    "groove-midi": Corpus(
        "groove", "*.mid", takes=r"(drummer\d+/session\d+/)\d+(_[^/]+_\d+)_(?:beat|fill)|/eval_session/(\d+)_"
    ),
    "nottingham": Corpus("folk", "*.mid", barred="its licence, the GPL, does not let the weights ship"),
    "giantmidi-sample": Corpus("classical", "*.mid", barred="its files have no beat"),
}
