"""`/api/v1/accuracy/`: how good the forecasts were, from the plans that were signed."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from planning.models import Stream
from planning.queries.rows import Filters
from planning.queries.said import BASELINE, CONSENSUS, NAIVE, Record
from reviews.api.permissions import MayView
from reviews.queries import accuracy
from reviews.queries.accuracy import LEVELS, LONGEST_LAG, LONGEST_WINDOW, Row
from reviews.queries.performance import DEFINITIONS, missing
from reviews.queries.signed_plans import signed_plans
from sop import months
from sop.errors import NotFound
from sop.permissions import scope

MOST_ROWS = 1_000


class QuestionSerializer(serializers.Serializer):
    level = serializers.ChoiceField(choices=LEVELS, default="total")
    code = serializers.CharField(required=False, default="", help_text="Of the level; of a series PRODUCT/MARKET")
    family = serializers.CharField(required=False, default="", help_text="Only this family and those below it")
    market = serializers.CharField(required=False, default="", help_text="Only this market and those below it")
    lag = serializers.IntegerField(min_value=1, max_value=LONGEST_LAG, default=1, help_text="In months")
    months = serializers.IntegerField(
        min_value=1, max_value=LONGEST_WINDOW, default=6, help_text="How many of the last complete months"
    )
    measure = serializers.CharField(default=CONSENSUS, help_text="consensus, baseline, naive or the code of a stream")
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_ROWS, default=100, help_text="Rows, the largest errors first"
    )

    def validate_measure(self, value: str) -> str:
        known = [CONSENSUS, BASELINE, NAIVE, *Stream.objects.values_list("code", flat=True)]
        if value not in known:
            raise serializers.ValidationError(f"There is no “{value}”; choose one of {', '.join(known)}.")
        return value


class FiguresSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    pairs = serializers.IntegerField(help_text="Series × months")
    actual = serializers.FloatField()
    forecast = serializers.FloatField()
    absolute_error = serializers.FloatField()
    mad = serializers.FloatField(allow_null=True)
    wape = serializers.FloatField(allow_null=True)
    accuracy = serializers.FloatField(allow_null=True)
    bias = serializers.FloatField(allow_null=True)
    mase = serializers.FloatField(allow_null=True)
    tracking_signal = serializers.FloatField(allow_null=True)


class StairSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    wape = serializers.FloatField(allow_null=True)
    of = serializers.CharField(help_text="The step it starts from")
    value_added = serializers.FloatField(allow_null=True)


class AccuracySerializer(serializers.Serializer):
    level = serializers.CharField()
    lag = serializers.IntegerField()
    measure = serializers.CharField()
    months = serializers.ListField(child=serializers.CharField())
    units = serializers.DictField(child=serializers.CharField())
    definitions = serializers.DictField(child=serializers.CharField())
    missing = serializers.CharField(help_text="What is needed while no month can be judged")
    count = serializers.IntegerField(help_text="Rows there are; `rows` holds at most `limit`")
    rows = FiguresSerializer(many=True)
    staircase = StairSerializer(many=True)
    left_out = serializers.IntegerField(help_text="Series × months outside the staircase: nothing known a year before")


UNITS = {
    "units of the products": "actual, forecast, absolute_error, mad",
    "fractions": "wape, accuracy, bias, value_added",
    "ratios": "mase, tracking_signal",
}


class AccuracyViewSet(viewsets.ViewSet):
    """WAPE, bias, MASE and tracking signal at any level, lag and window, and the value that each step added."""

    permission_classes = [MayView]

    @extend_schema(parameters=[QuestionSerializer], responses=AccuracySerializer)
    def list(self, request: Request) -> Response:
        asked = QuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(_answer(request, asked.validated_data))


def _answer(request: Request, asked: dict[str, Any]) -> dict[str, Any]:
    plans = signed_plans()
    filters = Filters(scope(request.user), asked["family"], asked["market"])
    record = accuracy.read(filters, [asked["lag"]], asked["months"], plans).get(asked["lag"])
    rows = accuracy.figures(record, asked["measure"], asked["level"]) if record else []
    if asked["code"] and record:
        rows = [row for row in rows if row.code == asked["code"]]
        record = accuracy.part(record, asked["level"], asked["code"])
        if not rows or record is None:
            raise NotFound(f"Nothing was planned for the {asked['level']} “{asked['code']}”, or you do not see it.")
    return _head(asked, record, missing(plans, asked["lag"])) | _body(record, rows, asked["limit"])


def _head(asked: dict[str, Any], record: Record | None, needed: str) -> dict[str, Any]:
    return {
        "level": asked["level"],
        "lag": asked["lag"],
        "measure": asked["measure"],
        "months": [months.code(month) for month in record.months] if record else [],
        "units": UNITS,
        "definitions": DEFINITIONS,
        "missing": "" if record else needed,
    }


def _body(record: Record | None, rows: list[Row], limit: int) -> dict[str, Any]:
    return {
        "count": len(rows),
        "rows": [asdict(row) for row in rows[:limit]],
        "staircase": [asdict(stair) for stair in accuracy.staircase(record)] if record else [],
        "left_out": accuracy.left_out(record) if record else 0,
    }
