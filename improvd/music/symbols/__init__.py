"""Codecs of symbols: music as a sequence of words or characters, as five papers on LSTM networks have it."""

from __future__ import annotations

from improvd.music.symbols.moment import Moment, Primer, Reader
from improvd.music.symbols.table import CODECS, SymbolCodec, fingerprint, read

__all__ = ["CODECS", "Moment", "Primer", "Reader", "SymbolCodec", "fingerprint", "read"]
