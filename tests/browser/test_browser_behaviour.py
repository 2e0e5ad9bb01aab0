"""Panels while much happens: two at once, a fast hand, an error, a closed tab, a kernel that starts anew."""

import time

import pytest
from lab import TOY

from mtlkit.training.history import History


@pytest.fixture(scope="module")
def opened(lab):
    """Two cockpits on different models in one notebook."""
    make = [f"{run} = make(checkpoint='{run}', checkpoint_every=50)" for run in ("one", "two")]
    cells = [f"{made}\n{made[:3]}_panel = mk.widgets.cockpit({made[:3]})\n{made[:3]}_panel" for made in make]
    book = lab.open("two", [TOY, *cells])
    book.run_all()
    yield book
    book.close()


@pytest.fixture
def both(opened):
    """Both of them training from the start, at the usual settings."""
    opened.errors.clear()
    for press, status in (("Reset", "ready"), ("Run", "running")):
        for cell in (1, 2):
            opened.button(press, cell).click()
        opened.wait(f"{{one_panel.status, two_panel.status}} == {{'{status}'}}")
    opened.wait("one.done > 5 and two.done > 5")
    return opened


def typed(panel, field: int, value: float) -> None:
    number = panel.locator("input[type=number]").nth(field)
    number.fill(str(value))
    number.press("Enter")


def test_two_cockpits_train_at_once_and_leave_each_other_alone(both):
    one, two = both.output(1), both.output(2)
    typed(one, 0, 3.9)
    both.wait("one.weighting.alpha == 3.9 and one.history.events[-1]['step'] + 10 < one.done")
    typed(two, 1, 2)
    both.wait("two.weighting.beta == 2 and two.history.events[-1]['step'] + 10 < two.done")
    assert both.kernel("one.weighting.beta, two.weighting.alpha") == "(0.5, 1.0)"
    assert [field.input_value() for field in one.locator("input[type=number]").all()] == ["3.9", "0.5"]
    assert [field.input_value() for field in two.locator("input[type=number]").all()] == ["1", "2"]
    assert both.kernel("len(one.history.events), len(two.history.events)") == "(1, 1)"

    both.button("Pause", 1).click()
    both.wait("one_panel.status == 'paused' and trainings() == 1")
    done = both.kernel("one.done, two.done")
    both.wait(f"(one.done, two.done - 10) > {done} and one.done == {done}[0] and two_panel.status == 'running'")
    both.button("Pause", 2).click()
    both.wait("trainings() == 0")
    assert both.kernel("holds(one) and holds(two)") == "True", "λ in each history is the formula"
    assert both.errors == []


def test_a_number_between_the_steps_of_a_slider_stays_as_it_is(both):
    from playwright.sync_api import expect

    numbers = both.output(1).locator("input[type=number]")
    typed(both.output(1), 0, 4)
    typed(both.output(1), 1, 0.52)
    both.wait("len(one.history.events) >= 2 and one.done > one.history.events[-1]['step'] + 20")
    both.kernel("one.steer('code', alpha=-3.0)")
    both.wait("one.history.events[-1]['value'] != 0.52 and one.done > one.history.events[-1]['step'] + 40")
    moves = "[(event['who'], event['setting'], event['value']) for event in one.history.events]"
    expected = [("cockpit", "alpha", 4.0), ("cockpit", "beta", 0.52), ("code", "alpha", -3.0)]
    assert both.kernel(f"print({moves})") == str(expected)
    expect(numbers.nth(0)).to_have_value("-3", timeout=20_000)  # the fields follow with the next drawing
    expect(numbers.nth(1)).to_have_value("0.52")


