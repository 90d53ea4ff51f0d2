"""Who Halden is: its families, markets, works and parts. Tables only."""

from dataclasses import dataclass, field

# January to December; a mean of 1 is seen to where they are used.
BIKE_SEASON = (0.60, 0.74, 1.16, 1.52, 1.60, 1.36, 1.05, 0.92, 0.85, 0.77, 0.71, 0.72)
EBIKE_SEASON = (0.68, 0.77, 1.13, 1.42, 1.47, 1.29, 1.05, 0.95, 0.88, 0.81, 0.75, 0.80)
KIDS_SEASON = (0.50, 0.60, 1.05, 1.45, 1.35, 1.00, 0.80, 0.75, 0.80, 0.90, 1.25, 1.55)
PARTS_SEASON = (0.80, 0.95, 1.20, 1.30, 1.25, 1.10, 0.95, 0.90, 0.90, 0.90, 0.85, 0.90)
PACK_SEASON = (0.70, 0.70, 0.90, 1.05, 1.25, 1.35, 1.25, 1.20, 0.95, 0.80, 0.85, 1.00)
TENT_SEASON = (0.35, 0.45, 0.80, 1.30, 1.90, 2.20, 1.90, 1.20, 0.70, 0.50, 0.35, 0.35)
CLOTHING_SEASON = (0.80, 0.80, 1.00, 1.10, 1.10, 0.95, 0.80, 0.85, 1.00, 1.10, 1.25, 1.25)
HELMET_SEASON = (0.60, 0.75, 1.20, 1.50, 1.50, 1.30, 1.00, 0.90, 0.85, 0.80, 0.75, 0.85)


@dataclass(frozen=True)
class Group:
    """A family at the upper level of the tree."""

    code: str
    name: str
    # Channel → how much more (or less) of the group it takes than of everything.
    tilt: dict[str, float]


GROUPS = (
    Group("BIKES", "Bicycles", {"DLR": 1.2, "CHN": 0.9, "ONL": 0.7, "IMP": 1.1}),
    Group("PARTS", "Components", {"DLR": 1.3, "CHN": 0.4, "ONL": 1.1, "IMP": 1.0}),
    Group("OUTDOOR", "Outdoor gear", {"DLR": 0.6, "CHN": 1.3, "ONL": 1.6, "IMP": 0.7}),
    Group("WEAR", "Clothing and helmets", {"DLR": 0.8, "CHN": 1.0, "ONL": 1.7, "IMP": 0.5}),
)


@dataclass(frozen=True)
class FamilyOf:
    """A family of products: what they have in common. `growth`, `margin` and `noise` are fractions."""

    code: str
    name: str
    group: str
    prefix: str
    site: str
    season: tuple[float, ...]
    growth: float
    noise: float
    cost: float  # of the list price
    routing: dict[str, float] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)
    lead_time: int = 0
    lot: float = 1.0
    bought: bool = False
    sporadic: bool = False


