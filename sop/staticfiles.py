"""Third-party files from node_modules under versioned paths, and the storage that hashes only our own."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from sop import npm

VENDOR = "vendor/"


class NpmFinder(BaseFinder):
    """Finds the files listed in sop.npm, and nothing else."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        missing = [str(path) for path in _listed_files().values() if not path.exists()]
        if not (npm.modules_root() / npm.ICON_PACKAGE / npm.ICON_SOURCE).exists():
            missing.append(f"{npm.ICON_PACKAGE}/{npm.ICON_SOURCE}")
        if not missing:
            return []
        return [
            Error(f"{len(missing)} third-party browser files are missing.", hint="Run make setup.", id="sop.E001"),
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = self._locate(path)
        # Nothing found is an empty list either way: Django counts None as a match.
        return [found] if found and find_all else found or []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for static_path, file in _listed_files().items():
            yield static_path, _FileAlias(static_path, file)
        sprite = npm.sprite_path()
        yield sprite, _FileAlias(sprite, npm.sprite_file())

    def _locate(self, path: str) -> str | None:
        if not path.startswith(VENDOR):
            return None
        if path == npm.sprite_path():
            return str(npm.sprite_file())
        file = _listed_files().get(path)
        return str(file) if file and file.exists() else None


class _FileAlias(FileSystemStorage):
    """One file under another name, in the shape collectstatic expects."""

    def __init__(self, static_path: str, file: Path) -> None:
        super().__init__(location=str(file.parent))
        self.prefix = None
        self._static_path = static_path
        self._file = file

    def path(self, name: str) -> str:
        return str(self._file) if name == self._static_path else super().path(name)


def _listed_files() -> dict[str, Path]:
    root = npm.modules_root()
    return {
        npm.vendor_path(package, name): root / package / name for package, names in npm.FILES.items() for name in names
    }


class Storage(CompressedManifestStaticFilesStorage):
    """Hashes our own files; leaves vendor/ as it is, for its path already carries the version, but compresses it.

    Without a manifest (development, tests) every address is the plain one and the finders serve the file.
    """

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        own = {name: source for name, source in paths.items() if not name.startswith(VENDOR)}
        yield from super().post_process(own, dry_run=dry_run, **options)
        if dry_run:
            return
        for name, compressed in self.compress_files(set(paths) - set(own)):
            yield name, compressed, True

    def stored_name(self, name: str) -> str:
        if name.startswith(VENDOR) or not self.hashed_files:
            return name
        return super().stored_name(name)
