"""Where each corpus comes from and under what licence: what a model's card and NOTICE say of it."""

from __future__ import annotations

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
}  # fmt: skip