FAMILIES = (
    FamilyOf("ROAD", "Road bikes", "BIKES", "RD", "HAL", BIKE_SEASON, -0.04, 0.10, 0.41,
             {"HAL-PNT": 0.9, "HAL-AS1": 2.1}, {"CM-RAW": 1, "CM-WHR": 1, "CM-GRP": 1}),
    FamilyOf("MOUNTAIN", "Mountain bikes", "BIKES", "MT", "HAL", BIKE_SEASON, 0.01, 0.10, 0.42,
             {"HAL-PNT": 0.55, "HAL-AS2": 2.3}, {"CM-FRA": 1, "CM-WHM": 1, "CM-GRP": 1}),
    FamilyOf("TOURING", "Touring bikes", "BIKES", "TR", "HAL", BIKE_SEASON, 0.03, 0.09, 0.40,
             {"HAL-PNT": 0.55, "HAL-AS1": 1.9}, {"CM-FRA": 1, "CM-WHR": 1, "CM-GRP": 1}),
    FamilyOf("EBIKES", "E-bikes", "BIKES", "EB", "BRN", EBIKE_SEASON, 0.13, 0.11, 0.46,
             {"BRN-PNT": 0.6, "BRN-AS3": 2.8, "BRN-TST": 0.5},
             {"CM-FRE": 1, "CM-WHM": 1, "CM-MOT": 1, "CM-BAT": 1, "CM-GRP": 1}),
    FamilyOf("KIDS", "Kids’ bikes", "BIKES", "KD", "HAL", KIDS_SEASON, 0.02, 0.12, 0.44,
             {"HAL-AS1": 1.2}, {"CM-FRK": 1, "CM-WHK": 1}),
    FamilyOf("WHEELS", "Wheels", "PARTS", "WH", "HAL", PARTS_SEASON, 0.04, 0.14, 0.43,
             {"HAL-WHL": 0.8}, {"CM-RIM": 2, "CM-HUB": 1}, lot=5),
    FamilyOf("FRAMES", "Frame sets", "PARTS", "FS", "BRN", PARTS_SEASON, -0.02, 0.16, 0.42,
             {"BRN-WLD": 0.4, "HAL-PNT": 0.5}, {"CM-FRA": 1}),
    FamilyOf("SPARES", "Spare parts", "PARTS", "SP", "HAL", PARTS_SEASON, 0.03, 0.20, 0.38,
             lead_time=1, lot=5, bought=True, sporadic=True),
    FamilyOf("PACKS", "Packs and bags", "OUTDOOR", "PK", "POR", PACK_SEASON, 0.06, 0.12, 0.39,
             {"POR-CUT": 0.15, "POR-SEW": 0.9, "POR-PCK": 0.06}, {"CM-FAB": 1.8}, lot=10),
    FamilyOf("TENTS", "Tents", "OUTDOOR", "TN", "POR", TENT_SEASON, 0.02, 0.13, 0.40,
             {"POR-CUT": 0.35, "POR-SEW": 1.7, "POR-PCK": 0.1}, {"CM-FAB": 7.5, "CM-POL": 1}, lot=5),
    FamilyOf("CLOTHING", "Clothing", "WEAR", "CL", "POR", CLOTHING_SEASON, 0.07, 0.13, 0.36,
             {"POR-CUT": 0.08, "POR-SEW": 0.36, "POR-PCK": 0.05}, {"CM-FAB": 1.4}, lot=20),
    FamilyOf("HELMETS", "Helmets", "WEAR", "HL", "POR", HELMET_SEASON, 0.05, 0.12, 0.41,
             lead_time=2, lot=20, bought=True),
)  # fmt: skip


@dataclass(frozen=True)
class MarketOf:
    """A market at the bottom of the tree; `price` is what it pays of the list price."""

    code: str
    name: str
    region: str
    channel: str
    share: float
    price: float
    growth: float


REGIONS = {"NOR": "Nordics", "CEN": "Central Europe", "WES": "Western Europe", "OVS": "Overseas"}
MARKETS = (
    MarketOf("NOR-DLR", "Nordics, dealers", "NOR", "DLR", 0.13, 0.68, 0.0),
    MarketOf("NOR-ONL", "Nordics, online", "NOR", "ONL", 0.08, 0.94, 0.05),
    MarketOf("CEN-DLR", "Central Europe, dealers", "CEN", "DLR", 0.22, 0.67, -0.01),
    MarketOf("CEN-CHN", "Central Europe, sports chains", "CEN", "CHN", 0.16, 0.60, 0.02),
    MarketOf("CEN-ONL", "Central Europe, online", "CEN", "ONL", 0.13, 0.93, 0.06),
    MarketOf("WES-DLR", "Western Europe, dealers", "WES", "DLR", 0.13, 0.68, 0.0),
    MarketOf("WES-CHN", "Western Europe, sports chains", "WES", "CHN", 0.08, 0.61, 0.03),
    MarketOf("OVS-IMP", "Overseas importers", "OVS", "IMP", 0.07, 0.56, 0.04),
)
# Customers large enough to be talked to before every cycle; Sales is at its most hopeful about them.
KEY_ACCOUNTS = ("CEN-CHN", "CEN-DLR", "WES-CHN")

SITES = {"HAL": "Halden works", "BRN": "Brno frame and e-bike works", "POR": "Porto sewing works"}


@dataclass(frozen=True)
class ResourceOf:
    """A work centre; `load` is what demand takes of its regular hours in the mean of a year, `overtime` a fraction."""

    code: str
    name: str
    load: float
    overtime: float
    hourly_cost: float