def test_of_a_fast_drag_the_last_value_wins(both):
    panel = both.output(1)
    handle, picture = panel.locator(".noUi-handle").first, panel.locator("img:visible")
    handle.scroll_into_view_if_needed()
    place, alpha = picture.bounding_box(), "one.weighting.alpha"
    both.drag(handle, *range(0, 200, 10), *range(200, -200, -10), -180)
    both.wait(f"-20 < {alpha} < 0 and {alpha} == one_panel.sliders['alpha'].value", seconds=1)
    settled = both.kernel(alpha)
    position = float(handle.get_attribute("aria-valuenow"))
    assert abs(position - float(both.kernel("one_panel.sliders['alpha'].slider.value"))) < 0.1

    last = int(both.kernel("len(one.history.events)"))
    both.wait(f"one.done > one.history.events[-1]['step'] + 20 and len(one.history.events) >= {last}")
    assert both.kernel(alpha) == settled and float(handle.get_attribute("aria-valuenow")) == position
    assert both.kernel("one.history.events[-1]['value']") == settled and picture.bounding_box() == place
    assert panel.locator("input[type=number]").first.input_value() == f"{float(settled):g}"
    assert both.kernel("one_panel.status, two.weighting.alpha, holds(one)") == "('running', 1.0, True)"
    assert both.errors == []


def test_an_error_in_a_callback_is_said_in_its_panel_and_goes_with_the_next_move(both):
    panel, alert = both.output(1), both.output(1).locator("[role=alert]")
    both.kernel("def broken(*_, **__): raise RuntimeError('the <b>wire</b> is cut')\none.steer = broken")
    try:
        typed(panel, 0, 2.2)
        alert.wait_for()
        assert alert.inner_text() == "RuntimeError: the <b>wire</b> is cut"
        done = both.kernel("one.done")
        both.wait(f"one.done > {done} + 5 and one.weighting.alpha == 1.0 and trainings() == 2")
        assert both.output(2).locator("[role=alert]").count() == 0
    finally:
        both.kernel("del one.steer")
    typed(panel, 0, 1.9)
    alert.wait_for(state="detached")
    both.wait("one.weighting.alpha == 1.9 and one.history.events[-1]['value'] == 1.9")
    assert both.errors == []


def test_training_goes_on_in_a_closed_tab_and_the_panel_is_there_when_it_opens_again(both):
    both.command("docmanager:save")
    both.page.close()
    done = int(both.kernel("one.done"))
    deadline = time.monotonic() + 20
    while int(both.kernel("one.done")) < done + 20:
        assert time.monotonic() < deadline, "training goes on in the kernel"

    both.visit()
    panel = both.output(1)
    panel.locator("img:visible").wait_for()
    assert panel.locator("img:visible").count() == 1 and "running" in panel.inner_text()
    typed(panel, 0, 3.9)
    both.wait("one.weighting.alpha == 3.9 and one.done > one.history.events[-1]['step'] + 10")
    both.button("Pause", 1).click()
    both.wait("one_panel.status == 'paused' and trainings() == 1 and holds(one)")
    assert f"paused · step {both.kernel('one.done')} of" in panel.inner_text()
    both.run_cell(2)
    both.wait("trainings() == 0")  # its panel, and its training, are new
    both.button("Run", 2).click()
    both.wait("two.done > two.resumed_from + 5 and trainings() == 1")
    assert both.errors == []


def test_after_a_restart_of_the_kernel_the_cell_runs_again_from_the_last_checkpoint(both, lab):
    panel = both.output(1)
    typed(panel, 0, 3.9)
    both.wait("one.weighting.alpha == 3.9 and one.done > one.history.events[-1]['step'] + 50")
    both.page.click("text=Kernel >> nth=0")
    both.page.click("li[data-command='kernelmenu:restart']")
    both.page.click(".jp-Dialog button:has-text('Restart')")
    panel.locator(".jupyter-widgets-disconnected").first.wait_for()  # drawn with a broken link
    both.wait_until_idle()
    assert panel.locator("img:visible").evaluate("image => image.naturalWidth") > 0
    kept = list(History.load(lab.notebooks / "one" / "history.jsonl").steps())
    assert kept == list(range(1, len(kept) + 1)) and len(kept) >= 50

    both.run_all()
    resumed = int(both.kernel("one.resumed_from"))
    assert resumed % 50 == 0 and 50 <= resumed <= len(kept) and f"paused · step {resumed} of" in panel.inner_text()
    both.button("Run", 1).click()
    both.wait(f"one.done > {resumed} + 20 and trainings() == 1")
    both.button("Pause", 1).click()
    both.wait("one_panel.status == 'paused' and trainings() == 0")
    assert both.kernel("one.weighting.alpha, holds(one)") == "(3.9, True)"
    assert both.errors == []
