import multiprocessing
import stat
from datetime import date

import pytest

from cxportal.keys import store
from cxportal.keys.folder import FolderStore, KeyFolderUnsafe

WAVE = "wave:6f1c2f5e-9c1b-4a53-8a53-0c4c6a2f7a10"


def modes(folder):
    paths = [folder, *sorted(folder.iterdir())]
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in paths}


def test_folder_and_files_are_for_their_owner_alone(key_folder):
    store.create("panel:a")
    store.create("suppression")
    store.destroy("suppression")
    store.write_mark("dispatch", 1)
    assert modes(key_folder) == {
        "keys": "0o700",
        ".lock": "0o600",
        "dispatch.mark": "0o600",
        "panel=a.key": "0o600",
        "suppression.gone": "0o600",
    }


def test_a_folder_that_others_can_open_is_refused_with_the_remedy(key_folder):
    store.create(WAVE)
    key_folder.chmod(0o755)
    store._cache.clear()
    with pytest.raises(KeyFolderUnsafe, match=f"chmod 700 {key_folder}"):
        store.key(WAVE)


def test_a_folder_that_others_can_replace_is_refused_with_the_remedy(key_folder):
    key_folder.parent.chmod(0o777)
    with pytest.raises(KeyFolderUnsafe, match=f"chmod o-w {key_folder.parent}"):
        store.create(WAVE)


def test_the_tombstone_holds_the_day_and_nothing_else(key_folder):
    store.create(WAVE)
    store.destroy(WAVE, at=date(2026, 11, 1))
    [tombstone] = key_folder.iterdir()
    assert tombstone.read_bytes() == b"2026-11-01"


def test_a_key_whose_destruction_was_cut_short_counts_as_destroyed(key_folder):
    store.create(WAVE)
    key_folder.joinpath(f"{WAVE.replace(':', '=')}.gone").write_text("2026-11-01")
    store._cache.clear()
    with pytest.raises(store.KeyDestroyed):
        store.key(WAVE)
    assert store.names() == []


def test_destroying_again_finishes_what_a_crash_left(key_folder):
    store.create(WAVE)
    key_folder.joinpath(f"{WAVE.replace(':', '=')}.gone").write_text("2026-11-01")
    store.destroy(WAVE)
    assert [path.suffix for path in key_folder.iterdir()] == [".gone"]


def make_and_raise(folder, start, answers):
    start.wait()
    keys = FolderStore(folder)
    keys.add(WAVE, bytes([multiprocessing.current_process().pid % 256]) * 32)
    for value in range(50):
        keys.raise_mark("dispatch", value)
    answers.put(keys.read(WAVE))


def test_processes_agree_on_the_key_and_the_mark(key_folder):
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(4), fork.Queue()
    processes = [fork.Process(target=make_and_raise, args=(key_folder, start, answers)) for _ in range(4)]
    for process in processes:
        process.start()
    found = {answers.get(timeout=30) for _ in processes}
    for process in processes:
        process.join()
    assert (len(found), store.read_mark("dispatch")) == (1, 49)
