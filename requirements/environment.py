"""Makes `.venv` from a lock file when it is missing or the lock changed, then becomes a command inside it.

    python3 requirements/environment.py run.lock -- -m app.cli run

Needs nothing but Python's standard library. What it starts ends when it is ended. Writes only below `.venv`.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LOCKS = PROJECT / "requirements"
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
OLDEST = (3, 11)


def die_with_parent():
    """Linux: end when `make` is killed. The setting survives becoming another program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)


def run(*words):
    subprocess.run(
        [str(word) for word in words], check=True, preexec_fn=die_with_parent, stdin=subprocess.DEVNULL
    )


def fingerprint(lock):
    """What must be equal for the environment to be the one this lock asks for."""
    return hashlib.sha256((LOCKS / lock).read_bytes() + str(VENV).encode()).hexdigest()


def installed():
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    works = subprocess.run([str(PYTHON), "-c", ""], check=False, stderr=subprocess.DEVNULL)
    return found if works.returncode == 0 else {}


def names(lock):
    return {line.split()[0] for line in (LOCKS / lock).read_text().splitlines() if "==" in line[:80]}


def make_venv():
    """With pip inside; where Python came without `ensurepip`, pip works from outside."""
    try:
        run(sys.executable, "-c", "import venv, ensurepip")
        run(sys.executable, "-m", "venv", "--clear", VENV)
    except subprocess.CalledProcessError:
        run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)


def install(lock):
    options = ["install", "-qq", "--no-deps", "--require-hashes", "--prefer-binary", "-r", LOCKS / lock]
    if (
        subprocess.run([str(PYTHON), "-m", "pip", "--version"], check=False, capture_output=True).returncode
        == 0
    ):
        run(PYTHON, "-m", "pip", *options, "--disable-pip-version-check")
    elif shutil.which("uv"):
        run("uv", "pip", "install", "--python", PYTHON, "--require-hashes", "-r", LOCKS / lock)
    else:
        try:
            run(sys.executable, "-m", "pip", "--python", PYTHON, *options, "--disable-pip-version-check")
        except subprocess.CalledProcessError:
            sys.exit("Python has no pip here. On Debian and Ubuntu: apt install python3-venv")


def ensure(lock):
    """One at a time; afterwards the environment holds what the lock names."""
    with (PROJECT / ".venv.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        now = installed()
        if now.get(lock) == fingerprint(lock):
            return
        print(f"Installing what requirements/{lock} names into .venv ...", flush=True)
        if not now and not works():
            make_venv()
        install(lock)
        stamp = {lock: fingerprint(lock)}
        for other in ("run.lock", "test.lock"):
            if names(other) <= names(lock):
                stamp[other] = fingerprint(other)
        STAMP.write_text(json.dumps(stamp))


def works():
    """True for an environment that is ours, newly enough, and only lacks its stamp."""
    if not PYTHON.exists():
        return False
    probe = "import sys; sys.exit(not (sys.version_info >= %r and sys.prefix == %r))" % (OLDEST, str(VENV))
    return subprocess.run([str(PYTHON), "-c", probe], check=False, stderr=subprocess.DEVNULL).returncode == 0


def newer_python():
    """Become a newer Python of the PATH when this one is too old."""
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0:
            os.execv(found, [found, *sys.argv])
    sys.exit(f"Depter needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")


def main():
    if sys.version_info < OLDEST:
        newer_python()
    die_with_parent()
    lock, command = sys.argv[1], sys.argv[3:]
    try:
        ensure(lock)
    except subprocess.CalledProcessError as failed:
        sys.exit(f"This failed: {' '.join(failed.cmd)}")
    except KeyboardInterrupt:
        sys.exit(130)
    if command:
        # Every test run starts dozens of Python programs: where bytecode may not be kept, each compiles all sources.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.chdir(PROJECT)
        os.execv(PYTHON, [str(PYTHON), *command])


if __name__ == "__main__":
    main()
