"""@names in what people write: who is meant, and who could be."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models.functions import Lower

from planning.queries.places import Atlas, Place
from sop.models import User
from sop.permissions import Verb, can, prepare, scope

# Not behind a letter: an e-mail address names nobody.
NAME = re.compile(r"(?<![\w.@+-])@(\w[\w.@+-]*)")
MOST_PEOPLE = 500


@dataclass(frozen=True)
class Part:
    """A piece of a text; `person` when it is the name of somebody."""

    text: str
    person: str = ""


def names(body: str) -> list[str]:
    """The names written, in lower case, each once; a full stop behind one is not part of it, unless it is."""
    found = [match[1].lower() for match in NAME.finditer(body)]
    return list(dict.fromkeys(form for name in found for form in (name, name.rstrip(".+-@"))))


def people(bodies: Iterable[str]) -> dict[str, User]:
    """The active people who are named in these texts, by lower-case name. One query."""
    wanted = {name for body in bodies for name in names(body)}
    if not wanted:
        return {}
    found = User.objects.filter(is_active=True).alias(lower=Lower("username")).filter(lower__in=wanted)
    return {user.username.lower(): user for user in found}


def parts(body: str, known: dict[str, User]) -> list[Part]:
    """A text cut into plain pieces and names of people; what names nobody stays text."""
    pieces, at = [], 0
    for match in NAME.finditer(body):
        name = next((form for form in (match[1], match[1].rstrip(".+-@")) if form.lower() in known), "")
        if name:
            pieces += [Part(body[at : match.start()]), Part(f"@{name}", known[name.lower()].display_name)]
            at = match.start() + 1 + len(name)
    return [piece for piece in [*pieces, Part(body[at:])] if piece.text]


def who_sees(atlas: Atlas, place: Place) -> list[User]:
    """The people who may read what is said at a place, by name. Five queries beside the atlas."""
    everybody = prepare(User.objects.filter(is_active=True).order_by("first_name", "last_name", "username"))
    return [user for user in everybody if can(user, Verb.VIEW) and atlas.sees(scope(user), place)][:MOST_PEOPLE]
