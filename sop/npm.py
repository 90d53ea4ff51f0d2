"""The third-party files a browser needs, and the versioned address of each.

Whole packages hold hundreds of files nobody asks for; collecting them takes minutes. So every file is listed here.
The version in the path comes from package-lock.json and is the cache key: a new version is a new address.
"""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from django.conf import settings

FILES: dict[str, tuple[str, ...]] = {
    "@fontsource-variable/inter": (
        "index.css",
        *(
            f"files/inter-{subset}-wght-normal.woff2"
            for subset in ("cyrillic-ext", "cyrillic", "greek-ext", "greek", "vietnamese", "latin-ext", "latin")
        ),
    ),
    "@tabler/core": ("dist/css/tabler.min.css",),
    "echarts": ("dist/echarts.esm.min.js",),
    "slickgrid": ("dist/esm/index.js", "dist/styles/css/slick.grid.css"),
}

MODULES: dict[str, tuple[str, str]] = {
    "echarts": ("echarts", "dist/echarts.esm.min.js"),
    "slickgrid": ("slickgrid", "dist/esm/index.js"),
}
"""Bare names our own modules may import."""

ICON_PACKAGE = "@tabler/icons-sprite"
ICON_SOURCE = "dist/tabler-sprite-nostroke.svg"
ICONS = (
    "adjustments", "alert-circle", "alert-triangle", "archive", "arrow-back-up", "arrow-down", "arrow-left",
    "arrow-right", "arrow-up", "arrows-maximize", "arrows-right-left", "arrows-split-2", "ban", "bell",
    "bolt", "bookmark",
    "building-factory-2", "bulb", "calendar", "calendar-event", "calendar-minus",
    "chart-line", "check", "checklist", "chevron-down",
    "chevron-right", "chevron-up", "circle", "circle-check", "clipboard", "clock", "clock-plus", "cloud-check",
    "cloud-upload", "coin", "copy", "currency-euro", "database", "database-import", "device-desktop", "dots",
    "download", "edit", "external-link", "eye", "file-import", "file-spreadsheet", "filter", "flag", "gavel",
    "git-branch", "grip-vertical", "help-circle", "history", "home", "info-circle", "keyboard", "key", "link",
    "list-check", "lock", "lock-open", "logout", "menu-2", "message", "message-plus", "minus", "moon", "note",
    "package", "pencil", "player-pause", "player-play", "player-stop", "plug", "plus", "printer", "refresh",
    "report-analytics", "rotate", "scale", "search", "send", "settings", "shopping-cart", "sun", "table",
    "target-arrow", "trash", "trending-down", "trending-up", "truck-delivery", "upload", "user", "user-plus",
    "users", "users-group", "x",
)  # fmt: skip
"""Only these go into the sprite; add a name here before using it in a template."""


def modules_root() -> Path:
    return Path(settings.BASE_DIR) / "node_modules"


@cache
def locked_versions() -> dict[str, str]:
    lock = json.loads((Path(settings.BASE_DIR) / "package-lock.json").read_text(encoding="utf-8"))
    prefix = "node_modules/"
    return {
        path.removeprefix(prefix): package["version"]
        for path, package in lock["packages"].items()
        if path.startswith(prefix)
    }


def vendor_folder(package: str) -> str:
    return f"vendor/{package}-{locked_versions()[package]}"


def vendor_path(package: str, file: str) -> str:
    """Static path of one listed file; an unlisted one would be missing after collectstatic, so it is refused here."""
    if file not in FILES.get(package, ()):
        raise LookupError(f"{package}/{file} is not listed in sop/npm.py")
    return f"{vendor_folder(package)}/{file}"


@cache
def sprite_path() -> str:
    names = hashlib.sha256(" ".join(ICONS).encode()).hexdigest()[:8]
    return f"{vendor_folder(ICON_PACKAGE)}-{names}/icons.svg"


def sprite_file() -> Path:
    """The sprite on disk, assembled from the package the first time it is asked for."""
    target = modules_root() / ".cache" / "evenkeel" / sprite_path()
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        source = (modules_root() / ICON_PACKAGE / ICON_SOURCE).read_text(encoding="utf-8")
        target.write_text(assemble_sprite(source, ICONS), encoding="utf-8")
    return target


def assemble_sprite(source: str, names: tuple[str, ...]) -> str:
    symbols = {}
    for name, body in re.findall(r'<symbol id="tabler-([a-z0-9-]+)"[^>]*>(.*?)</symbol>', source, re.DOTALL):
        symbols[name] = body.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    missing = [name for name in names if name not in symbols]
    if missing:
        raise LookupError(f"No such icon in {ICON_PACKAGE}: {', '.join(missing)}")
    parts = [f'<symbol id="{name}" viewBox="0 0 24 24">{symbols[name]}</symbol>' for name in names]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>\n'
