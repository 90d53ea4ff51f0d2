"""How shared things look in JSON: codes for references, months as keys, and money only for those who may see it."""

import datetime as dt
import math
from typing import Any, ClassVar

import numpy as np
from rest_framework import serializers

from sop import months
from sop.actions.cells import code_field
from sop.actions.importing import NO_DEFAULT, Table
from sop.models import Cycle, Line
from sop.permissions import scope
from sop.vectors import Vector


class HidesMoney(serializers.Serializer[Any]):
    """Leaves out the fields in `money` for a user who does not see money."""

    money: ClassVar[tuple[str, ...]] = ()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None and not scope(request.user).sees_money:
            for name in self.money:
                fields.pop(name, None)
        return fields


class MonthsField(serializers.DictField):
    """Month → value; null where nothing is known."""

    child = serializers.FloatField(allow_null=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)


def by_month(start: dt.date, vector: Vector) -> dict[str, float | None]:
    """A vector as month → value."""
    first = months.number(start)
    codes = (months.code(months.from_number(first + offset)) for offset in range(len(vector)))
    return {code: None if math.isnan(value) else value for code, value in zip(codes, vector.tolist(), strict=True)}


class LineSerializer(HidesMoney):
    """A leaf (product, its family, market) or a total (family, market; no product)."""

    product = serializers.CharField(read_only=True, allow_null=True)
    family = serializers.CharField(read_only=True)
    market = serializers.CharField(read_only=True)

    def start_of(self, line: Any) -> dt.date:
        return line.start

    def vector_of(self, line: Any, name: str) -> Vector:
        return getattr(line, name)

    def to_representation(self, line: Line) -> dict[str, Any]:
        shown: dict[str, Any] = place_of(line)
        start = self.start_of(line)
        for name, field in self.fields.items():
            if isinstance(field, MonthsField):
                shown[name] = by_month(start, self.vector_of(line, name))
            elif name not in shown:
                shown[name] = getattr(line, name)
        return shown


def place_of(line: Line) -> dict[str, Any]:
    """Codes of what a line is about; reads related rows, so select them."""
    product = line.series.product if line.series else None
    family = product.family if product else line.family
    market = line.series.market if line.series else line.market
    return {
        "product": product and product.code,
        "family": family and family.code,
        "market": market and market.code,
    }


LINE_RELATIONS = ("series__product__family", "series__market", "family", "market")


class HistorySerializer(LineSerializer):
    """What was ordered and shipped; months without postings are 0 up to the company's last posting month."""

    money = ("revenue",)
    ordered = MonthsField()
    shipped = MonthsField()
    revenue = MonthsField()

    def vector_of(self, line: Any, name: str) -> Vector:
        vector: Vector = getattr(line, name)
        until = self.context.get("until")
        missing = months.distance(line.start, until) + 1 - vector.size if until else 0
        return np.concatenate([vector, np.zeros(max(missing, 0))])


class CycleSerializer(serializers.ModelSerializer[Cycle]):
    """One month's round of planning."""

    as_of = serializers.DateField(read_only=True, help_text="The last month whose actuals are complete.")

    class Meta:
        model = Cycle
        fields = ["code", "first_month", "as_of", "horizon", "state", "opened_at"]

    code = serializers.CharField(read_only=True, help_text="The first plan month, 2013-06.")


def row_serializer(name: str, table: Table, *, money: tuple[str, ...] = ()) -> type[serializers.ModelSerializer[Any]]:
    """The rows of a table as they are imported: the same names, codes for references."""
    keyed = any(column.name == "code" for column in table.columns)
    names = [] if keyed else ["id"]
    attributes: dict[str, Any] = {"money": money, "__doc__": (table.model.__doc__ or "").split("\n")[0]}
    stored = {field.column for field in table.model._meta.concrete_fields}
    for column in table.columns:
        names.append(column.name)
        optional = column.optional or column.blank is not NO_DEFAULT
        if column.target.endswith("_id"):
            related = column.target.removesuffix("_id")
            model: Any = table.model._meta.get_field(related).related_model
            source = f"{related}.{code_field(model).replace('__', '.')}"
            attributes[column.name] = serializers.CharField(source=source, allow_null=optional, required=not optional)
        elif column.target not in stored:
            attributes[column.name] = serializers.FloatField(allow_null=True)
    attributes["Meta"] = type("Meta", (), {"model": table.model, "fields": names})
    return type(name, (HidesMoney, serializers.ModelSerializer), attributes)


class RejectedRowSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    errors = serializers.DictField(  # type: ignore[assignment] # a declared field, not the property
        child=serializers.ListField(child=serializers.CharField())
    )


class UpsertedSerializer(serializers.Serializer[Any]):
    """What became of the rows of a PUT; the good ones are kept when others are bad."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectedRowSerializer(many=True)


class PostingSerializer(serializers.Serializer[Any]):
    """One sales actual; a negative quantity is a return."""

    external_id = serializers.CharField(max_length=128, help_text="The sender's own, unique within the source.")
    product = serializers.CharField(max_length=64)
    market = serializers.CharField(max_length=64)
    date = serializers.DateField()
    kind = serializers.ChoiceField(choices=["ordered", "shipped"])
    quantity = serializers.FloatField()
    revenue = serializers.FloatField()


class DeliverySerializer(serializers.Serializer[Any]):
    """Up to 10,000 postings of one source."""

    source = serializers.CharField(max_length=64)  # type: ignore[assignment] # a declared field
    records = PostingSerializer(many=True)


class RetrySerializer(serializers.Serializer[Any]):
    """Which rejected postings to try again; none named: all."""

    batch = serializers.IntegerField(required=False)


class RejectionSerializer(RejectedRowSerializer):
    external_id = serializers.CharField()


class ReceiptSerializer(serializers.Serializer[Any]):
    """What became of the records of a delivery."""

    batch = serializers.IntegerField()
    accepted = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectionSerializer(many=True)
