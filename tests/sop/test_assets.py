"""Addresses of scripts, styles and icons, with and without a manifest."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory

from sop import npm, staticfiles
from sop.templatetags import assets


def render(text: str) -> str:
    request: Any = RequestFactory().get("/")
    request.csp_nonce = "n0nce"
    return Template("{% load assets %}" + text).render(Context({"request": request}))


def imports() -> dict[str, str]:
    found = re.fullmatch(r'<script type="importmap" nonce="n0nce">(.*)</script>', render("{% importmap %}"))
    assert found
    imported: dict[str, str] = json.loads(found[1])["imports"]
    return imported


def test_the_import_map_names_own_modules_and_packages() -> None:
    assert imports()["app/grid/tree.js"] == "/static/js/grid/tree.js"
    assert imports()["slickgrid"].startswith("/static/vendor/slickgrid-5.")


def test_every_import_of_own_modules_is_in_the_map() -> None:
    known = imports()
    for file in Path("static/js").rglob("*.js"):
        for name in re.findall(r"""(?:from|import) ['"]([^'"]+)['"]""", file.read_text(encoding="utf-8")):
            assert name in known, f"{file} imports {name}"


def test_every_icon_of_the_templates_is_in_the_sprite() -> None:
    sprite = npm.sprite_file().read_text(encoding="utf-8")
    for file in Path("templates").rglob("*.html"):
        for name in re.findall(r'{% icon "([a-z0-9-]+)"', file.read_text(encoding="utf-8")):
            assert f'<symbol id="{name}"' in sprite, f"{file} shows {name}"


def test_an_icon_is_decoration() -> None:
    icon = render('{% icon "lock" "i-14" %}')
    assert icon.startswith('<svg class="i i-14" aria-hidden="true"><use href="/static/vendor/')
    assert icon.endswith('#lock"/></svg>')


def test_unlisted_icons_and_files_are_refused() -> None:
    with pytest.raises(LookupError):
        assets.icon("no-such-icon")
    with pytest.raises(LookupError):
        npm.vendor_path("echarts", "dist/echarts.js")


def test_a_sprite_cannot_lack_an_icon() -> None:
    with pytest.raises(LookupError, match="home"):
        npm.assemble_sprite(
            '<svg><symbol id="tabler-lock" viewBox="0 0 24 24"><path/></symbol></svg>', ("lock", "home")
        )


def test_listed_files_are_found_and_others_are_not() -> None:
    assert finders.find(npm.vendor_path("echarts", "dist/echarts.esm.min.js"))
    assert finders.find(npm.sprite_path())
    assert finders.find("vendor/echarts-0.0.0/package.json") is None


def test_missing_packages_are_reported_before_the_first_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert staticfiles.NpmFinder().check() == []
    monkeypatch.setattr(npm, "modules_root", lambda: tmp_path)
    problems = staticfiles.NpmFinder().check()
    assert [problem.id for problem in problems] == ["sop.E001"]
    assert problems[0].hint == "Run make setup."


def test_own_files_are_hashed_and_vendor_files_are_not(tmp_path: Path) -> None:
    storage = staticfiles.Storage(location=str(tmp_path), base_url="/static/")
    vendor = tmp_path / "vendor" / "echarts-6" / "echarts.js"
    vendor.parent.mkdir(parents=True)
    own = tmp_path / "js" / "own.js"
    own.parent.mkdir()
    for file in (vendor, own):
        file.write_text("let a = 1;" * 200, encoding="utf-8")
    names = ("vendor/echarts-6/echarts.js", "js/own.js")
    list(storage.post_process({name: (storage, name) for name in names}))
    assert re.fullmatch(r"js/own\.[0-9a-f]{12}\.js", storage.stored_name("js/own.js"))
    assert storage.stored_name(names[0]) == names[0]
    assert Path(f"{vendor}.br").exists()


def test_without_a_manifest_the_plain_address_is_used(tmp_path: Path) -> None:
    storage = staticfiles.Storage(location=str(tmp_path), base_url="/static/")
    assert storage.stored_name("js/own.js") == "js/own.js"
