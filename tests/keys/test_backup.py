import json
import stat
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from cxportal.keys import backup, expected, store

WAVE = "wave:6f1c2f5e-9c1b-4a53-8a53-0c4c6a2f7a10"


def run(*arguments) -> str:
    out = StringIO()
    call_command("keys", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def lose_everything(key_folder):
    for path in key_folder.iterdir():
        path.unlink()
    store._cache.clear()


@pytest.fixture(autouse=True)
def _no_expectations(monkeypatch):
    monkeypatch.setattr(expected, "_expectations", [])


def test_lost_keys_come_back_from_the_backup(key_folder, tmp_path):
    made = store.create(WAVE)
    store.write_mark("dispatch", 4)
    run("backup", str(tmp_path / "backup"))
    lose_everything(key_folder)
    assert run("restore", str(tmp_path / "backup")).endswith("1 restored, 0 were here, 0 stay destroyed.\n")
    assert (store.key(WAVE), store.read_mark("dispatch")) == (made, 5)


def test_a_backup_is_for_its_owner_alone(keys, tmp_path):
    store.create(WAVE)
    run("backup", str(tmp_path / "backup"))
    assert oct(stat.S_IMODE((tmp_path / "backup").stat().st_mode)) == "0o600"


@time_machine.travel("2026-11-01 12:00")
def test_a_backup_says_until_when_it_may_live(keys, tmp_path):
    assert "delete it by 2026-11-08" in run("backup", str(tmp_path / "backup"))


def test_a_backup_is_never_written_over(keys, tmp_path):
    run("backup", str(tmp_path / "backup"))
    with pytest.raises(CommandError, match="exists already"):
        run("backup", str(tmp_path / "backup"))


def test_a_key_destroyed_after_the_backup_stays_destroyed(keys, tmp_path):
    store.create(WAVE)
    run("backup", str(tmp_path / "backup"))
    store.destroy(WAVE)
    assert f"{WAVE}  stays destroyed" in run("restore", str(tmp_path / "backup"))
    assert store.names() == []


def test_a_key_a_room_says_is_destroyed_stays_so_although_its_tombstone_is_lost(key_folder, tmp_path):
    store.create(WAVE)
    run("backup", str(tmp_path / "backup"))
    lose_everything(key_folder)
    expected.expect(needed=list, destroyed=lambda: {WAVE: date(2026, 11, 1)})
    run("restore", str(tmp_path / "backup"))
    assert (store.names(), store.destroyed_on(WAVE)) == ([], date(2026, 11, 1))


def test_a_backup_that_should_be_deleted_is_refused(keys, tmp_path):
    store.create(WAVE)
    with time_machine.travel("2026-11-01 12:00"):
        run("backup", str(tmp_path / "backup"))
    with time_machine.travel("2026-11-09 12:00"), pytest.raises(CommandError, match="is 8 days old"):
        run("restore", str(tmp_path / "backup"))


def test_an_old_backup_is_taken_when_told_so(key_folder, tmp_path):
    made = store.create(WAVE)
    with time_machine.travel("2026-11-01 12:00"):
        run("backup", str(tmp_path / "backup"))
    lose_everything(key_folder)
    run("restore", str(tmp_path / "backup"), "--although-old")
    assert store.key(WAVE) == made


def test_a_backup_with_another_key_of_that_name_changes_nothing(key_folder, tmp_path):
    store.create(WAVE)
    store.create("panel:a")
    run("backup", str(tmp_path / "backup"))
    lose_everything(key_folder)
    other = store.create(WAVE)
    with pytest.raises(CommandError, match="is another one than in the backup"):
        run("restore", str(tmp_path / "backup"))
    assert (store.names(), store.key(WAVE)) == ([WAVE], other)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', "\x00"])
def test_a_file_that_is_no_backup_is_refused(keys, tmp_path, content):
    (tmp_path / "backup").write_text(content)
    with pytest.raises(backup.BackupRefused, match="is no backup of keys"):
        backup.restore(tmp_path / "backup")


def test_the_list_shows_names_and_days_and_no_key(keys):
    with time_machine.travel("2026-11-01 12:00"):
        store.create("panel:a")
        store.create(WAVE)
        store.destroy(WAVE, at=date(2026, 11, 1))
    assert (
        run("list").splitlines()[1] == f"{WAVE}  destroyed on 2026-11-01, out of every backup on 2026-11-08"
    )
    assert run("list").splitlines()[0].startswith("panel:a  made on 20")


def test_check_names_what_is_missing(keys):
    store.create("panel:a")
    expected.expect(needed=lambda: [WAVE, "panel:a"])
    out = StringIO()
    with pytest.raises(CommandError, match="1 missing, 0 that should be gone"):
        call_command("keys", "check", stderr=out)
    assert out.getvalue() == f"{WAVE} is missing: restore it, or what needs it stays paused.\n"


def test_check_names_what_should_be_gone(keys):
    store.create(WAVE)
    expected.expect(needed=list, destroyed=lambda: {WAVE: date(2026, 11, 1)})
    with pytest.raises(CommandError, match="0 missing, 1 that should be gone"):
        run("check")


def test_check_is_content_when_nothing_is_missing(keys):
    store.create(WAVE)
    expected.expect(needed=lambda: [WAVE])
    assert run("check").startswith("1 keys in the ")


def test_the_backup_of_the_database_of_keys_holds_them_all(key_database, tmp_path):
    store.create(WAVE)
    run("backup", str(tmp_path / "backup"))
    assert list(json.loads((tmp_path / "backup").read_text())["keys"]) == [WAVE]
