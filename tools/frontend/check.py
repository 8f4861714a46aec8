"""Proves that the kept browser files are byte-equal to the npm packages, draws the icon sprite from them, and builds
the bundle of the editor of diagrams again.

Knows vendor.toml, package-lock.json, node_modules and app/web/static; imports nothing of the application.

    npm ci && python check.py            compare; exit code 1 and a list when something differs
    npm ci && python check.py --write    copy and build the files again and write their checksums into vendor.toml
    python check.py --kept               without npm: only the kept files against the checksums
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STATIC = HERE.parents[1] / "app" / "web" / "static"
LIST = HERE / "vendor.toml"
MODULES = HERE / "node_modules"

Package = dict[str, Any]


def sha256(data: bytes) -> str:
    """The checksum as vendor.toml writes it."""
    return hashlib.sha256(data).hexdigest()


def draw_sprite(package: Package, icons: Sequence[str]) -> bytes:
    """One SVG file with a <symbol> an icon; what stands inside each is copied unmodified."""
    symbols = []
    for name in icons:
        source = (MODULES / package["name"] / "icons" / "outline" / f"{name}.svg").read_text("utf-8")
        found = re.search(r"<svg[^>]*>(.*)</svg>", source, re.DOTALL)
        if found is None:
            raise ValueError(f"{name}.svg is not an icon")
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{found.group(1)}</symbol>'
        )
    head = f"<!-- {package['name']} {package['version']}, {package['licence']} licence: see vendor/ -->"
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', head, *symbols, "</svg>", ""]).encode()


def originals(package: Package) -> Iterator[tuple[str, bytes]]:
    """What a package should have left in static/: target and bytes."""
    for file in package["files"]:
        if "icons" in package and file["to"].endswith("icons.svg"):
            yield file["to"], draw_sprite(package, package["icons"])
        else:
            yield file["to"], (MODULES / package["name"] / file["from"]).read_bytes()


def check_lock(packages: Sequence[Package]) -> Iterator[str]:
    """Problems between vendor.toml and package-lock.json; the lock must name no registry."""
    text = (HERE / "package-lock.json").read_text("utf-8")
    if '"resolved"' in text:
        yield "package-lock.json names a registry"
    locked: Mapping[str, Any] = json.loads(text)["packages"]
    wanted = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    for name, version in wanted.items():
        if not version[0].isdigit() or locked.get(f"node_modules/{name}", {}).get("version") != version:
            yield f"{name}: package.json asks for {version}, which is not exactly the locked version"
    for package in packages:
        entry = locked.get(f"node_modules/{package['name']}", {})
        if entry.get("version") != package["version"]:
            yield f"{package['name']}: {package['version']} is kept, {entry.get('version')} is locked"


def check_kept(packages: Sequence[Package]) -> Iterator[str]:
    """Problems between vendor.toml and the kept files, bundles too; nothing under static/vendor may be unlisted."""
    listed = {file["to"]: file["sha256"] for package in packages for file in package["files"]}
    for target, checksum in listed.items():
        path = STATIC / target
        if not path.exists():
            yield f"{target}: missing"
        elif sha256(path.read_bytes()) != checksum:
            yield f"{target}: changed"
    for path in sorted((STATIC / "vendor").rglob("*")):
        name = path.relative_to(STATIC).as_posix()
        if path.is_file() and name not in listed:
            yield f"{name}: not listed in vendor.toml"


def check_originals(packages: Sequence[Package]) -> Iterator[str]:
    """Problems between the kept files and the installed npm packages."""
    for package in packages:
        for target, data in originals(package):
            path = STATIC / target
            if not path.exists() or path.read_bytes() != data:
                yield f"{target}: differs from {package['name']} {package['version']}"


def built(bundle: Package) -> Iterator[tuple[str, bytes]]:
    """The files of a bundle, built anew: target and bytes."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", bundle["build"], folder], cwd=HERE, check=True)
        for file in bundle["files"]:
            path = Path(folder) / Path(file["to"]).name
            yield file["to"], path.read_bytes() if path.exists() else b""
        listed = {Path(file["to"]).name for file in bundle["files"]}
        for path in sorted(Path(folder).iterdir()):
            if path.name not in listed:
                yield f"vendor/{bundle['name']}/{path.name}", path.read_bytes()


def check_built(bundles: Sequence[Package]) -> Iterator[str]:
    """Problems between the kept bundles and what their sources and packages give now."""
    for bundle in bundles:
        for target, data in built(bundle):
            path = STATIC / target
            if not path.exists() or path.read_bytes() != data:
                yield f"{target}: differs from what {bundle['build']} builds"


def write(packages: Sequence[Package], bundles: Sequence[Package]) -> None:
    """Copy and build every file and put its checksum into vendor.toml, leaving the rest of that file as it is."""
    text = LIST.read_text("utf-8")
    for files in (*map(originals, packages), *map(built, bundles)):
        for target, data in files:
            path = STATIC / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            text = re.sub(
                rf'(to = "{re.escape(target)}", sha256 = ")[0-9a-f]*"', rf'\g<1>{sha256(data)}"', text
            )
    LIST.write_text(text, "utf-8")


def main(arguments: Sequence[str]) -> int:
    """Run one of the three ways above."""
    listed = tomllib.loads(LIST.read_text("utf-8"))
    if "--write" in arguments:
        write(listed["package"], listed["bundle"])
        listed = tomllib.loads(LIST.read_text("utf-8"))
    packages, bundles = listed["package"], listed["bundle"]
    problems = [*check_lock(packages), *check_kept([*packages, *bundles])]
    if "--kept" not in arguments:
        problems += [*check_originals(packages), *check_built(bundles)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
