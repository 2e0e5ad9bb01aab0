"""A panel's picture: one matplotlib figure, redrawn in place; closed at once, as an open one is shown a second time."""

from __future__ import annotations

import functools
import html
import io
import threading
import weakref

VIEW = "application/vnd.jupyter.widget-view+json"
# JupyterLab tells of slider moves in a thread of their own, and matplotlib is for one thread at a time.
DRAWING = threading.RLock()
# For the ears only: who reads with a screen reader hears what the picture shows.
_UNSEEN = "position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%)"


class Picture:
    """`image`, a widget of fixed size that shows `figure`; `redraw()` after the figure's artists have changed.

    As long as the axes keep their limits only what has ever changed is drawn anew, over a copy of the rest: ticks, grid
    and letters take most of the time of a drawing. So what never changes lies behind what does, whatever its zorder.
    image: makes the widget, whose `value` takes the PNG (None: ipywidgets.Image).
    """

    def __init__(self, figure, image=None) -> None:
        import ipywidgets
        import matplotlib.pyplot as plt
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        plt.close(figure)
        self.figure, self.canvas = figure, FigureCanvasAgg(figure)
        self._frame = self._backdrop = None
        self._changed = weakref.WeakSet()
        width, height = (str(round(inches * figure.dpi)) for inches in figure.get_size_inches())
        # Width and height as attributes: the browser keeps the place before the first picture is there.
        layout = ipywidgets.Layout(width="auto", height="auto", max_width="100%", object_fit="contain")
        make = image or functools.partial(ipywidgets.Image, format="png")
        self.image = make(width=width, height=height, layout=layout)
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
            size, rgba = self.canvas.get_width_height(), self.canvas.buffer_rgba()
            pixels = Image.frombytes("RGB", size, rgba, "raw", "RGBX")
            few = pixels.quantize(method=Image.Quantize.FASTOCTREE)  # a third of the bytes, in half of the time
            few.putpalette([255 if value > 251 else value for value in few.getpalette() or ()])  # white stays white
            few.save(buffer, "png", compress_level=compress)
        return buffer.getvalue()

    def _draw(self) -> None:
        shown = [(ax, artist) for ax in self.figure.axes for artist in _artists(ax)]
        if self._frame:  # before the first drawing, all are stale
            self._changed.update(artist for _, artist in shown if artist.stale)
        still = [(ax, artist) for ax, artist in shown if artist not in self._changed]
        limits = [(ax.get_xlim(), ax.get_ylim(), ax.get_xscale(), ax.get_yscale()) for ax in self.figure.axes]
        if self._frame != (limits, still):
            self._draw_backdrop(shown, still)
            self._frame = limits, still
        self.canvas.restore_region(self._backdrop)
        for ax, artist in shown:
            if artist in self._changed:
                ax.draw_artist(artist)

    def _draw_backdrop(self, shown: list, still: list) -> None:
        for _, artist in shown:
            artist.set_animated(True)  # left out of a plain drawing
        self.canvas.draw()
        for _, artist in shown:
            artist.set_animated(False)
        for ax, artist in still:
            ax.draw_artist(artist)
        self._backdrop = self.canvas.copy_from_bbox(self.figure.bbox)


def _artists(ax) -> list:
    """What may change from one picture to the next: all that is seen but frame, ticks and grid, from back to front."""
    from matplotlib.axis import Axis
    from matplotlib.spines import Spine

    artists = [a for a in ax.get_children() if not isinstance(a, Spine | Axis) and a is not ax.patch]
    return sorted((a for a in artists if a.get_visible()), key=lambda artist: artist.get_zorder())
