"""What is decided and done at Halden, cycle by cycle: the words of the story. Days count from the cycle's reviews."""

from dataclasses import dataclass

DATA, DEMAND, SUPPLY, PRE_SOP, EXECUTIVE = "data-gathering", "demand-review", "supply-review", "pre-sop", "executive"


@dataclass(frozen=True)
class Doing:
    """An action item. `due` is in days from today; `result` says it is done, `started` that somebody is at it."""

    text: str
    owner: str
    due: int
    result: str = ""
    started: bool = False
    department: str = ""


@dataclass(frozen=True)
class Question:
    """A decision to take. Without `choice` it stays open, or is put off by `deferred` days for the `reason`."""

    stage: str
    issue: str
    options: tuple[str, ...]
    recommendation: str
    owner: str
    choice: str = ""
    decided_by: str = "executive"
    deferred: int = 0
    reason: str = ""
    due: int = 0  # days from today, for what is still open
    doings: tuple[Doing, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """A cycle: how many months before the one in progress, the executive's comment, notes and what was settled."""

    ago: int
    questions: tuple[Question, ...]
    comment: str = ""
    supply_note: str = ""
    doings: tuple[Doing, ...] = ()


CHAPTERS = (
    Chapter(
        ago=2,
        questions=(
            Question(
                DEMAND, "Which number do we plan e-bikes on?",
                ("Baseline", "Baseline and 6 %, as Sales asks", "Budget"), "Baseline", "demand",
                "Baseline", "demand",
            ),
            Question(
                SUPPLY, "How do we carry the spring peak in the Halden paint shop?",
                (
                    "Build frames ahead from January on",
                    "Saturday shifts from March to June",
                    "Have frames coated outside",
                ),
                "Build frames ahead from January on", "operations", "Saturday shifts from March to June",
                doings=(
                    Doing("Ask the works council for Saturday shifts in the paint shop", "operations", -34,
                          "Agreed for twelve Saturdays between March and June, at one and a half times the pay."),
                    Doing("Compare the cost of early stock with that of Saturdays", "finance", -38,
                          "Saturdays cost € 61 k, stock built from January € 84 k in capital and storage."),
                ),
            ),
            Question(
                EXECUTIVE, "Do we keep Jerv Downhill in the range?",
                ("Keep it", "End it after the spring", "Sell the line"), "End it after the spring", "marketing",
                "End it after the spring",
                doings=(Doing("Tell dealers that Jerv Downhill ends, and offer Jerv Enduro", "marketing", -9),),
            ),
        ),
        comment="Approved. I want to see the cost of the Saturdays before the season, not after it.",
        supply_note="The paint shop runs into its limit in spring; the Saturday shifts are decided.",
        doings=(
            Doing("Mend the product codes that the Nordic web shop posts wrongly", "coordinator", -40,
                  "14 codes mended; nothing rejected since."),
        ),
    ),
    Chapter(
        ago=1,
        questions=(
            Question(
                SUPPLY, "Do we qualify a second maker of motors?",
                ("Stay with one", "Qualify a second by summer", "Buy six months of stock"),
                "Qualify a second by summer", "operations", "Qualify a second by summer",
                doings=(
                    Doing("Sign the test contract with the second maker of motors", "operations", 11, started=True),
                ),
            ),
            Question(
                DEMAND, "How much helmet stock after the bundle in early summer?",
                ("As it is", "A fifth more safety stock for Kule Road and Kule Trail"),
                "A fifth more safety stock for Kule Road and Kule Trail", "demand",
                "A fifth more safety stock for Kule Road and Kule Trail", "demand",
                doings=(Doing("Raise the safety stock of Kule Road and Kule Trail", "demand", -14,
                              "Raised to 5 weeks; stockouts in October fell from 9 to 2."),),
            ),
            Question(
                EXECUTIVE, "Do list prices of road bikes rise in January?",
                ("Yes, by 3 %", "Only carbon, by 4 %", "No"), "Only carbon, by 4 %", "finance",
                deferred=18, reason="Two competitors announce theirs in a fortnight; we look at it then.",
            ),
        ),
        comment="Approved with the spring numbers of Demand planning. The chains’ orders must come in writing.",
        supply_note="Overtime covers April; May stays above it and is before the executives.",
        doings=(
            Doing("Get the spring orders of the three sports chains in writing", "sales", -6, department="sales"),
            Doing("Explain the gap to budget in e-bikes, market by market", "finance", -11,
                  "Four fifths are Central Europe, where the subsidy ended; the rest is price.", department="finance"),
            Doing("Photograph the new touring generation for the dealer programme", "marketing", 16, started=True),
        ),
    ),
    Chapter(
        ago=0,
        questions=(
            Question(
                DEMAND, "Do we take the Nordic e-bike leasing tender into the plan?",
                ("Yes, all of it from April", "Half of it", "Not before the award in February"),
                "Not before the award in February", "sales", due=2,
            ),
            Question(
                DEMAND, "Which spring number for the sports chains?",
                ("Sales: 12 % above baseline", "Finance: 4 % below", "Baseline, looked at again in January"),
                "Baseline, looked at again in January", "demand", due=2,
            ),
            Question(
                SUPPLY, "Who gives way when paint and the e-bike line are full in spring?",
                (
                    "Build 900 frames ahead in winter",
                    "Late delivery of road bikes, two weeks",
                    "Rent the coater in Askim",
                ),
                "Build 900 frames ahead in winter", "operations", due=7,
                doings=(
                    Doing("Get an offer from the coater in Askim, 400 frames a month", "operations", 5, started=True),
                ),
            ),
        ),
        doings=(
            Doing("Check the stock of the ending Fyr Trekking against the last orders", "demand", 3),
            Doing("Agree the run-out of Terne All-road with the importers", "sales", 9, department="sales"),
            Doing("Give the budget of next year by market instead of by region", "finance", -1, department="finance"),
        ),
    ),
)  # fmt: skip
