"""Taps a gateway through the client that openapi-python-client made: url, device token and presentations come as JSON."""

import json
import sys

from onecard_gateway_client import AuthenticatedClient
from onecard_gateway_client.api.default import open_session, ready, verify, verify_batch
from onecard_gateway_client.models import BatchRequest, PresentationChipOda, PresentationTransitQr

given = json.load(sys.stdin)


def presentation(value):
    of = {"transit-qr": PresentationTransitQr, "chip-oda": PresentationChipOda}
    return of[value["family"]].from_dict(value)


with AuthenticatedClient(base_url=given["url"], token=given["token"]) as client:
    session = open_session.sync(client=client)
with AuthenticatedClient(base_url=given["url"], token=session.token) as client:
    singles = [verify.sync(client=client, body=presentation(each)) for each in given["singles"]]
    batch = verify_batch.sync(client=client, body=BatchRequest([presentation(each) for each in given["batch"]]))
    health = ready.sync(client=client)

print(
    json.dumps(
        {
            "class": session.class_.value,
            "ready": health.ok,
            "singles": [{"outcome": each.outcome.value, "code": each.code} for each in singles],
            "batch": [each.code for each in batch.results],
            "batch_kinds": [type(each).__name__ for each in batch.results],
        }
    )
)
