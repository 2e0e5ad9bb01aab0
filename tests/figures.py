"""What a figure says."""


def title(ax) -> str:
    return ax.get_title(loc="left")
