"""A guessed curve in a real JupyterLab: drawn by keys and a typed number, committed, revealed."""

ASK = """
import mtlkit as mk
curve = {"step": (1, 60, 120, 180, 240), "λ of topic": (0.0, 1.0, 0.05)}
thought = mk.widgets.guess("How will λ of topic move over the training?", curve=curve)
"""
REVEAL = "thought.reveal((range(1, 241), [0.5 + 0.4 * step / 239 for step in range(240)]))"


def test_a_curve_is_drawn_committed_and_revealed(notebook):
    book = notebook(ASK, REVEAL)
    book.run_cell(0)
    page = book.page
    output, below = (page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea") for cell in (0, 1))
    (picture,) = [image for image in output.locator("img").all() if image.is_visible()]
    place, first = picture.bounding_box(), book.pictures()
    assert output.locator(".noUi-handle").count() == 5

    for point, key in ((4, "ArrowUp"), (0, "ArrowDown")):
        handle = book.slider(point)
        book.latency(handle, key)
        for _ in range(3):
            handle.press(key)
    book.wait("thought.control.value == [0.3, 0.5, 0.5, 0.5, 0.7]")
    number = output.locator("input[type=number]").nth(3)
    number.fill("0.65")
    number.press("Enter")
    book.wait("thought.control.value == [0.3, 0.5, 0.5, 0.65, 0.7]")
    assert book.pictures() != first and picture.bounding_box() == place

    book.button("Commit").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.body.innerText.includes('Committed: 0.3 → 0.5 → 0.5 → 0.65 → 0.7')")
    assert number.is_disabled() and book.button("Change").is_enabled()
    assert book.kernel("mk.widgets.guesses().thought[0]") == "[0.3, 0.5, 0.5, 0.65, 0.7]"

    book.run_cell(1)
    below.locator("img").wait_for()
    assert "What happened: 0.5 → 0.6 → 0.7 → 0.8 → 0.89" in below.inner_text()
    assert "✗ They differ: on average 0.17 apart" in below.inner_text() and "Both rise" in below.inner_text()
    assert book.errors == []
