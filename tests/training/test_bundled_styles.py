"""What tells styles apart, put into a bundle: file, card and sums; put in anew; music that has one style."""

from __future__ import annotations

import shutil

import pytest

from improvd.errors import CorpusError, UsageError
from improvd.model import bundle
from improvd.music.note import Note
from improvd.music.timing import steady
from improvd.training import bundled_styles
from improvd.training.corpus.piece import Piece
from improvd.training.corpus.sides import Sides


def music(style, pitches, gap_beats):
    notes = tuple(Note(gap_beats * i, pitches[i % len(pitches)], gap_beats, 80) for i in range(200))
    return tuple(Piece(f"{style} {number}", style, steady(4, 4), notes) for number in range(3))


FOLK, JAZZ = music("folk", (60, 62, 64, 65, 67), 0.5), music("jazz", (58, 61, 63, 66, 68), 1 / 3)
BOTH = Sides(FOLK + JAZZ, (), FOLK + JAZZ)


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(bundle.locate("default"), tmp_path / "copy")


def test_fitting_anew_replaces_what_was_there_and_keeps_the_rest(copy, monkeypatch):
    monkeypatch.setattr(bundled_styles.library, "split", lambda names: BOTH)
    before = bundle.open_bundle(str(copy))
    fitted = bundled_styles.fit_anew(str(copy))
    after = bundle.open_bundle(str(copy))
    assert after.styles().styles == fitted.probe.styles == ("folk", "jazz")
    assert after.card["styles"]["accuracy"] == round(fitted.accuracy, 4)
    assert {name: table for name, table in after.card.items() if name != "styles"} == {
        name: table for name, table in before.card.items() if name != "styles"
    }
    assert (copy / bundle.CARD).read_text().count("[styles]") == 1
    assert sorted(path.name for path in copy.iterdir()) == sorted(
        path.name for path in bundle.locate("default").iterdir()
    )


def test_music_of_one_style_leaves_the_bundle_as_it_was(copy, monkeypatch):
    monkeypatch.setattr(bundled_styles.library, "split", lambda names: Sides(FOLK, (), FOLK))
    before = (copy / bundle.SUMS).read_text()
    with pytest.raises(CorpusError, match="not two styles"):
        bundled_styles.fit_anew(str(copy))
    assert (copy / bundle.SUMS).read_text() == before
    assert bundle.open_bundle(str(copy)).styles() is not None


def test_where_some_of_the_music_is_not_at_hand_the_bundle_stays_as_it_was(copy):
    card = copy / bundle.CARD
    card.write_text('data = {own = {title = "mine"}}\n' + card.read_text().partition("\n[data.")[0])
    bundle.write_sums(copy, bundle.FILES[bundle.METRIC])
    before = (copy / bundle.SUMS).read_text()
    with pytest.raises(UsageError, match="music of its player's own, which is not at hand"):
        bundled_styles.fit_anew(str(copy))
    assert (copy / bundle.SUMS).read_text() == before


def test_a_training_on_one_style_ends_in_a_bundle_that_tells_none(copy):
    (copy / bundle.STYLES).unlink()
    assert bundled_styles.add(copy, bundle.open_bundle("default").shape, Sides(FOLK, (), FOLK)) is None
    assert not (copy / bundle.STYLES).exists()
