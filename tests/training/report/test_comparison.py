from __future__ import annotations

from runs import leave_run

from improvd.training.report.comparison import figures, loss_and_accuracy, names, shown, summary
from improvd.training.report.markup import escaped, figure, size, table
from improvd.training.report.run import Facts, read_run, write_facts


def _bare(folder, name):
    folder.mkdir()
    write_facts(folder, Facts(name))
    return read_run(folder)


def test_the_summary_says_of_each_run_what_is_known(tmp_path):
    text = summary([read_run(leave_run(tmp_path / "a", "film")), _bare(tmp_path / "b", "bare")])
    for told in ("corpus:x (stand-in)", "2.000 at epoch 2", "40.0%", "44,975", "2.0", "–"):
        assert f">{told}<" in text


def test_runs_of_one_name_are_called_by_their_folders(tmp_path):
    runs = [_bare(tmp_path / name, called) for name, called in (("x-1", "x"), ("x-2", "x"), ("y-1", "y"))]
    assert names(runs) == ["x-1", "x-2", "y"]


def test_figures_stand_beside_the_papers(tmp_path):
    text = figures([read_run(leave_run(tmp_path / "a", "film"))])
    assert text.count("<tr>") == 3
    for told in ("61.2%", "0.58", "2,736,210", "on &lt;held-out&gt; pieces"):
        assert told in text
    assert figures([_bare(tmp_path / "b", "b")]) == ""


def test_values_are_written_as_they_are_read():
    assert [shown(value) for value in (True, "a", 1234567, 0.123456, 2.0)] == ["true", "a", "1,234,567", "0.1235", "2"]


def test_losses_of_one_unit_share_a_picture_and_accuracies_another(tmp_path):
    runs = [
        read_run(leave_run(tmp_path / name, name, unit=unit))
        for name, unit in (("a", "nats per symbol"), ("b", "nats per frame"), ("c", "nats per symbol"))
    ]
    pictures = list(loss_and_accuracy([*runs, _bare(tmp_path / "d", "d")]))
    assert [picture.caption for picture in pictures] == [
        "loss, nats per symbol", "loss, nats per frame", "accuracy, %",
    ]  # fmt: skip
    assert "a, 3 epochs, best validation 2; c, 3 epochs, best validation 2." in pictures[0].alt
    assert "best validation 40" in pictures[2].alt


def test_a_run_keeps_its_colour_in_every_picture(tmp_path):
    from improvd.training.pictures.paper import colour

    runs = [read_run(leave_run(tmp_path / n, n, unit=u)) for n, u in (("a", "nats per symbol"), ("b", "bits"))]
    first, second, _ = loss_and_accuracy(runs)
    assert colour(0).encode() in first.svg
    assert colour(0).encode() not in second.svg
    assert colour(1).encode() in second.svg


def test_whatever_a_run_says_is_text_and_no_markup():
    assert escaped('<b> & "') == "&lt;b&gt; &amp; &quot;"
    assert "<script" not in table(("<script>",), [("<script>",)], caption="<script>")


def test_columns_of_numbers_stand_at_the_right():
    text = table(("a", "b", "c"), [("1", "2.5", "x"), ("2", "–", "3")])
    assert text.count('class="number"') == 3
    assert '<th scope="row">1</th>' in text


def test_a_picture_has_the_size_of_its_drawing(tmp_path):
    (picture,) = list(loss_and_accuracy([read_run(leave_run(tmp_path / "a", "a"))]))[:1]
    assert size(picture.svg)[0] == 384
    assert 'width="384"' in figure(picture)
    assert size(b'<svg viewBox="0 0 400 250" x="y">') == (400, 250)
