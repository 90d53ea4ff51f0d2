"""Pages by cursor: they neither skip nor repeat a row while others are written, and cost the same at any depth."""

from rest_framework.pagination import CursorPagination as RestCursorPagination


class CursorPagination(RestCursorPagination):
    """In the order of the primary key, `page_size` rows at a time."""

    ordering = "pk"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1_000
