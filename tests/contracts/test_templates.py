"""Every template compiles and obeys the Content-Security-Policy, which forbids inline code and inline style."""

import re
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TEMPLATE_CODE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
OPENING_TAG = re.compile(r"<([a-z][a-z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
FORBIDDEN_ATTRIBUTE = re.compile(r"(?:^|\s)(style|on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE)


def name_of(template: Path) -> str:
    return str(template.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_template_compiles(template):
    engines["django"].get_template(name_of(template))


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_template_has_no_inline_code_or_style(template):
    source = template.read_text(encoding="utf-8")
    attributes = [
        f"<{tag} … {found}>"
        for tag, rest in OPENING_TAG.findall(TEMPLATE_CODE.sub("", source))
        for found in FORBIDDEN_ATTRIBUTE.findall(rest)
    ]
    assert attributes == []
    elements = re.findall(r"<(?:style|script)\b(?:[^>{]|{[^{%]|{{.*?}}|{%.*?%})*>", source, re.DOTALL)
    without_nonce = [
        tag for tag in elements if "nonce" not in tag and " src=" not in tag and "application/json" not in tag
    ]
    assert without_nonce == []
