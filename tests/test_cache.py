"""What is kept to save time: known by what it depends on, bounded in size, listed and removed by `mtlkit cache`."""

import os

import pytest
import torch

import mtlkit as mk
from mtlkit import cli
from mtlkit.utils import cache


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "root", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def put(kind: str, name: str, size: int, used: int, folder=None):
    """An entry as old as `used` says."""
    path = cache.place(kind, folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "trainings":
        path.write_bytes(b"x" * size)
    else:
        path.mkdir()
        (path / "ids.npy").write_bytes(b"x" * size)
    os.utime(path, (used, used))
    return path


def test_a_key_knows_what_it_is_made_of_and_the_versions(monkeypatch):
    keys = [cache.key("a", 1), cache.key("a", 2), cache.key("a", [1]), cache.key("a")]
    assert len(set(keys)) == 4 and cache.key("a", 1) == keys[0] and all(len(key) == 32 for key in keys)
    assert cache.key({"b": 1, "a": 2}) == cache.key({"a": 2, "b": 1})
    with monkeypatch.context() as other:
        other.setattr(torch, "__version__", "9.9")
        keys.append(cache.key("a", 1))
    monkeypatch.setattr(mk, "__version__", "9.9")
    assert len({*keys, cache.key("a", 1)}) == 6


def test_a_source_is_that_of_its_rooms_and_files(tmp_path, monkeypatch):
    for name in ("encoder/a.py", "plots/b.py", "model.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1")
    monkeypatch.setattr(cache, "_PACKAGE", tmp_path)
    seen = [cache.source("encoder", "model.py")]
    (tmp_path / "plots" / "b.py").write_text("x = 2")
    assert cache.source("encoder", "model.py") == seen[0]
    (tmp_path / "encoder" / "a.py").write_text("x = 2")
    seen.append(cache.source("encoder", "model.py"))
    (tmp_path / "model.py").write_text("x = 2")
    seen.append(cache.source("encoder", "model.py"))
    (tmp_path / "encoder" / "new.py").write_text("")
    seen.append(cache.source("encoder", "model.py"))
    (tmp_path / "encoder" / "new.py").rename(tmp_path / "encoder" / "renamed.py")
    seen.append(cache.source("encoder", "model.py"))
    assert len(set(seen)) == 5


def test_who_was_not_used_for_longest_gives_way(own, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 100)
    oldest, old, young = put("tokens", "a", 40, 100), put("trainings", "b", 40, 200), put("features", "c", 10, 300)
    cache.touch(oldest)  # it was read: now "b" was not used for longest
    new = put("features", "d", 30, 50)
    cache.added(new)
    assert not old.exists() and oldest.is_dir() and young.is_dir() and new.is_dir()


def test_what_was_just_written_stays_however_large(own, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 100)
    put("tokens", "a", 40, 100)
    new = put("tokens", "b", 500, 50)
    cache.added(new)
    assert [entry.path for entry in cache.entries()] == [new]


def test_a_folder_that_the_user_chose_is_theirs(own, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 100)
    kept = [put("trainings", name, 80, 1, folder=tmp_path / "mine") for name in "ab"]
    cache.added(kept[1])
    assert all(path.exists() for path in kept)


def test_the_command_lists_and_clears(own, capsys):
    put("tokens", "a", 3_000_000, 1), put("tokens", "b", 1_000_000, 2), put("trainings", "c.json", 500_000, 3)
    assert cli.main(["cache", "ls"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["tokens", "2", "entries", "4.0", "MB"],
        ["trainings", "1", "entries", "0.5", "MB"],
        ["in", "all", "3", "entries", "4.5", "MB"],
    ]
    assert lines[3] == f"The folder: {own}"
    assert cli.main(["cache", "clear", "tokens"]) == 0
    assert "removed           2 entries        4.0 MB" in capsys.readouterr().out
    assert [entry.kind for entry in cache.entries()] == ["trainings"]
    with pytest.raises(SystemExit):
        cli.main(["cache", "clear", "trainigs"])
    assert "Did you mean 'trainings'" in capsys.readouterr().err and len(cache.entries()) == 1
    assert cli.main(["cache", "clear"]) == 0 and cache.entries() == []
    assert cli.main(["cache", "ls"]) == 0
