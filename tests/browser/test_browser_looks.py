"""What is on the page: every panel in both themes and both sizes of figures; nothing nameless, cut, overlapping, pale.

Structure is tested, not pixels; a screenshot of each lies in pytest's temporary folder (--basetemp says where).
"""

import pytest

SETUP = """
import numpy as np, torch
import mtlkit as mk
from mtlkit.training.run import Step
torch.set_num_threads(1)
corpus = mk.load_corpus("helpdesk", tasks=["topic", "sentiment_noisy", "satisfaction"])
corpus = corpus.sample(60, seed=0).sample(40, seed=0, split="validation")
encoder = mk.load_encoder("bert-tiny")
def make(weighting):
    return mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, weighting, steps=12, batch_size=8)

def recorded(steps, seed, **start):
    history = mk.History(tuple(task.name for task in corpus.tasks), {"weighting": {"name": "sigmoid", **start}})
    draw = np.random.default_rng(seed)
    for step in range(1, steps + 1):
        losses = torch.from_numpy(draw.uniform(0.5, 1, 3) * 0.99**step)
        history.add_step(Step(step, 1, losses, losses / 2, 1e-3, 0.02 * step, step))
    history.add_shares(step, dict(zip(history.tasks, (1.0, 2.0, 3.0))))
    history.add_event({"step": 100, "who": "cockpit", "setting": "alpha", "value": -4.0})
    return history
made = mk.atlas(make("equal").model, corpus, alpha=np.linspace(-3, 6, 7), beta=np.linspace(0, 3, 5), steps=10, seeds=2)
"""
PANELS = {
    "explorer": "mk.widgets.explorer(recorded(300, 0, alpha=1.0, beta=0.5))",
    "cockpit": "mk.widgets.cockpit(make(mk.Sigmoid(alpha=-2.2)))\npanel.run_headless(10)",
    "duel": "mk.widgets.duel(run := make('equal'), run.clone(mk.Sigmoid()))\npanel.run_headless()",
    "replay": "mk.widgets.replay(recorded(300, 0, alpha=1.0, beta=0.5), recorded(200, 1, alpha=-2.0, beta=0.5))",
    "atlas": "mk.widgets.atlas(made, tries=[{'alpha': 1.0, 'beta': 0.5}, {'alpha': 4.0, 'beta': 2.0}])",
    "choice": "mk.widgets.guess('Which task gets the greater weight?', ['topic', 'satisfaction'])",
    "number": "mk.widgets.guess('How much of the gradient is of topic?', slider=(0, 100, 5), unit='%')",
    "curve": "mk.widgets.guess('How will λ move?', curve={'step': (1, 60, 120, 180, 240), 'λ': (0.0, 1.0, 0.05)})",
}
STYLES = "notebook", "talk"

# The faults of a panel, as sentences. What is seen of an element is what no box around it cuts off.
FAULTS = """panel => {
  const faults = [], all = [...panel.querySelectorAll('*')]
  const name = e => {
    const kind = [...e.classList].filter(c => !/^(lm|jp)-/.test(c)).slice(-1)
    return `${e.tagName.toLowerCase()}.${kind} "${e.textContent.trim().slice(0, 40)}"`
  }
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length
  const unseen = e => e.closest('[style*="clip-path"]') || e.closest('option, style, script')
  const overflows = e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1
  const inside = (r, box) => r.left > box.left - 1.5 && r.right < box.right + 1.5
    && r.top > box.top - 1.5 && r.bottom < box.bottom + 1.5
  const meet = (r, s) => Math.min(r.right, s.right) - Math.max(r.left, s.left) > 2
    && Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top) > 2
  const frame = panel.getBoundingClientRect(), area = panel.closest('.jp-OutputArea-child').getBoundingClientRect()
  if (frame.right > area.right + 1) faults.push(`the panel is ${frame.right - area.right} px wider than its place`)

  const controls = all.filter(e => e.matches('button, input, select, textarea, .noUi-handle') && shown(e))
  const widget = e => e.closest('.lm-Widget')
  for (const e of controls) {
    const row = widget(e).parentElement !== panel ? widget(e).parentElement : widget(e)
    const labels = row.querySelectorAll('label, .widget-label, .widget-html')
    const said = e.matches('button') ? [e] : [...labels].filter(shown)
    const titled = [e.closest('[title]'), ...said, ...said.flatMap(label => [...label.querySelectorAll('[title]')])]
    const titles = titled.filter(t => t && shown(t)).map(t => t.title)
    if (titles.includes('null')) faults.push(`a tooltip that says null: ${name(widget(e))}`)
    if (!titles.some(title => title)) faults.push(`no tooltip: ${name(widget(e))}`)
    if (!e.ariaLabel && ![...said.map(l => l.textContent), ...titles].some(text => /\\p{L}/u.test(text)))
      faults.push(`no label: ${name(widget(e))}`)
  }

  const texts = []
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode, e = node.parentElement
    if (!node.data.trim() || !shown(e) || unseen(e)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const rects = [...range.getClientRects()]
    texts.push([e, rects])
    for (let box = e; box !== panel.parentElement; box = box.parentElement)
      if (getComputedStyle(box).overflow !== 'visible' || box === panel)
        if (!rects.every(r => inside(r, box.getBoundingClientRect())) && overflows(box)) {
          faults.push(`cut: ${name(e)}`)
          break
        }
    if (!e.closest(':disabled, .jupyter-widgets-disabled')) {
      const ratio = contrast(e)
      if (ratio < 4.5) faults.push(`pale, ${ratio.toFixed(1)}: ${name(e)}`)
    }
  }
  for (const e of controls)
    if (!inside(e.getBoundingClientRect(), frame)) faults.push(`sticks out: ${name(widget(e))}`)

  const boxes = [...controls.map(e => [e, [e.getBoundingClientRect()]]), ...texts,
    ...all.filter(e => e.matches('img, .noUi-target') && shown(e)).map(e => [e, [e.getBoundingClientRect()]])]
  boxes.forEach(([a, as], i) => boxes.slice(i + 1).forEach(([b, bs]) => {
    if (!a.contains(b) && !b.contains(a) && as.some(r => bs.some(s => meet(r, s))))
      faults.push(`overlap: ${name(a)} and ${name(b)}`)
  }))

  for (const image of all.filter(e => e.matches('img') && shown(e))) {
    const {width, height} = image.getBoundingClientRect()
    if (!image.naturalWidth) faults.push('a picture that did not load')
    else if (Math.abs(width / height / (image.naturalWidth / image.naturalHeight) - 1) > 0.02)
      faults.push(`a picture with empty bands: ${image.naturalWidth} × ${image.naturalHeight} in ${width} × ${height}`)
    const words = panel.querySelector('[style*="clip-path"]')
    if (!(image.alt.length > 20 || words?.textContent.length > 20)) faults.push('a picture without words')
  }
  return [...new Set(faults)]

  function contrast(e) {
    const rgba = color => color.match(/[\\d.]+/g).map(Number)
    const layers = []
    for (let at = e; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor))
    let back = [255, 255, 255]
    for (const [r, g, b, a = 1] of layers.reverse()) back = [r, g, b].map((c, i) => a * c + (1 - a) * back[i])
    const linear = c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255)
    const [dark, bright] = [light(back), light(rgba(getComputedStyle(e).color))].sort((x, y) => x - y)
    return (bright + 0.05) / (dark + 0.05)
  }
}"""


