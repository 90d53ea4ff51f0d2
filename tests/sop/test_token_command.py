"""`manage.py create_token`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sop.models import ServiceToken
from sop.models.people import token_digest
from tests import factories as make

pytestmark = pytest.mark.django_db


def create(*arguments):
    out = StringIO()
    call_command("create_token", *arguments, stdout=out)
    return out.getvalue().strip()


def test_it_prints_the_token_and_keeps_only_its_digest():
    make.make_user("erp", "it", "integration")
    secret = create("erp", "--name", "nightly")
    token = ServiceToken.objects.get()
    assert token.digest == token_digest(secret)
    assert secret not in str(vars(token))
    assert token.name == "nightly"


def test_json():
    make.make_user("erp", "it", "integration")
    told = json.loads(create("erp", "--json", "--days", "1"))
    assert told["user"] == "erp"
    assert token_digest(told["token"]) == ServiceToken.objects.get().digest


def test_an_unknown_user_is_named():
    with pytest.raises(CommandError, match="There is no user “nobody”"):
        create("nobody")


def test_days_that_make_no_sense_are_refused():
    make.make_user("erp", "it", "integration")
    with pytest.raises(CommandError, match="1 to 3,650 days"):
        create("erp", "--days", "0")
