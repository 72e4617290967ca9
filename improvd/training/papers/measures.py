"""What papers measure their networks by beside loss and accuracy, by the names that recipes give."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from improvd.training.papers import characters, listening, songs
from improvd.training.papers.writer import Measures, Writer
from improvd.training.recipes.papers import LISTENING, SONGS, TEXT

MEASURES: Mapping[str, Callable[[Writer], Measures]] = {
    SONGS: songs.measure,
    LISTENING: listening.measure,
    TEXT: characters.measure,
}
