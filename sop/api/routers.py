"""Addresses of viewsets."""

from rest_framework.routers import Route, SimpleRouter


class Router(SimpleRouter):
    """As REST framework's, and `PUT` on a list is the viewset's `upsert`."""

    routes = [
        route._replace(mapping={**route.mapping, "put": "upsert"})
        if isinstance(route, Route) and route.name == "{basename}-list"
        else route
        for route in SimpleRouter.routes
    ]
