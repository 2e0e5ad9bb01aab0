"""A picture that tells where it was clicked: ipywidgets' own has no clicks, anywidget brings them in a few lines."""

from __future__ import annotations

import functools

_SCRIPT = """
function render({ model, el }) {
  const image = document.createElement("img");
  image.width = model.get("width");
  image.height = model.get("height");
  image.draggable = false;
  Object.assign(image.style, { maxWidth: "100%", height: "auto", cursor: "crosshair" });
  const show = () => {
    const old = image.src;
    image.src = URL.createObjectURL(new Blob([model.get("value")], { type: "image/png" }));
    if (old) image.decode().catch(() => {}).finally(() => URL.revokeObjectURL(old));
  };
  image.addEventListener("click", (event) => {
    const box = image.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    model.set("at", at);
    model.save_changes();
  });
  model.on("change:value", show);
  show();
  el.replaceChildren(image);
}
export default { render };
"""


@functools.cache
def _widget() -> type:
    import anywidget
    import traitlets

    class ClickImage(anywidget.AnyWidget):
        _esm = _SCRIPT
        value = traitlets.Bytes().tag(sync=True)
        width, height = traitlets.Unicode().tag(sync=True), traitlets.Unicode().tag(sync=True)
        at = traitlets.List(traitlets.Float()).tag(sync=True)

    return ClickImage


def click_image(**traits):
    """A widget of `width` × `height` pixels that shows the PNG in `value`; `at`: where it was clicked last, as shares
    of width and height from the upper left corner."""
    return _widget()(**traits)
