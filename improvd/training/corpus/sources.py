"""Where each corpus comes from and under what licence: what a model's card and NOTICE say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """This is what must be said of a corpus wherever weights trained on it go."""

    title: str
    licence: str
    attribution: str

    def as_table(self) -> dict[str, str]:
        """Return it as a TOML table."""
        return asdict(self)


SOURCES = {
    "jsb-chorales": Source(
        "Chorales by Johann Sebastian Bach, as sixteenths with four voices",
        "public domain",
        "JSB-Chorales-dataset (czhuang), after Boulanger-Lewandowski et al. 2012",
    ),
    "js-fakes": Source(
        "JS Fake Chorales", "CC BY 4.0", "Omar Peracha, JS Fake Chorales, 2021 (arXiv:2107.10388)"
    ),
    "abc-folk": Source(
        "Fiddle tunes: O'Neill's Music of Ireland, Ryan's Mammoth Collection, Aird's Airs; irish.abc",
        "public domain; irish.abc MIT",
        "music21 corpus with the permission of its encoders (John Chambers, Jack Campin and others); "
        "introtodeeplearning (MIT 6.S191)",
    ),
    "wjazzd": Source(
        "Weimar Jazz Database: jazz solos as they were played",
        "ODbL 1.0",
        "Contains information from the Weimar Jazz Database, which is made available under the ODbL "
        "(opendatacommons.org/licenses/odbl/1.0); the Jazzomat Research Project, jazzomat.hfm-weimar.de; "
        "Pfleiderer et al. (eds.), Inside the Jazzomat, Schott Campus 2017",
    ),
    "piano-midi-de": Source(
        "Classical piano music from piano-midi.de",
        "CC BY-SA 3.0 DE",
        "Bernd Krueger, www.piano-midi.de (creativecommons.org/licenses/by-sa/3.0/de)",
    ),
    "openewld": Source(
        "OpenEWLD lead sheets, those in the public domain",
        "public domain",
        "OpenEWLD (Federico Simonetta), github.com/00sapo/OpenEWLD",
    ),
    "groove-midi": Source(
        "Groove MIDI Dataset v1.0.0",
        "CC BY 4.0",
        "Gillick, Roberts, Engel, Eck and Bamman, Learning to Groove with Inverse Sequence Transformations, ICML 2019",
    ),
    "nottingham": Source(
        "Nottingham folk tunes, the cleaned edition",
        "GPL-3.0",
        "nottingham-dataset (jukedeck), after Eric Foxley's Nottingham Music Database",
    ),
    "giantmidi-sample": Source(
        "GiantMIDI-Piano, a sample of its transcribed performances",
        "CC BY 4.0",
        "Kong, Li, Chen and Wang, GiantMIDI-Piano, 2020 (arXiv:2010.07061)",
    ),
}  # fmt: skip


def licence_of_weights(licences: Iterable[str]) -> str:
    """Return the licence of weights trained on music of some licences: share alike where one of them asks for it."""
    return "CC BY-SA 4.0" if any("BY-SA" in licence for licence in licences) else "CC BY 4.0"
