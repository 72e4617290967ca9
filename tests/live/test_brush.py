from improvd.live.brush import Brush
from improvd.live.listener import Onset, PlayedNote

BRUSH_S = 0.08


def onset(at_s: float, pitch: int = 60) -> Onset:
    return Onset(at_s, at_s * 2, 0, pitch, 80)


def ended(struck: Onset, end_s: float) -> PlayedNote:
    return PlayedNote(struck, end_s, end_s * 2)


def test_a_key_held_long_enough_is_meant():
    brush = Brush()
    brush.strike(onset(1.0))
    assert brush.next_s(BRUSH_S) == 1.08
    assert not brush.is_meant(1.079, BRUSH_S)
    assert brush.is_meant(1.08, BRUSH_S)
    assert brush.release() == [(onset(1.0), None)]
    assert not brush.waiting


def test_a_short_note_is_a_brush_when_it_stays_alone():
    brush = Brush()
    brush.strike(onset(1.0))
    brush.end(ended(onset(1.0), 1.05))
    assert brush.next_s(BRUSH_S) == 1.5
    assert not brush.is_meant(1.4, BRUSH_S)
    assert not brush.is_over(1.4, BRUSH_S)
    assert brush.is_over(1.5, BRUSH_S)


def test_a_short_note_with_another_soon_after_is_meant():
    brush = Brush()
    brush.strike(onset(1.0))
    brush.end(ended(onset(1.0), 1.05))
    brush.strike(onset(1.3, 62))
    assert brush.is_meant(1.3, BRUSH_S)
    assert brush.release() == [(onset(1.0), ended(onset(1.0), 1.05)), (onset(1.3, 62), None)]


def test_a_note_that_ended_after_long_enough_is_meant():
    brush = Brush()
    brush.strike(onset(1.0))
    brush.end(ended(onset(1.0), 1.09))
    assert brush.is_meant(1.09, BRUSH_S)


def test_no_length_at_all_means_every_note():
    brush = Brush()
    brush.strike(onset(1.0))
    assert brush.is_meant(1.0, 0.0)


def test_the_end_of_another_note_says_nothing():
    brush = Brush()
    brush.strike(onset(1.0))
    brush.end(ended(onset(0.2, 40), 1.01))
    assert not brush.is_over(9.0, BRUSH_S)
