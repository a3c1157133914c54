import threading
import time
from datetime import date
from pathlib import Path

import pytest

from cxportal.keys import store

WAVE = "wave:6f1c2f5e-9c1b-4a53-8a53-0c4c6a2f7a10"


def everything_on_disk(place: Path) -> bytes:
    paths = place.rglob("*") if place.is_dir() else place.parent.glob(f"{place.name}*")
    return b"".join(path.read_bytes() for path in paths if path.is_file())


def test_a_key_has_32_bytes_and_stays_the_same(keys):
    made = store.create(WAVE)
    store._cache.clear()
    assert (len(made), store.key(WAVE)) == (32, made)


def test_creating_twice_keeps_the_first_key(keys):
    assert store.create(WAVE) == store.create(WAVE)


def test_a_missing_key_says_where_it_was_looked_for_and_what_to_do(keys):
    with pytest.raises(store.KeyMissing, match=r"not in the .*manage\.py keys restore FILE"):
        store.key(WAVE)


def test_get_or_create_makes_a_key_once(keys):
    assert store.get_or_create("suppression") == store.get_or_create("suppression")


def test_a_destroyed_key_cannot_be_read(keys):
    store.create(WAVE)
    store.destroy(WAVE, at=date(2026, 11, 1))
    with pytest.raises(store.KeyDestroyed, match="was destroyed on 2026-11-01"):
        store.key(WAVE)


@pytest.mark.parametrize("way_back", [store.create, store.get_or_create])
def test_a_destroyed_key_never_comes_back(keys, way_back):
    store.create(WAVE)
    store.destroy(WAVE)
    with pytest.raises(store.KeyDestroyed):
        way_back(WAVE)
    assert store.names() == []


def test_nothing_of_a_destroyed_key_is_left_on_the_disk(keys):
    made = store.create(WAVE)
    assert made in everything_on_disk(keys)
    store.destroy(WAVE)
    assert made not in everything_on_disk(keys)


def test_destroying_again_keeps_the_first_date(keys):
    store.create(WAVE)
    store.destroy(WAVE, at=date(2026, 11, 1))
    store.destroy(WAVE, at=date(2026, 12, 1))
    assert store.destroyed_on(WAVE) == date(2026, 11, 1)


def test_a_key_is_provably_gone_when_its_last_backup_is(keys, settings):
    settings.KEYS_BACKUP_DAYS = 7
    store.create(WAVE)
    store.destroy(WAVE, at=date(2026, 11, 1))
    assert store.provably_gone_on(WAVE) == date(2026, 11, 8)


def test_a_key_that_lives_is_not_provably_gone(keys):
    store.create(WAVE)
    assert store.destroyed_on(WAVE) is None
    with pytest.raises(store.KeyMissing):
        store.provably_gone_on(WAVE)


def test_a_key_destroyed_by_another_process_dies_here_within_ten_seconds(keys, monkeypatch):
    store.create(WAVE)
    store.key(WAVE)
    store.current().destroy(WAVE, date(2026, 11, 1))  # as another process does it: our memory is not told
    now = time.monotonic()
    monkeypatch.setattr(store.time, "monotonic", lambda: now + 10)
    with pytest.raises(store.KeyDestroyed):
        store.key(WAVE)


def test_names_are_those_of_living_keys(keys):
    for name in ["suppression", "panel:b", WAVE]:
        store.create(name)
    store.destroy("panel:b")
    assert store.names() == ["suppression", WAVE]


@pytest.mark.parametrize(
    "name", ["", "../etc", "wave:..", "Wave:1", "wave:a/b", "wave:a\n", "a" * 121, "wave:"]
)
def test_a_name_that_could_leave_the_folder_is_refused(keys, name):
    with pytest.raises(ValueError, match="no name of a key"):
        store.create(name)


def test_marks_only_rise(keys):
    assert store.read_mark("dispatch") is None
    for value in [3, 7, 5]:
        store.write_mark("dispatch", value)
    assert store.read_mark("dispatch") == 7


def test_hashes_of_two_purposes_or_keys_never_match(keys):
    store.create("panel:a")
    store.create("panel:b")
    hashes = [
        store.keyed_hash(name, data, purpose=purpose)
        for name, data, purpose in [
            ("panel:a", "x", "mark"),
            ("panel:a", "x", "spent"),
            ("panel:b", "x", "mark"),
            ("panel:a", "y", "mark"),
        ]
    ]
    assert len(set(hashes)) == 4


def test_a_hash_is_the_same_for_text_and_its_bytes(keys):
    store.create("panel:a")
    assert store.keyed_hash("panel:a", "å", purpose="m") == store.keyed_hash(
        "panel:a", "å".encode(), purpose="m"
    )


def test_what_is_encrypted_comes_back(keys):
    store.create(WAVE)
    sealed = store.encrypt(WAVE, b"token", "ticket")
    assert b"token" not in sealed
    assert store.decrypt(WAVE, memoryview(sealed), "ticket") == b"token"


@pytest.mark.parametrize(
    "change", [lambda s: s[:-1] + bytes([s[-1] ^ 1]), lambda s: b"\x02" + s[1:], lambda s: s[:9]]
)
def test_a_changed_text_is_not_decrypted(keys, change):
    store.create(WAVE)
    with pytest.raises(store.CannotDecrypt):
        store.decrypt(WAVE, change(store.encrypt(WAVE, b"token", "ticket")), "ticket")


def test_a_text_of_another_purpose_is_not_decrypted(keys):
    store.create(WAVE)
    with pytest.raises(store.CannotDecrypt):
        store.decrypt(WAVE, store.encrypt(WAVE, b"token", "ticket"), "receipt")


def test_nobody_decrypts_after_the_key_is_gone(keys):
    store.create(WAVE)
    sealed = store.encrypt(WAVE, b"token", "ticket")
    store.destroy(WAVE)
    with pytest.raises(store.KeyDestroyed):
        store.decrypt(WAVE, sealed, "ticket")


def test_many_threads_creating_one_key_get_the_same(key_folder):
    start, made = threading.Barrier(8), []

    def make() -> None:
        start.wait()
        made.append(store.create(WAVE))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(made))) == (8, 1)
