"""The compatibility contract: requests that must work exactly as written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from api.app import create_app
from tests.contract.conftest import Live

EXAMPLES = json.loads((Path(__file__).parent / "seed_examples.json").read_text("utf-8"))
#: What is built; whoever builds more adds it here.
BUILT = {
    "/api/v1/channels/available",
    "/api/v1/channels/receive",
    "/api/v1/channels/send",
    "/api/v1/channels/switch",
    "/api/v1/personalization/customer-profile",
    "/api/v1/personalization/order-history",
}
SERVED = {getattr(route, "path", "") for route in create_app().routes}


def _known() -> list[dict[str, Any]]:
    return [example for example in EXAMPLES if example["path"] in BUILT | SERVED]


def test_what_is_built_is_served() -> None:
    assert BUILT <= SERVED


@pytest.mark.parametrize("example", _known(), ids=lambda example: example["operation"])
@pytest.mark.parametrize("role", ["service", "admin"])
def test_example_works_as_written(live: Live, example: dict[str, Any], role: str) -> None:
    answer = requests.request(
        example["method"],
        live.url + example["path"],
        params=example["query"],
        json=example["body"],
        headers={"Authorization": f"Bearer {live.token(role)}"},
        timeout=15,
    )
    assert 200 <= answer.status_code < 300, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    answer.json()


def test_profile_and_history_show_the_stored_state(live: Live) -> None:
    headers = {"Authorization": f"Bearer {live.token('service')}"}
    history = requests.get(
        f"{live.url}/api/v1/personalization/order-history",
        params={"customer_id": "user123"},
        headers=headers,
        timeout=15,
    ).json()
    assert live.order_id in [order["order_id"] for order in history["items"]]
    profile = requests.post(
        f"{live.url}/api/v1/personalization/customer-profile",
        json={"customer_id": "user123"},
        headers=headers,
        timeout=15,
    ).json()
    assert profile["customer_id"] == "user123"
