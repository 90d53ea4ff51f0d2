"""Run a command with a real PostgreSQL, Redis and Chromium: `python scripts/testenv.py pytest`.

What the environment names (TEST_DATABASE_URL or DATABASE_URL, REDIS_URL, CHROMIUM) is used as it is. Otherwise
throw-away servers are started from installed programs, on free ports and in a temporary folder; a server that happens
to run on this machine is never touched. Programs that are missing are installed with apt-get where that is possible.
Whatever was started is stopped and deleted at the end. The command's own exit status is passed on.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
POSTGRESQL_FOLDERS = ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin")
# The tests can be repeated, so their database need not survive a power cut.
POSTGRESQL_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=127.0.0.1")
PATIENCE = 60


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    with contextlib.ExitStack() as at_end:
        folder = Path(at_end.enter_context(tempfile.TemporaryDirectory(prefix="evenkeel-", ignore_cleanup_errors=True)))
        folder.chmod(0o711)  # PostgreSQL refuses to run as root and reaches its own folder as another user
        install(missing_packages())
        servers = {
            "DATABASE_URL": named_database() or start_postgresql(folder / "postgresql", at_end),
            "REDIS_URL": os.environ.get("REDIS_URL") or start_redis(folder, at_end),
            "CHROMIUM": find_chromium(),
        }
        return run(command, {**os.environ, **servers})


def say(sentence: str) -> None:
    print(f"testenv: {sentence}", file=sys.stderr, flush=True)


# --- What there is ----------------------------------------------------------------------------------------------------


def named_database() -> str:
    url = os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL", "")
    return url if url.startswith("postgres") else ""


def postgresql_folder() -> Path | None:
    """The folder of PostgreSQL's own programs; Debian keeps them out of the PATH, one folder per version."""
    installed = sorted((found for pattern in POSTGRESQL_FOLDERS for found in Path("/").glob(pattern)), reverse=True)
    for folder in [*installed, *map(Path, os.environ.get("PATH", "").split(os.pathsep))]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def find_chromium() -> str:
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), "")


def missing_packages() -> list[str]:
    packages = []
    if not named_database() and not postgresql_folder():
        packages.append("postgresql")
    if not os.environ.get("REDIS_URL") and not shutil.which("redis-server"):
        packages.append("redis-server")
    if not find_chromium():
        packages += ["chromium", "fonts-dejavu-core"]
    return packages


def install(packages: list[str]) -> None:
    if not packages:
        return
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (as_root and not shutil.which("sudo")):
        sys.exit(
            f"testenv: install {', '.join(packages)} first, or name servers in DATABASE_URL, REDIS_URL and CHROMIUM."
        )
    say(f"installing the Debian packages {', '.join(packages)}")
    if "postgresql" in packages:
        forbid_default_cluster(as_root)
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Options::=--force-confold"]
    subprocess.run([*apt, "update"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*apt, "install", "-y", "--no-install-recommends", *packages], check=True, stdout=subprocess.DEVNULL)


def forbid_default_cluster(as_root: list[str]) -> None:
    """Debian's package would otherwise create a database of its own and listen on port 5432."""
    settings = "/etc/postgresql-common/createcluster.conf"
    subprocess.run([*as_root, "mkdir", "-p", str(Path(settings).parent)], check=True)
    line = b"create_main_cluster = false\n"
    subprocess.run([*as_root, "tee", settings], input=line, stdout=subprocess.DEVNULL, check=True)


# --- What is started --------------------------------------------------------------------------------------------------


def start_postgresql(folder: Path, at_end: contextlib.ExitStack) -> str:
    programs, port, user = postgresql_folder(), free_port(), unprivileged_user()
    if programs is None:
        sys.exit("testenv: PostgreSQL is not installed.")
    folder.mkdir()
    if user:
        shutil.chown(folder, user)
    locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    new = [
        "-D",
        str(folder / "cluster"),
        "-U",
        "evenkeel",
        "-A",
        "trust",
        "-E",
        "UTF8",
        f"--locale={locale}",
        "--no-sync",
    ]
    subprocess.run([str(programs / "initdb"), *new], check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder)
    options = [part for option in POSTGRESQL_OPTIONS for part in ("-c", option)]
    arguments = ["-D", str(folder / "cluster"), "-p", str(port), "-k", str(folder), *options]
    server = start([str(programs / "postgres"), *arguments], folder / "postgresql.log", user=user)
    at_end.callback(stop, server, signal.SIGINT)  # its fast shutdown
    address = ["-h", "127.0.0.1", "-p", str(port), "-U", "evenkeel"]
    create = [str(programs / "createdb"), *address, "evenkeel"]
    wait_for(
        "PostgreSQL", server, lambda: subprocess.run(create, check=False, capture_output=True).returncode == 0, folder
    )
    say(f"started a throw-away PostgreSQL on port {port}")
    return f"postgres://evenkeel@127.0.0.1:{port}/evenkeel"


def start_redis(folder: Path, at_end: contextlib.ExitStack) -> str:
    port = free_port()
    arguments = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder), "--databases", "64"]
    server = start(["redis-server", *arguments], folder / "redis.log")
    at_end.callback(stop, server, signal.SIGTERM)
    wait_for("Redis", server, lambda: answers(port), folder)
    say(f"started a throw-away Redis on port {port}")
    return f"redis://127.0.0.1:{port}/0"


def start(command: list[str], log: Path, user: str | None = None) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C reaches the tests and leaves them their database."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command, user=user, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True
        )


def stop(server: subprocess.Popen[bytes], number: signal.Signals) -> None:
    server.send_signal(number)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def wait_for(name: str, server: subprocess.Popen[bytes], is_ready: Callable[[], bool], folder: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while not is_ready():
        if server.poll() is not None or time.monotonic() > give_up:
            logs = "".join(log.read_text(errors="replace") for log in folder.glob("*.log"))
            sys.exit(f"testenv: {name} did not start.\n{logs}")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def unprivileged_user() -> str | None:
    """Whom PostgreSQL runs as when we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


# --- The command ------------------------------------------------------------------------------------------------------


def run(command: list[str], environment: dict[str, str]) -> int:
    child = subprocess.Popen(command, env=environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the command as well, and we wait for it to tidy up
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
