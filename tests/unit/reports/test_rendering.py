"""render_files(): the same files with one process and with several, and errors are raised in both cases."""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from multiprocessing.context import ForkProcess

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.rendering import render_files, usable_processes

# pytest has threads, and Python warns of them. The tests render nothing that could wait for one.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux can fork.")
SEVERAL = pytest.param(2, marks=ONLY_LINUX)


@pytest.mark.parametrize("processes", [1, SEVERAL])
def test_render_files_writes_texts_and_parts(processes, tmp_path):
    renderers = {"text": lambda: "one\r\ntwo\n", "parts": lambda: iter(["ä", "", "\n"]), "empty": lambda: ""}
    files = render_files(renderers, tmp_path, processes)
    assert files == {name: tmp_path / name for name in renderers}
    assert [file.read_bytes() for file in files.values()] == [b"one\r\ntwo\n", b"\xc3\xa4\n", b""]
    assert sorted(tmp_path.iterdir()) == sorted(files.values())


@ONLY_LINUX
@pytest.mark.parametrize(("reports", "expected"), [(1, 1), (5, 2)])
def test_render_files_with_several_processes_does_not_render_in_this_one(reports, expected, tmp_path):
    def slow():
        time.sleep(0.05)
        return str(os.getpid())

    files = render_files({str(number): slow for number in range(reports)}, tmp_path, 2)
    used = {int(file.read_text()) for file in files.values()}
    assert len(used) == expected
    assert os.getpid() not in used


@ONLY_LINUX
def test_render_files_renders_each_report_once_and_the_first_ones_first(tmp_path):
    (tmp_path / "log").touch()
    (tmp_path / "files").mkdir()

    def rendered(name):
        with (tmp_path / "log").open("a") as log:
            log.write(name)
        time.sleep(0.02)
        return name

    files = render_files({name: partial(rendered, name) for name in "abcdef"}, tmp_path / "files", 2)
    assert "".join(file.read_text() for file in files.values()) == "abcdef"
    begun = (tmp_path / "log").read_text()
    assert sorted(begun) == list("abcdef")
    assert set(begun[:2]) == {"a", "b"}


@ONLY_LINUX
def test_render_files_leaves_no_file_open(tmp_path):
    before = os.listdir("/proc/self/fd")
    render_files({"report": lambda: "x"}, tmp_path, 2)
    assert len(os.listdir("/proc/self/fd")) == len(before)


@pytest.mark.parametrize("processes", [1, SEVERAL])
def test_render_files_error_is_raised_and_leaves_no_complete_file(processes, tmp_path):
    def broken():
        yield "begun"
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        render_files({"broken": broken}, tmp_path, processes)
    assert not (tmp_path / "broken").exists()


@ONLY_LINUX
def test_render_files_process_that_is_killed_is_replaced_by_this_one(tmp_path):
    own = os.getpid()

    def killed():
        if os.getpid() != own:
            os.kill(os.getpid(), 9)
        yield "rendered"

    files = render_files({"report": killed, "other": killed, "third": lambda: "too"}, tmp_path, 2)
    assert [file.read_text() for file in files.values()] == ["rendered", "rendered", "too"]


@ONLY_LINUX
def test_render_files_that_is_interrupted_ends_its_processes_without_their_signal_handler(tmp_path, monkeypatch):
    def interrupted(_process):
        monkeypatch.undo()
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    def endless():
        (tmp_path / "begun").write_text(str(os.getpid()))
        while True:
            time.sleep(1)

    def handle(*_arguments):
        (tmp_path / "handled").touch()
        os._exit(1)

    # The process of a task in Ansible has such a handler.
    before = signal.signal(signal.SIGTERM, handle)
    try:
        monkeypatch.setattr(ForkProcess, "join", interrupted)
        with pytest.raises(KeyboardInterrupt):
            render_files({"endless": endless}, tmp_path, 2)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not (tmp_path / "handled").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "begun").read_text()), 0)


def test_render_files_file_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        render_files({"report": lambda: "x"}, tmp_path / "missing", 1)


@pytest.mark.parametrize(("platform", "processors", "expected"), [("linux", {0}, 1), ("linux", {0, 1}, 2), ("linux", {0, 1, 2, 3}, 2), ("darwin", {0, 1}, 1)])
def test_usable_processes_depends_on_the_machine(platform, processors, expected, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: processors, raising=False)
    assert usable_processes() == expected
