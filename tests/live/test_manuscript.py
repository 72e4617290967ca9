from improvd.live.listener import Onset, PlayedNote
from improvd.live.manuscript import Manuscript
from improvd.music.timing import Meter
from improvd.protocol import Anchor


def onset(beats: float, pitch: int = 60, channel: int = 0) -> Onset:
    return Onset(beats / 2, beats, channel, pitch, 80)


def ended(struck: Onset, beats: float) -> PlayedNote:
    return PlayedNote(struck, beats / 2, beats)


def test_a_note_is_held_until_it_ends():
    manuscript, struck = Manuscript(Meter()), onset(1.0)
    assert manuscript.strike(struck, as_played=True).onset_ticks == 24
    assert manuscript.window.notes(60) == ((24, 0, 60, 36, 80),)
    assert manuscript.release(ended(struck, 2.0))
    assert manuscript.window.notes(60) == ((24, 0, 60, 24, 80),)


def test_a_key_struck_on_two_channels_at_once_is_held_until_both_have_ended():
    manuscript, one, other = Manuscript(Meter()), onset(0.0), onset(0.0, channel=1)
    for struck in (one, other):
        manuscript.strike(struck, as_played=True)
    manuscript.release(ended(one, 1.0))
    assert manuscript.window.notes(48) == ((0, 0, 60, 48, 80),)
    manuscript.release(ended(other, 1.5))
    assert manuscript.window.notes(48) == ((0, 0, 60, 36, 80),)


def test_what_was_forgotten_ends_nothing():
    manuscript, struck = Manuscript(Meter()), onset(0.0)
    manuscript.strike(struck, as_played=True)
    manuscript.clear()
    assert not manuscript.release(ended(struck, 1.0))
    assert manuscript.window.notes() == ()


def test_it_tells_whether_bar_lines_lie_elsewhere():
    manuscript = Manuscript(Meter())
    assert not manuscript.anchor(Anchor(1.0, 2.0, 120.0, 4, 4), moved=False)
    assert manuscript.anchor(Anchor(1.0, 2.0, 120.0, 3, 4), moved=False)
    assert manuscript.anchor(Anchor(1.0, 2.0, 120.0, 3, 4, downbeat_beats=1.0), moved=True)
