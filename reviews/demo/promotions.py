"""What moves Halden's demand besides trend and season: promotions, listings, one odd order."""

import datetime as dt
from dataclasses import dataclass

from reviews.demo.company import Company


@dataclass(frozen=True)
class Promotion:
    """`season` counts from the next spring's year (0); months are of that calendar year. `markets` are codes."""

    name: str
    season: int
    first: int
    last: int
    effect: float
    family: str = ""
    product: str = ""
    markets: tuple[str, ...] = ()
    included: bool = True
    owner: str = "marketing"
    evidence: str = ""

    def span(self, company: Company) -> tuple[dt.date, dt.date]:
        year = company.spring + self.season
        return dt.date(year, self.first, 1), dt.date(year, self.last, 1)


DEALERS = ("NOR-DLR", "CEN-DLR", "WES-DLR")
CHAINS = ("CEN-CHN", "WES-CHN")
ONLINE = ("NOR-ONL", "CEN-ONL")
PAST = (
    Promotion("Black week", -4, 11, 11, 0.30, "CLOTHING", markets=ONLINE),
    Promotion("Spring dealer programme", -3, 3, 4, 0.22, "TOURING", markets=DEALERS),
    Promotion("Summer clearance", -3, 8, 8, 0.35, "ROAD", markets=CHAINS),
    Promotion("Black week", -3, 11, 11, 0.45, "CLOTHING", markets=ONLINE),
    Promotion("E-bike subsidy, Central Europe", -2, 3, 8, 0.16, "EBIKES", markets=("CEN-DLR", "CEN-CHN")),
    Promotion("Back to school", -2, 8, 9, 0.30, "KIDS", markets=CHAINS),
    Promotion("Black week", -2, 11, 11, 0.40, "PACKS", markets=ONLINE),
    Promotion("Spring dealer programme", -1, 3, 4, 0.10, "MOUNTAIN", markets=DEALERS),
    Promotion("Helmet bundle", -1, 5, 6, 0.28, "HELMETS", markets=("NOR-DLR", "WES-DLR")),
)
COMING = (
    Promotion(
        "Black week, clothing", -1, 11, 11, 0.15, "CLOTHING", markets=ONLINE,
        evidence="Third year in a row; the last one brought +40 % on packs in these two shops.",
    ),
    Promotion(
        "Price increase on helmets", 0, 1, 3, -0.05, "HELMETS", owner="finance",
        evidence="List prices rise by 6 % in January; the rise two years ago cost 4 % of units for a quarter.",
    ),
    Promotion(
        "Spring dealer programme", 0, 3, 4, 0.12, "TOURING", markets=DEALERS,
        evidence="Signed by 214 of 260 dealers; first programme for touring bikes in three years.",
    ),
    Promotion(
        "Terne Gravel 2, launch campaign", 0, 4, 5, 0.20, product="RD-10",
        evidence="Press event in Girona; demo fleet at 60 dealers.",
    ),
    Promotion(
        "E-bike leasing tender, Nordics", 0, 4, 9, 0.18, "EBIKES", markets=("NOR-DLR",), included=False, owner="sales",
        evidence="Two municipalities, 1 400 bicycles over three years; award expected in February, odds about even.",
    ),
    Promotion(
        "Tents delisted by a chain", 0, 1, 8, -0.35, "TENTS", markets=("WES-CHN",), included=False, owner="sales",
        evidence="The buyer wants 8 % off; talks go on until year-end.",
    ),
    Promotion(
        "Online outdoor shop, Western Europe", 0, 5, 8, 0.10, "PACKS", markets=("WES-DLR", "WES-CHN"), included=False,
        evidence="Pilot in two countries; no order yet.",
    ),
)  # fmt: skip

# A listing that changed a level for good, and an order that will not come again.
LISTING_FAMILY, LISTING_MARKET, LISTING_MONTHS_AGO, LISTING_FACTOR = "TENTS", "CEN-CHN", 14, 1.7
ODD_PRODUCT, ODD_MARKET, ODD_MONTHS_AGO, ODD_FACTOR = "HL-03", "NOR-DLR", 19, 8.0
