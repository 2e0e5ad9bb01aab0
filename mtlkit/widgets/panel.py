"""What all panels have: a picture with its controls, a line for errors, their state, and the code that brings it back.

The widget alone leaves nothing in a saved notebook, so the cell's output carries the picture beside it: a browser with
a kernel shows the widget, a repository's page or a headless run shows the picture, none shows both.
"""

from __future__ import annotations

import html
import sys
import uuid
import weakref
from collections.abc import Callable

from mtlkit.widgets.controls import ALARM, INK, button, line
from mtlkit.widgets.picture import VIEW, Picture

FORMAT = 1  # of `state`

_PANELS: weakref.WeakSet[Panel] = weakref.WeakSet()


class Panel:
    """Controls and one picture, as `widget`; a cell shows it where it is the last value or is handed to `display`.

    The cell's output holds the widget and the picture of that moment; `keep()` puts the present one there. A kind of
    panel names itself in `kind`, says in `_state` and `_restore` what its state is, and in `code` how to get it again.
    A later execution of the cell that made a panel closes it: nobody sees it any more.
    """

    kind = name = "panel"

    def __init__(self, figure, above=(), below=(), image=None) -> None:
        import ipywidgets

        self.picture = Picture(figure, image)
        self.error_line, self.lines = line("auto", "14px"), line("auto", "13px")
        self.share = button("Code", "code", "Shows the lines that bring this state back, to copy", self._show_code)
        self.share.layout.align_self = "flex-start"
        place = ipywidgets.Layout(width="auto", max_width=f"{self.picture.image.width}px", overflow="hidden")
        parts = [*above, self.picture.image, self.picture.words, self.error_line, *below, self.share, self.lines]
        self.widget = ipywidgets.VBox(parts, layout=place)
        self._display_id = None
        self._made_in = _cell()
        for panel in list(_PANELS):
            if _again(panel._made_in, self._made_in):
                panel.close()
        _PANELS.add(self)

    # -- state -------------------------------------------------------------------------------------------------
    @property
    def state(self) -> dict:
        """What is set in the panel, as JSON takes it. Assigning one brings it back; ValueError if it is of another kind
        of panel, or of a newer version."""
        return {"panel": self.kind, "format": FORMAT, **self._state()}

    @state.setter
    def state(self, state: dict) -> None:
        kind, version = (state.get(k) if isinstance(state, dict) else None for k in ("panel", "format"))
        if kind != self.kind:
            raise ValueError(f"This is the state of another panel: expected {self.kind!r}, found {kind!r}.")
        if not isinstance(version, int) or version > FORMAT:
            raise ValueError(
                f"The state has format {version}, and this mtlkit reads up to {FORMAT}: it comes from a newer version; "
                "upgrade with pip install -U mtlkit."
            )
        missing = [name for name in self._state() if name not in state]
        if missing:
            raise ValueError(f"The state lacks {', '.join(missing)}.")
        self._restore({name: state[name] for name in self._state()})

    def _state(self) -> dict:
        raise NotImplementedError

    def _restore(self, state: dict) -> None:
        raise NotImplementedError

    def code(self) -> str:
        """The lines that bring the present state back in another notebook."""
        raise NotImplementedError

    def _show_code(self) -> None:
        """Show the code, or take it away."""
        style = f"{INK}; font-size:13px; line-height:1.4; user-select:text; white-space:pre-wrap"
        style += "; word-break:normal; overflow-wrap:anywhere"
        shown = f'<pre style="{style}">{html.escape(self.code())}</pre>'
        self.lines.value = "" if self.lines.value == shown else shown

    # -- errors ------------------------------------------------------------------------------------------------
    def catch_errors(self, callback: Callable) -> Callable:
        """`callback`; an error in it is said in the panel, and raised as ever (a headless run goes red)."""

        def call(*args):
            try:
                callback(*args)
            except Exception as error:
                self._complain(error)
                raise
            self.error_line.value = ""

        return call

    def _complain(self, error: Exception) -> None:
        kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        self.error_line.value = f'<div role="alert" style="{ALARM}">{html.escape(f"{kind}{error}")}</div>'

    # -- picture and cell --------------------------------------------------------------------------------------

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
        _PANELS.discard(self)
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


def _cell() -> tuple[str, str] | None:
    """(the notebook's cell, this execution of it), where the frontend tells."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = (parent.get("metadata") or {}).get("cellId")
    return (cell, parent["header"]["msg_id"]) if cell else None


def _again(before: tuple[str, str] | None, now: tuple[str, str] | None) -> bool:
    """Whether `now` is a later execution of the same cell."""
    return before is not None and now is not None and before[0] == now[0] and before[1] != now[1]
