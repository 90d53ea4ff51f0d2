"""The schema and its page."""

import pytest
from django.core.management import call_command

from sop.api.docs import operations


def test_the_schema_has_no_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


@pytest.mark.django_db
def test_the_schema_is_served(client):
    answer = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    assert set(paths["/api/v1/products/"]) == {"get", "put"}
    assert set(paths["/api/v1/products/{code}/"]) == {"get", "patch"}
    assert "/api/v1/actuals/" in paths
    assert len(list(operations(answer.json()))) > 40


@pytest.mark.django_db
def test_the_page_lists_every_address_and_needs_no_script_of_its_own(client):
    answer = client.get("/api/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    for path in ("/api/v1/actuals/", "/api/v1/sales-plans/{cycle}/lines/", "external_id"):
        assert path in page
