"""A panel's picture: one closed matplotlib figure, redrawn in place, and kept in the cell for who has no kernel.

Two facts shape it. A figure that stays open in pyplot is shown a second time when the cell ends, so it is closed at
once. And the widget alone leaves nothing in a saved notebook, so the cell's output carries the picture beside it: a
browser with a kernel shows the widget, a repository's page or a headless run shows the picture, none shows both.
"""

from __future__ import annotations

import html
import io
import threading
import uuid

import numpy as np

VIEW = "application/vnd.jupyter.widget-view+json"
# JupyterLab tells of slider moves in a thread of their own, and matplotlib is for one thread at a time.
DRAWING = threading.RLock()
# For the ears only: who reads with a screen reader hears what the picture shows.
_UNSEEN = "position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%)"


class Picture:
    """`image`, a widget of fixed size that shows `figure`; `redraw()` after the figure's artists have changed.

    As long as the axes keep their limits only lines and texts are drawn anew, over a copy of the rest: ticks and grid
    take most of the time of a drawing.
    """

    def __init__(self, figure):
        import ipywidgets
        import matplotlib.pyplot as plt
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        plt.close(figure)
        self.figure, self.canvas = figure, FigureCanvasAgg(figure)
        self._frame = self._backdrop = None
        width, height = (str(round(inches * figure.dpi)) for inches in figure.get_size_inches())
        # Width and height as attributes: the browser keeps the place before the first picture is there.
        layout = ipywidgets.Layout(width="auto", height="auto", max_width="100%", object_fit="contain")
        self.image = ipywidgets.Image(format="png", width=width, height=height, layout=layout)
        self.words = ipywidgets.HTML(layout=ipywidgets.Layout(height="0", margin="0"))
        self.redraw()

    @property
    def alt(self) -> str:
        """What the figure shows, in words."""
        from mtlkit.plots import alt

        return alt(self.figure.axes[0])

    def redraw(self) -> None:
        """Show the figure as it is now."""
        self.image.value = self.png()
        self.words.value = f'<div style="{_UNSEEN}">{html.escape(self.alt)}</div>'

    def png(self, compress: int = 1) -> bytes:
        """The figure as PNG at its own size; compress: 1 (quick) to 9 (small)."""
        from PIL import Image

        buffer = io.BytesIO()
        with DRAWING:
            self._draw()
            pixels = Image.fromarray(np.asarray(self.canvas.buffer_rgba())[..., :3])
            few = pixels.quantize(method=Image.Quantize.FASTOCTREE)  # a third of the bytes, in half of the time
            few.putpalette([255 if value > 251 else value for value in few.getpalette()])  # white stays white
            few.save(buffer, "png", compress_level=compress)
        return buffer.getvalue()

    def _draw(self) -> None:
        moving = [(ax, artist) for ax in self.figure.axes for artist in _moving(ax)]
        frame = [(ax.get_xlim(), ax.get_ylim(), ax.get_xscale(), ax.get_yscale()) for ax in self.figure.axes]
        if frame != self._frame:
            for _, artist in moving:
                artist.set_animated(True)  # left out of a plain drawing
            self.canvas.draw()
            self._backdrop, self._frame = self.canvas.copy_from_bbox(self.figure.bbox), frame
            for _, artist in moving:
                artist.set_animated(False)
        else:
            self.canvas.restore_region(self._backdrop)
        for ax, artist in moving:
            ax.draw_artist(artist)


def _moving(ax) -> list:
    """What of the axes changes from one picture to the next: all but frame, ticks and grid, from back to front."""
    from matplotlib.axis import Axis
    from matplotlib.spines import Spine

    artists = [a for a in ax.get_children() if not isinstance(a, Spine | Axis) and a is not ax.patch]
    return sorted((a for a in artists if a.get_visible()), key=lambda artist: artist.get_zorder())


class Panel:
    """Controls and one picture, as `widget`; a cell shows it where it is the last value or is handed to `display`.

    The cell's output holds the widget and the picture of that moment; `keep()` puts the present one there.
    """

    name = "panel"

    def __init__(self, figure, above=(), below=()):
        import ipywidgets

        self.picture = Picture(figure)
        place = ipywidgets.Layout(width="auto", max_width=f"{self.picture.image.width}px", overflow="hidden")
        self.widget = ipywidgets.VBox([*above, self.picture.image, self.picture.words, *below], layout=place)
        self._display_id = None

    @property
    def figure(self):
        """The present figure, a matplotlib one: for a paper or a slide."""
        return self.picture.figure

    def keep(self) -> None:
        """Put the present picture into the output of the cell that shows the panel (shows it, if none does)."""
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.display import display

        if self._display_id is None:
            if InteractiveShell.initialized():
                self._ipython_display_()
            return
        data, metadata = self._bundle()
        display(data, metadata=metadata, raw=True, display_id=self._display_id, update=True)

    def close(self) -> None:
        """Take the panel away, and all that the kernel keeps of its widgets."""
        _close(self.widget)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        data, metadata = self._bundle()
        self._display_id = self._display_id or uuid.uuid4().hex
        display(data, metadata=metadata, raw=True, display_id=self._display_id)

    def _bundle(self) -> tuple[dict, dict]:
        import base64

        picture = base64.b64encode(self.picture.png(compress=9)).decode()
        size = {"width": int(self.picture.image.width), "height": int(self.picture.image.height)}
        data = {VIEW: self.widget.get_view_spec(), "image/png": picture, "text/plain": f"[{self.name}]"}
        return data, {"image/png": {"alt": self.picture.alt, **size}}


def _close(widget) -> None:
    """With all that it consists of: each layout and style is a widget of its own to the kernel."""
    parts = [*getattr(widget, "children", ()), getattr(widget, "layout", None), getattr(widget, "style", None)]
    for part in parts:
        if part is not None:
            _close(part)
    widget.close()