RESOURCES = (
    ResourceOf("HAL-AS1", "Halden assembly line 1", 0.77, 0.20, 30),
    ResourceOf("HAL-AS2", "Halden assembly line 2", 0.83, 0.20, 30),
    ResourceOf("HAL-PNT", "Halden paint shop", 0.86, 0.15, 28),
    ResourceOf("HAL-WHL", "Halden wheel building", 0.72, 0.25, 29),
    ResourceOf("BRN-WLD", "Brno frame welding", 0.77, 0.20, 24),
    ResourceOf("BRN-PNT", "Brno powder coating", 0.72, 0.20, 34),
    ResourceOf("BRN-AS3", "Brno e-bike line", 0.87, 0.15, 16),
    ResourceOf("BRN-TST", "Brno motor and battery test", 0.66, 0.30, 36),
    ResourceOf("POR-CUT", "Porto cutting", 0.71, 0.25, 27),
    ResourceOf("POR-SEW", "Porto sewing", 0.82, 0.20, 13),
    ResourceOf("POR-PCK", "Porto packing and inspection", 0.68, 0.30, 21),
)
# When works stand still every year: site → (name, first day, last day), days as month and day.
SHUTDOWNS = {
    "HAL": (("Summer shutdown", (7, 13), (7, 21)), ("Christmas", (12, 24), (12, 31))),
    "BRN": (("Summer shutdown", (8, 3), (8, 11)), ("Christmas", (12, 24), (12, 31))),
    "POR": (("Summer shutdown", (8, 10), (8, 17)), ("Christmas", (12, 25), (12, 31))),
}
# Of its rated hours the paint shop has never shown more than this.
DEMONSTRATED = {"HAL-PNT": 92.0}
# Kids’ bikes can be put together on the second line as well, somewhat more slowly.
ALTERNATE = ("KIDS", "HAL-AS1", "HAL-AS2", 1.15)
# The sewing room’s hours are those of its people.
CREW, CREW_HOURS_A_DAY, WAGE, HIRE, LAY_OFF = "POR-SEW", 7.5, 2_100.0, 1_800.0, 9_000.0
# What stock is aimed at: by the forecast’s error, or in months of demand to come.
SERVICE_LEVELS = {"HELMETS": 0.97, "WHEELS": 0.95, "CLOTHING": 0.95}
COVERS = {"SPARES": 1.0}
STORAGE = {"HAL": 60_000.0, "BRN": 25_000.0, "POR": 200_000.0}


@dataclass(frozen=True)
class PartOf:
    """A part that only goes into products."""

    code: str
    name: str
    site: str
    cost: float
    routing: dict[str, float] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)
    lead_time: int = 0
    uom: str = "EA"


PARTS = (
    PartOf("CM-FRA", "Alloy frame", "BRN", 78, {"BRN-WLD": 1.1}, {"CM-TUB": 1}),
    PartOf("CM-FRE", "E-bike frame", "BRN", 128, {"BRN-WLD": 1.4}, {"CM-TUB": 1}),
    PartOf("CM-FRK", "Kids’ frame", "BRN", 41, {"BRN-WLD": 0.7, "BRN-PNT": 0.3}, {"CM-TUB": 1}),
    PartOf("CM-WHR", "Road wheelset", "HAL", 66, {"HAL-WHL": 0.7}, {"CM-RIM": 2, "CM-HUB": 1}),
    PartOf("CM-WHM", "Mountain wheelset", "HAL", 70, {"HAL-WHL": 0.7}, {"CM-RIM": 2, "CM-HUB": 1}),
    PartOf("CM-WHK", "Kids’ wheelset", "HAL", 34, {"HAL-WHL": 0.4}, {"CM-HUB": 1}),
    PartOf("CM-TUB", "Tube set", "BRN", 31, lead_time=2),
    PartOf("CM-RAW", "Carbon frame", "HAL", 266, lead_time=3),
    PartOf("CM-RIM", "Rim", "HAL", 14, lead_time=2),
    PartOf("CM-HUB", "Hub set", "HAL", 22, lead_time=1),
    PartOf("CM-GRP", "Drivetrain group", "HAL", 74, lead_time=2),
    PartOf("CM-MOT", "Mid-drive motor", "BRN", 290, lead_time=3),
    PartOf("CM-BAT", "Battery, 625 Wh", "BRN", 210, lead_time=3),
    PartOf("CM-FAB", "Ripstop fabric", "POR", 3.8, lead_time=2, uom="M"),
    PartOf("CM-POL", "Pole set", "POR", 19, lead_time=1),
)
