"""What moves Halden's demand besides trend and season, or is thought to: promotions, listings, one odd order."""

import datetime as dt
from dataclasses import dataclass

from reviews.demo.company import Company
from sop import months


@dataclass(frozen=True)
class Promotion:
    """`season` counts from the next spring's year (0); months are of that calendar year. `markets` are codes.

    `recent` counts its months from the first plan month instead. `came` is what it really did, of what was expected.
    """

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
    kind: str = "promotion"
    chance: float = 1.0
    low: float | None = None
    high: float | None = None
    units: bool = False
    came: float = 1.0
    recent: bool = False

    def span(self, company: Company) -> tuple[dt.date, dt.date]:
        if self.recent:
            return months.add(company.first, self.first), months.add(company.first, self.last)
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
# What was assumed about the last two months, and is judged by now.
RECENT = (
    Promotion(
        "Autumn sale of packs, online",
        0,
        -2,
        -2,
        0.25,
        "PACKS",
        markets=ONLINE,
        recent=True,
        came=1.0,
        evidence="Twenty per cent off for two weeks, as in spring.",
    ),
    Promotion(
        "Competitor recalls its kids’ bikes",
        0,
        -1,
        -1,
        0.20,
        "KIDS",
        markets=CHAINS,
        recent=True,
        came=1.3,
        kind="competitor",
        owner="sales",
        evidence="Brakes; two of three chains have taken them off the shelf.",
    ),
    Promotion(
        "Dealer days, Western Europe",
        0,
        -2,
        -1,
        0.30,
        "HELMETS",
        markets=("WES-DLR",),
        recent=True,
        came=0.1,
        evidence="Forty dealers announced; the bundle of early summer brought 28 %.",
    ),
    Promotion(
        "Frame sets dearer by 4 %",
        0,
        -2,
        -1,
        -0.12,
        "FRAMES",
        recent=True,
        came=0.0,
        kind="price",
        owner="finance",
        evidence="The rise three years ago cost a tenth of the units.",
    ),
    Promotion(
        "Club order of mountain bikes",
        0,
        -1,
        -1,
        25,
        "MOUNTAIN",
        markets=("CEN-DLR",),
        recent=True,
        came=0.0,
        units=True,
        included=False,
        chance=0.4,
        kind="opportunity",
        owner="sales",
        evidence="Offer sent in August.",
    ),
)
COMING = (
    Promotion(
        "Black week, clothing", -1, 11, 11, 0.15, "CLOTHING", markets=ONLINE,
        evidence="Third year in a row; the last one brought +40 % on packs in these two shops.",
    ),
    Promotion(
        "Price increase on helmets", 0, 1, 3, -0.05, "HELMETS", owner="finance", kind="price", low=-0.08, high=-0.02,
        evidence="List prices rise by 6 % in January; the rise two years ago cost 4 % of units for a quarter.",
    ),
    Promotion(
        "Spring dealer programme", 0, 3, 4, 0.12, "TOURING", markets=DEALERS, low=0.08, high=0.15,
        evidence="Signed by 214 of 260 dealers; first programme for touring bikes in three years.",
    ),
    Promotion(
        "Terne Gravel 2, launch campaign", 0, 4, 5, 0.20, product="RD-10", kind="launch",
        evidence="Press event in Girona; demo fleet at 60 dealers.",
    ),
    Promotion(
        "E-bike leasing tender, Nordics", 0, 4, 9, 0.18, "EBIKES", markets=("NOR-DLR",), included=False, owner="sales",
        kind="opportunity", chance=0.5,
        evidence="Two municipalities, 1 400 bicycles over three years; award expected in February, odds about even.",
    ),
    Promotion(
        "Tents delisted by a chain", 0, 1, 8, -0.35, "TENTS", markets=("WES-CHN",), included=False, owner="sales",
        kind="risk", chance=0.35, low=-0.5, high=-0.2, evidence="The buyer wants 8 % off; talks go on until year-end.",
    ),
    Promotion(
        "Online outdoor shop, Western Europe", 0, 5, 8, 0.10, "PACKS", markets=("WES-DLR", "WES-CHN"), included=False,
        kind="opportunity", chance=0.3, evidence="Pilot in two countries; no order yet.",
    ),
    Promotion(
        "Motors short at the maker", 0, 2, 6, -40, "EBIKES", units=True, included=False, owner="operations",
        kind="risk", chance=0.25, low=-70, high=-20,
        evidence="Lead time up from two to three months; the test of a second runs.",
    ),
    Promotion(
        "Company bikes by salary, Central Europe", 0, 3, 12, 25, "EBIKES", markets=("CEN-DLR",), units=True,
        kind="market", owner="sales", chance=0.8, evidence="Leasing brokers’ own count of new employers.",
    ),
    Promotion(
        "Wet spring", 0, 4, 5, -0.08, "BIKES", included=False, kind="risk", owner="demand", chance=0.2,
        evidence="Two of the last ten springs cost 6 and 9 % of bicycles.",
    ),
)  # fmt: skip

# A listing that changed a level for good, and an order that will not come again.
LISTING_FAMILY, LISTING_MARKET, LISTING_MONTHS_AGO, LISTING_FACTOR = "TENTS", "CEN-CHN", 14, 1.7
ODD_PRODUCT, ODD_MARKET, ODD_MONTHS_AGO, ODD_FACTOR = "HL-03", "NOR-DLR", 19, 8.0
