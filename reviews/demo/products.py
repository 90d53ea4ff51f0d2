"""What Halden sells: name, list price and units a month, family by family, and what came and went."""

from dataclasses import dataclass

# Codes number the lines of a family: RD-01, RD-02, …
PRODUCTS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "ROAD": (
        ("Skarv 105", 1890, 96), ("Skarv Di2", 3290, 42), ("Skarv Disc", 2190, 88), ("Skarv Women", 2190, 52),
        ("Terne Gravel", 1790, 118), ("Terne Gravel GRX", 2390, 74), ("Terne All-road", 1590, 66),
        ("Falk Aero", 4490, 24), ("Skarv 105 (2023)", 1790, 60), ("Terne Gravel 2", 1890, 90),
    ),
    "MOUNTAIN": (
        ("Rype 27", 890, 165), ("Rype 29", 990, 190), ("Rype 29 Women", 990, 92), ("Jerv Trail", 1690, 108),
        ("Jerv Trail Pro", 2490, 58), ("Jerv Enduro", 3190, 34), ("Gaupe XC", 1990, 62), ("Gaupe XC Carbon", 3490, 26),
        ("Rype 27 Youth", 690, 104), ("Jerv Downhill", 4290, 9), ("Gaupe Hardtail", 1290, 84),
        ("Rype 29 (2022)", 940, 120),
    ),
    "TOURING": (
        ("Los City 7", 790, 210), ("Los City 8", 890, 172), ("Los City Low-step", 890, 198),
        ("Fyr Trekking", 1190, 134),
        ("Fyr Trekking Low-step", 1190, 122), ("Fyr Belt", 1590, 68), ("Fyr Expedition", 2190, 28),
        ("Los Cargo", 1990, 36), ("Fyr Trekking 2", 1240, 110),
    ),
    "EBIKES": (
        ("Nord E-City", 2490, 152), ("Nord E-City Low-step", 2490, 168), ("Nord E-Trekking", 2990, 146),
        ("Nord E-Trekking Low-step", 2990, 128), ("Ulv E-Mountain", 3690, 84), ("Ulv E-Mountain Pro", 4990, 36),
        ("Nord E-Cargo", 4490, 44), ("Nord E-Compact", 2190, 72), ("Nord E-City (2023)", 2390, 140),
        ("Ulv E-Gravel", 3890, 30), ("Nord E-Trekking 750", 3290, 90), ("Nord E-Cargo Long", 5290, 26),
    ),
    "KIDS": (
        ("Pip 12", 229, 190), ("Pip 16", 269, 245), ("Pip 20", 349, 268), ("Rev 24", 429, 182),
        ("Rev 24 Girls", 429, 116),
        ("Rev 26", 499, 98), ("Pip Balance", 129, 220),
    ),
    "WHEELS": (
        ("Alloy road wheelset", 249, 96), ("Carbon road wheelset", 890, 28), ("Alloy trail wheelset", 279, 84),
        ("Carbon trail wheelset", 990, 16), ("Touring wheelset, dynamo", 219, 72), ("Gravel wheelset", 329, 52),
    ),
    "FRAMES": (
        ("Skarv frame set", 990, 18), ("Jerv frame set", 890, 22), ("Gaupe frame set", 1190, 10),
        ("Fyr frame set", 490, 26), ("Terne frame set", 790, 20),
    ),
    "SPARES": (
        ("Derailleur hanger A", 19, 26), ("Derailleur hanger B", 19, 14), ("Bottom bracket, pressed", 39, 18),
        ("Headset bearing kit", 29, 12), ("Motor cover, left", 24, 7), ("Motor cover, right", 24, 6),
        ("Battery lock cylinder", 34, 11), ("Spare battery, 500 Wh", 549, 9),
        ("Spare battery, 625 Wh", 649, 13),
        ("Display unit", 129, 10), ("Charger 4 A", 139, 15), ("Speed sensor", 29, 12), ("Seat clamp, cargo", 17, 4),
        ("Rear dropout set", 22, 8), ("Tent pole section", 12, 16), ("Pack frame stay", 15, 5),
    ),
    "PACKS": (
        ("Dagtur 20", 79, 420), ("Dagtur 28", 99, 360), ("Kvist 38", 149, 210), ("Kvist 55", 199, 150),
        ("Fjord 65", 249, 96), ("Rull roll-top", 109, 240), ("Pannier pair", 129, 310), ("Bar bag", 59, 280),
        ("Saddle bag", 39, 340), ("Kvist Child carrier", 229, 64),
    ),
    "TENTS": (
        ("Varde 1", 329, 64), ("Varde 2", 399, 122), ("Varde 3", 499, 86), ("Heim 4", 649, 52), ("Heim 6", 849, 30),
        ("Tarp 3 × 4", 129, 110),
    ),
    "CLOTHING": (
        ("Rain jacket", 139, 520), ("Wind vest", 79, 410), ("Merino jersey", 99, 460), ("Bib shorts", 119, 380),
        ("Trail shorts", 89, 340), ("Winter tights", 109, 260), ("Gloves", 35, 690), ("Socks, pair", 17, 980),
        ("Down jacket", 229, 170),
    ),
    "HELMETS": (
        ("Kule City", 69, 460), ("Kule Road", 119, 310), ("Kule Trail", 129, 290), ("Kule Kids", 45, 520),
        ("Kule E", 99, 240), ("Kule Aero", 199, 70),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Life:
    """When a product came and goes, in months from the first plan month (negative: before it)."""

    launch: int | None = None
    last: int | None = None
    predecessor: str = ""
    like: str = ""


LIVES = {
    # Generations that changed within the history.
    "RD-09": Life(last=-20),
    "RD-01": Life(launch=-20, predecessor="RD-09"),
    "MT-12": Life(last=-31),
    "MT-02": Life(launch=-31, predecessor="MT-12"),
    "EB-09": Life(last=-15),
    "EB-01": Life(launch=-15, predecessor="EB-09"),
    # New on the market: short histories.
    "EB-10": Life(launch=-7, like="RD-06"),
    "TR-06": Life(launch=-26),
    "PK-10": Life(launch=-10, like="PK-04"),
    "HL-06": Life(launch=-5, like="HL-02"),
    "CL-09": Life(launch=-14),
    # Gone without a successor.
    "SP-13": Life(last=-6),
    # Going and coming within the plan.
    "RD-05": Life(last=3),
    "RD-10": Life(launch=4, predecessor="RD-05", like="RD-05"),
    "TR-04": Life(last=2),
    "TR-09": Life(launch=3, predecessor="TR-04", like="TR-04"),
    "EB-11": Life(launch=4, like="EB-03"),
    "EB-12": Life(launch=6, like="EB-07"),
    "MT-10": Life(last=5),
}
# Demand that comes and goes besides the spare parts: niche models in few markets.
SPORADIC = {"MT-10", "RD-08", "WH-04", "TR-07"}
MADE_TO_ORDER = {"RD-08", "MT-08", "MT-10", "EB-12", "FS-03"}
BOUGHT = {"PK-08", "PK-09", "CL-07", "CL-08", "KD-07"}
