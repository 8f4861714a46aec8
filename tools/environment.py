"""Makes `.venv` from a lock file when it is missing or the lock changed, installs the project into it, so that
`.venv/bin/depter` is there, then becomes a command inside it.

    python3 tools/environment.py run.lock -- -m app.cli run

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
COMMAND = VENV / "bin" / "depter"
OURS = "project"
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
    """What the lock names, each checked by its hash."""
    pip("--require-hashes", "--prefer-binary", "-r", LOCKS / lock)


def install_project():
    """The project itself, editable, by the build backend that the lock has put into `.venv`; needs no network."""
    pip("--no-build-isolation", "--no-index", "--force-reinstall", "-e", PROJECT)


def pip(*options):
    """Install without looking for dependencies; with the pip inside, else uv, else the pip of this Python."""
    common = ["install", "-qq", "--no-deps"]
    inside = subprocess.run([str(PYTHON), "-m", "pip", "--version"], check=False, capture_output=True)
    if inside.returncode == 0:
        run(PYTHON, "-m", "pip", *common, *options, "--disable-pip-version-check")
    elif shutil.which("uv"):
        known = [
            {"--force-reinstall": "--reinstall", "--no-index": "--offline"}.get(option, option)
            for option in options
            if option != "--prefer-binary"
        ]
        run("uv", "pip", "install", "-q", "--no-deps", "--python", PYTHON, *known)
    else:
        try:
            outside = [sys.executable, "-m", "pip", "--python", PYTHON]
            run(*outside, *common, *options, "--disable-pip-version-check")
        except subprocess.CalledProcessError:
            sys.exit("Python has no pip here. On Debian and Ubuntu: apt install python3-venv")


def project_fingerprint():
    """What of the project the installation depends on: name, version, commands, how it is built, where it lies."""
    return hashlib.sha256((PROJECT / "pyproject.toml").read_bytes() + str(VENV).encode()).hexdigest()


def ensure(lock):
    """One at a time; afterwards the environment holds what the lock names, and the project."""
    with (PROJECT / ".venv.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        now = installed()
        if now.get(lock) != fingerprint(lock):
            print(f"Installing what requirements/{lock} names into .venv ...", flush=True)
            if not now and not works():
                make_venv()
            install(lock)
            now = {lock: fingerprint(lock)}
            for other in ("run.lock", "test.lock"):
                if names(other) <= names(lock):
                    now[other] = fingerprint(other)
            stamp(now)
        if now.get(OURS) != project_fingerprint() or not COMMAND.exists():
            install_project()
            stamp({**now, OURS: project_fingerprint()})


def stamp(installed_now):
    """Note what is there, whole or not at all."""
    partial = STAMP.with_suffix(".partial")
    partial.write_text(json.dumps(installed_now))
    partial.replace(STAMP)


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
