"""Who works at Halden: one person per role, and the departments they speak for."""

import os
import secrets
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from planning.models import Stream
from reviews.actions.cycles import DEPARTMENTS
from sop.models import Department, Membership, User

Role = Membership.Role
PASSWORD_VARIABLE = "DEMO_PASSWORD"
MAIL = "@halden.example"
# Who speaks in the grid, and whose word it is; what customers expect to order comes through Sales.
STREAMS = {"sales": "sales", "customers": "sales", "marketing": "marketing", "finance": "finance"}


@dataclass(frozen=True)
class Person:
    """A log-in; the administrator belongs to no department."""

    username: str
    first_name: str
    last_name: str
    title: str
    department: str = ""
    role: str = ""
    sees_money: bool = True


PEOPLE = (
    Person("coordinator", "Ingrid", "Solheim", "S&OP coordinator", "sop-office", Role.COORDINATOR),
    Person("demand", "Tomas", "Reuter", "Demand planner", "demand-planning", Role.PLANNER),
    Person("sales", "Carla", "Benítez", "Sales", "sales", Role.CONTRIBUTOR),
    Person("marketing", "Nils", "Ekdahl", "Marketing", "marketing", Role.CONTRIBUTOR, sees_money=False),
    Person("operations", "Petra", "Novotná", "Operations", "operations", Role.PLANNER),
    Person("finance", "Anton", "Weiss", "Finance", "finance", Role.CONTRIBUTOR),
    Person("executive", "Maren", "Lindqvist", "Executive", "management", Role.EXECUTIVE),
    Person("viewer", "Joana", "Prates", "Viewer", "sop-office", Role.VIEWER, sees_money=False),
    Person("admin", "Erik", "Aune", "Administrator"),
)


@dataclass(frozen=True)
class Login:
    """What a person types in; it exists only in the memory of the process that prints it."""

    role: str
    name: str
    username: str
    password: str


def hire() -> dict[str, User]:
    """Create departments, streams and people, none of whom can log in yet."""
    departments = {
        code: Department.objects.create(code=code, name=name) for code, name in {**DEPARTMENTS, "it": "IT"}.items()
    }
    Stream.objects.bulk_create(
        Stream(code=code, name=DEPARTMENTS.get(code, code.capitalize()), department=departments[of], position=position)
        for position, (code, of) in enumerate(STREAMS.items())
    )
    people = {}
    for person in PEOPLE:
        user = User(
            username=person.username,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.username + MAIL,
            is_staff=not person.role,
            is_superuser=not person.role,
        )
        user.set_unusable_password()
        user.save()
        if person.role:
            Membership.objects.create(
                user=user, department=departments[person.department], role=person.role, sees_money=person.sees_money
            )
        people[person.username] = user
    return people


@transaction.atomic
def new_passwords() -> list[Login]:
    """Give everybody the password of `DEMO_PASSWORD`, or one made up for each; what was valid before no longer is."""
    given = os.environ.get(PASSWORD_VARIABLE)
    logins = []
    for person in PEOPLE:
        password = given or secrets.token_urlsafe(9)
        User.objects.filter(username=person.username).update(password=make_password(password))
        logins.append(Login(person.title, f"{person.first_name} {person.last_name}", person.username, password))
    return logins


def table(url: str, logins: list[Login]) -> str:
    """The address and the log-ins, as they are printed once."""
    rows = [("Role", "Name", "Log-in", "Password"), *((x.role, x.name, x.username, x.password) for x in logins)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(["", f"Halden, the demo company: {url}", "", *lines, ""])