@pytest.fixture(scope="module")
def book(lab):
    """Every panel in one notebook, at the usual size and then at that of a talk."""
    panels = [f"panel = {made}\nif hasattr(panel, 'share'): panel.share.click()" for made in PANELS.values()]
    panels = [cell if "run_headless" in cell else f"{cell}\npanel" for cell in panels]
    cells = [cell for style in STYLES for cell in (f"mk.plots.style('{style}')", *panels)]
    book = lab.open("looks", [SETUP, *cells], height=1600)
    book.run_all()
    yield book
    book.close()


@pytest.fixture(scope="module", params=["Light", "Dark"])
def theme(book, request):
    book.command("apputils:change-theme", theme=f"JupyterLab {request.param}")
    book.page.wait_for_selector(f"body[data-jp-theme-name$={request.param}]", state="attached")
    return request.param


def found(book, kind: str, style: str, picture) -> tuple[list[str], list[str]]:
    """The faults of a panel: what controls lack in words, and the rest."""
    cell = 2 + list(PANELS).index(kind) + STYLES.index(style) * (1 + len(PANELS))
    panel = book.output(cell).locator(".jupyter-widgets.widget-vbox").first
    panel.scroll_into_view_if_needed()
    panel.screenshot(path=picture)
    faults = panel.evaluate(FAULTS)
    words = [fault for fault in faults if "label" in fault[:10] or "tooltip" in fault[:10]]
    return words, [fault for fault in faults if fault not in words]


@pytest.mark.parametrize("kind", PANELS)
def test_every_control_has_a_label_and_a_tooltip(book, kind, tmp_path):
    words, _ = found(book, kind, "notebook", tmp_path / f"{kind}.png")
    assert not words, "\n".join(words)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", PANELS)
def test_nothing_is_cut_or_overlaps_or_pale(book, theme, kind, style, tmp_path):
    _, faults = found(book, kind, style, tmp_path / f"{kind}-{theme}-{style}.png")
    assert not faults, "\n".join(faults)
    assert book.errors == []


@pytest.mark.parametrize(
    "where, style, fault",
    [
        ("button", "width: 2em; min-width: 0", "cut"),
        ("button", "position: relative; top: -34px", "overlap"),
        ("button", "position: relative; left: -3em", "sticks out"),
        ("button", "color: #777", "pale"),
        ("img", "width: 100px; height: 300px", "bands"),
    ],
)
def test_what_is_spoiled_is_found(book, where, style, fault):
    panel = book.output(2).locator(".jupyter-widgets.widget-vbox").first
    spoiled = panel.locator(where).first
    was = spoiled.evaluate("e => e.style.cssText")
    put = "(e, style) => { e.style.cssText = style }"
    spoiled.evaluate(put, f"{was}; {style}")
    faults = panel.evaluate(FAULTS)
    spoiled.evaluate(put, was)
    assert fault in " ".join(faults)
