"""Addresses of scripts, styles and icons, for templates."""

import json
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from sop import npm

register = template.Library()


@register.simple_tag
def vendor(package: str, file: str) -> str:
    """Address of one file of an npm package; it must be listed in sop.npm."""
    return static(npm.vendor_path(package, file))


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon; the words beside it, or the label of its button, carry the meaning."""
    if name not in npm.ICONS:
        raise LookupError(f"The icon “{name}” is not listed in sop/npm.py")
    css_class = f"i {css}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css_class, static(npm.sprite_path()), name
    )


@register.simple_tag(takes_context=True)
def importmap(context: template.Context) -> SafeString:
    """Bare names to addresses, so that a module written as 'app/http.js' is found under its hashed name."""
    imports = _cached_imports() if not settings.DEBUG else _imports()
    # "<" cannot end the script element early when written as an escape.
    text = json.dumps({"imports": imports}, indent=None, separators=(",", ":")).replace("<", "\\u003c")
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>',
        context["request"].csp_nonce,
        mark_safe(text),
    )


@register.simple_tag
def module_url(name: str) -> str:
    """Address of an own module, for <script type="module" src>: "app/shell.js"."""
    return static(f"js/{name.removeprefix('app/')}")


@cache
def _cached_imports() -> dict[str, str]:
    return _imports()


def _imports() -> dict[str, str]:
    imports = {name: vendor(package, file) for name, (package, file) in npm.MODULES.items()}
    root = Path(settings.BASE_DIR) / "static" / "js"
    for file in sorted(root.rglob("*.js")):
        name = file.relative_to(root).as_posix()
        imports[f"app/{name}"] = static(f"js/{name}")
    return imports
