"""What is said about the plan in progress at Halden: remarks, questions to colleagues, rows that people follow."""

from planning.actions import comments, follows
from sop import months
from sop.models import Cycle, User

# Who, on which row, how many months ahead (None: the whole row), what; and who answers what.
SAID: tuple[tuple[str, str, int | None, str, tuple[str, str] | None], ...] = (
    (
        "marketing",
        "family:EBIKES",
        4,
        "The city programme runs to the 20th of that month; expect a dip in the month after.",
        ("sales", "The dealers know. I have left my numbers as they are."),
    ),
    (
        "sales",
        "family:MOUNTAIN",
        3,
        "@demand two chains ask for their spring bikes two weeks early. Can we move part of it forward?",
        ("demand", "Yes, once @operations has looked at Paint."),
    ),
    ("operations", "family:TENTS", None, "Sewing is tight until the new line runs; please no late additions.", None),
    ("finance", "total", None, "The budget assumes flat prices. @coordinator let us talk about it in pre-S&OP.", None),
)
FOLLOWED = (("coordinator", "total"), ("demand", "family:BIKES"), ("operations", "family:BIKES"))


def talk(cycle: Cycle, people: dict[str, User]) -> None:
    """Everything that was said so far, through the same verbs as the page."""
    for name, row in FOLLOWED:
        follows.follow(row=row, by=people[name])
    for name, row, ahead, body, answer in SAID:
        month = None if ahead is None else months.add(cycle.first_month, ahead)
        said = comments.add(cycle=cycle, row=row, month=month, body=body, by=people[name])
        if answer:
            comments.reply(to=said, body=answer[1], by=people[answer[0]])
