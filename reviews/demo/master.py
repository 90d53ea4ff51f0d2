"""Halden's master data as rows: families, products, markets, works, policies, budget and events."""

from collections.abc import Iterable
from typing import Any

from planning.models import (
    Assumption,
    Budget,
    Calendar,
    Component,
    Crew,
    Resource,
    Routing,
    Shutdown,
    Storage,
    SupplyPolicy,
)
from reviews.demo.catalogue import (
    ALTERNATE,
    COVERS,
    CREW,
    CREW_HOURS_A_DAY,
    DEMONSTRATED,
    FAMILIES,
    GROUPS,
    HIRE,
    LAY_OFF,
    MARKETS,
    REGIONS,
    RESOURCES,
    SERVICE_LEVELS,
    SITES,
    STORAGE,
    WAGE,
)
from reviews.demo.company import Company, Item
from reviews.demo.demand import Array
from reviews.demo.money import budget
from reviews.demo.promotions import COMING, RECENT
from reviews.demo.supply import USUAL_DAYS, Stock, regular_hours, shutdowns
from sop import bulk
from sop.models import Family, Market, Product, ProductCost, ProductPrice, Series, Site, User

HOLDING_RATE = 0.30  # of the unit cost in a year
BACKORDER_RATE = 0.08  # of the unit cost in a month
OVERTIME_PREMIUM = 1.25
PERCENT = 100.0

Ids = dict[str, int]


def store(company: Company, share: Array, stock: Stock, people: dict[str, User]) -> None:
    """Write everything that is there before the first order."""
    families, markets, sites = _families(), _markets(), _sites()
    products = _products(company, stock, families)
    _prices(company, products)
    _series(company, share, products, markets, sites)
    _resources(company, share, sites, people["operations"])
    _structure(company, products)
    _budget(company, share, families, markets)
    _events(company, families, products, markets, people)


def _families() -> Ids:
    groups = {group.code: Family.objects.create(code=group.code, name=group.name) for group in GROUPS}
    Family.objects.bulk_create(Family(code=f.code, name=f.name, parent=groups[f.group]) for f in FAMILIES)
    return dict(Family.objects.values_list("code", "pk"))


def _markets() -> Ids:
    regions = {code: Market.objects.create(code=code, name=name) for code, name in REGIONS.items()}
    Market.objects.bulk_create(Market(code=m.code, name=m.name, parent=regions[m.region]) for m in MARKETS)
    return dict(Market.objects.values_list("code", "pk"))


def _sites() -> Ids:
    Site.objects.bulk_create(Site(code=code, name=name) for code, name in SITES.items())
    return dict(Site.objects.values_list("code", "pk"))


def _products(company: Company, stock: Stock, families: Ids) -> dict[str, Product]:
    Product.objects.bulk_create(
        Product(
            code=item.code,
            name=item.name,
            family_id=families[item.family.code] if item.family else None,
            sold=item.sold,
            uom=item.uom,
            strategy=Product.Strategy.ORDER if item.made_to_order else Product.Strategy.STOCK,
            make_or_buy=Product.Source.BUY if item.bought else Product.Source.MAKE,
            launch_month=company.month(item.life.launch),
            last_month=company.month(item.life.last),
            lead_time_months=item.lead_time,
            lot_multiple=item.lot,
            safety_stock=0.0 if item.made_to_order else float(stock.safety[row]),
        )
        for row, item in enumerate(company.items)
    )
    products = {product.code: product for product in Product.objects.all()}
    related = [item for item in company.items if item.life.predecessor or item.life.like]
    for item in related:
        products[item.code].predecessor = products.get(item.life.predecessor)
        products[item.code].like_product = products.get(item.life.like)
    Product.objects.bulk_update([products[item.code] for item in related], ["predecessor", "like_product"])
    return products


def _prices(company: Company, products: dict[str, Product]) -> None:
    versions = [(item, year, f"{year}-01-01") for item in company.items for year in company.years]
    bulk.insert(
        ProductPrice,
        ["product_id", "valid_from", "price"],
        ((products[i.code].pk, day, company.price(i, year)) for i, year, day in versions if i.sold),
    )
    bulk.insert(
        ProductCost,
        ["product_id", "valid_from", "unit_cost"],
        ((products[i.code].pk, day, company.cost(i, year)) for i, year, day in versions),
    )


def _series(company: Company, share: Array, products: dict[str, Product], markets: Ids, sites: Ids) -> None:
    bulk.insert(
        Series,
        ["product_id", "market_id", "site_id"],
        (
            (products[item.code].pk, markets[market.code], sites[item.site])
            for row, item in enumerate(company.sold)
            for column, market in enumerate(MARKETS)
            if share[row, column]
        ),
    )


