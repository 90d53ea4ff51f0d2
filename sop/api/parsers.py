"""JSON as systems send it: plain or compressed with gzip, and never more than fits."""

import io
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from sop.actions.reading import inflate, too_large


class GzipJSONParser(JSONParser):
    """JSON with `Content-Encoding: gzip` or without one."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        request = (parser_context or {}).get("request")
        encoding = request.headers.get("Content-Encoding", "") if request else ""
        limit = settings.UPLOAD_MAX_BYTES
        try:
            content = stream.read(limit + 1)
        except RequestDataTooBig as error:
            raise too_large("The request", limit) from error
        if len(content) > limit:
            raise too_large("The request", limit)
        if encoding.lower() == "gzip":
            content = inflate(content, limit)
        try:
            return super().parse(io.BytesIO(content), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The request is nested too deeply.") from error
