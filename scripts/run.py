"""`make run`: from a fresh clone to a running portal. Standard library only: nothing is installed yet."""

import ctypes
import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PACKAGES = "apt-get install -y python3-venv make"
MEGABYTE = 1024 * 1024


class CannotStart(SystemExit):
    """Ends the programme with one sentence that says what to do."""

    def __init__(self, sentence: str):
        print(f"\n{sentence}", file=sys.stderr)
        super().__init__(1)


def main() -> None:
    requirements = ROOT / "requirements" / (sys.argv[1] if len(sys.argv) > 1 else "runtime.txt")
    if sys.version_info < (3, 11):
        raise CannotStart(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    with_environment(requirements)
    if requirements.name == "runtime.txt":
        stop_together_with_make()
        os.environ.setdefault("CX_BASE_URL", f"http://localhost:{os.environ.get('PORT', '8000')}")
        os.chdir(ROOT)
        os.execv(PYTHON, [str(PYTHON), "manage.py", "serve", "--demo"])


def with_environment(requirements: Path) -> None:
    """`.venv` holds exactly what the lock names; unchanged since the last time, this takes no time."""
    stamp = VENV / f"installed-{requirements.stem}"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and PYTHON.exists():
        return
    need_space(ROOT, 600)
    if not working_python():
        make_environment()
    print(
        f"Installing the libraries of requirements/{requirements.name} (a minute or two, the first time) ...",
        flush=True,
    )
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    # --no-deps: the lock names everything, and takes back what pyxform demands to the digit
    done = subprocess.run(
        [*pip, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", requirements],
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        if "No space left" in done.stderr:
            raise CannotStart(disk_full(ROOT))
        print(done.stderr[-2000:], file=sys.stderr)
        raise CannotStart(
            "The libraries could not be installed (see above); check the network and run it again."
        )
    stamp.write_text(wanted)


def working_python() -> bool:
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0


def make_environment() -> None:
    print("Making .venv ...", flush=True)
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode:
        raise CannotStart(f"Python's venv module is missing; as root, run:  {PACKAGES}")
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if done.returncode:
        if "No space left" in done.stdout + done.stderr:
            raise CannotStart(disk_full(ROOT))
        print((done.stdout + done.stderr)[-1000:], file=sys.stderr)
        raise CannotStart(
            f"The folder .venv could not be made (see above); as root, this may help:  {PACKAGES}"
        )


def need_space(folder: Path, megabytes: int) -> None:
    if shutil.disk_usage(folder).free < megabytes * MEGABYTE:
        raise CannotStart(disk_full(folder))


def disk_full(folder: Path) -> str:
    return f"The disk that holds {folder} is full; free about 1 GB and run it again."


def stop_together_with_make() -> None:
    """If make is killed, so are we: nothing keeps running behind the user's back (Linux only)."""
    if sys.platform == "linux" and "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 = PR_SET_PDEATHSIG


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise CannotStart(disk_full(ROOT)) from None
        if error.errno in {errno.EACCES, errno.EROFS}:
            raise CannotStart(f"{error.filename or ROOT} cannot be written by this user.") from None
        raise