def _calendars(company: Company) -> Ids:
    for site, name in SITES.items():
        calendar = Calendar.objects.create(code=site, name=name)
        Shutdown.objects.bulk_create(
            Shutdown(calendar=calendar, name=what, first_day=first, last_day=last)
            for year in company.years
            for what, first, last in shutdowns(site, year)
        )
    return dict(Calendar.objects.values_list("code", "pk"))


def _resources(company: Company, share: Array, sites: Ids, owner: User) -> None:
    """Hours follow the calendar of the site; rated so that what is demonstrated is what demand was measured on."""
    usual = regular_hours(company, share)
    calendars = _calendars(company)
    Storage.objects.bulk_create(Storage(site_id=sites[site], limit=limit) for site, limit in STORAGE.items())
    resources = Resource.objects.bulk_create(
        Resource(
            code=r.code,
            name=r.name,
            site_id=sites[r.code[:3]],
            owner=owner,
            calendar_id=calendars[r.code[:3]],
            regular_hours_per_month=hours,
            hours_per_working_day=hours / USUAL_DAYS * PERCENT / DEMONSTRATED.get(r.code, PERCENT),
            demonstrated_percent=DEMONSTRATED.get(r.code, PERCENT),
            overtime_hours_per_month=round(hours * r.overtime),
            hourly_cost=r.hourly_cost,
            overtime_hourly_cost=OVERTIME_PREMIUM * r.hourly_cost,
        )
        for r, hours in zip(RESOURCES, usual.tolist(), strict=True)
    )
    sewing = next(resource for resource in resources if resource.code == CREW)
    Crew.objects.create(
        resource=sewing,
        workers=round(sewing.regular_hours_per_month / USUAL_DAYS / CREW_HOURS_A_DAY),
        hours_per_worker_day=CREW_HOURS_A_DAY,
        overtime_hours_per_worker_month=30,
        wage_per_month=WAGE,
        hire_cost=HIRE,
        layoff_cost=LAY_OFF,
    )


def _structure(company: Company, products: dict[str, Product]) -> None:
    resources = dict(Resource.objects.values_list("code", "pk"))
    Routing.objects.bulk_create(
        Routing(product=products[item.code], resource_id=resources[code], hours_per_unit=hours)
        for item in company.items
        for code, hours in item.routing.items()
    )
    _alternates(company, resources)
    Component.objects.bulk_create(
        Component(parent=products[item.code], component=products[part], quantity_per=quantity)
        for item in company.items
        for part, quantity in item.parts.items()
    )
    SupplyPolicy.objects.bulk_create(_policies(company.items, products))


def _alternates(company: Company, resources: Ids) -> None:
    family, first, other, slower = ALTERNATE
    of_family = Routing.objects.filter(product__family__code=family, resource__code=first)
    Routing.objects.bulk_create(
        Routing(
            product_id=routing.product_id,
            resource_id=resources[other],
            hours_per_unit=round(slower * routing.hours_per_unit, 3),
            alternate_of=routing,
        )
        for routing in of_family
    )


def _policies(items: Iterable[Item], products: dict[str, Product]) -> Iterable[SupplyPolicy]:
    for item in items:
        yield SupplyPolicy(
            product=products[item.code],
            holding_cost_rate_per_year=HOLDING_RATE,
            backorder_cost_per_unit_month=round(BACKORDER_RATE * item.cost, 2),
            subcontract_unit_cost=item.subcontract_cost,
            **_target(item),
        )


def _target(item: Item) -> dict[str, Any]:
    family = item.family.code if item.family else ""
    if family in SERVICE_LEVELS:
        return {"target": SupplyPolicy.Target.SERVICE, "service_level": SERVICE_LEVELS[family]}
    if family in COVERS:
        return {"target": SupplyPolicy.Target.COVER, "cover_months": COVERS[family]}
    return {}


def _budget(company: Company, share: Array, families: Ids, markets: Ids) -> None:
    bulk.insert(
        Budget,
        ["family_id", "market_id", "month", "quantity", "revenue", "margin"],
        (
            (families[row.family], markets[row.market], row.month.isoformat(), row.quantity, row.revenue, row.margin)
            for row in budget(company, share)
        ),
    )


def _events(
    company: Company, families: Ids, products: dict[str, Product], markets: Ids, people: dict[str, User]
) -> None:
    for promotion in (*RECENT, *COMING):
        first, last = promotion.span(company)
        if last < company.first and not promotion.recent:
            continue
        for code in promotion.markets or ("",):
            Assumption.objects.create(
                name=promotion.name,
                family_id=families.get(promotion.family),
                product=products.get(promotion.product),
                market_id=markets.get(code),
                first_month=first,
                last_month=last,
                effect=promotion.effect,
                included=promotion.included,
                kind=promotion.kind,
                unit=Assumption.Unit.UNITS if promotion.units else Assumption.Unit.SHARE,
                low=promotion.low,
                high=promotion.high,
                probability=promotion.chance,
                owner=people[promotion.owner],
                evidence=promotion.evidence,
            )
