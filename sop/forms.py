"""Form fields that every app shares."""

import datetime as dt
from typing import Any

from django import forms

from sop import months


class MonthField(forms.Field):
    """A month, written 2013-06."""

    def prepare_value(self, value: Any) -> Any:
        return months.code(value) if isinstance(value, dt.date) else value

    def to_python(self, value: Any) -> dt.date | None:
        if not value:
            return None
        try:
            return months.parse(str(value))
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != (data or None))
