"""What every host has, and who the seller is."""

from simulator.clock import moscow_text
from simulator.endpoint import Endpoint, Routes
from simulator.wire import Call, Reply, json_reply
from simulator.world import World

HOSTS = {"feedbacks-api": 7, "buyer-chat-api": 9, "content-api": 1, "common-api": None}


def ping(world: World, call: Call) -> Reply:
    return json_reply({"TS": moscow_text(world.clock.now()), "Status": "OK"})


def seller_info(world: World, call: Call) -> Reply:
    seller = world.seller(call.sid)
    tin = f"77{seller.oid:010d}"[:12]
    return json_reply({"name": seller.name, "sid": seller.sid, "tin": tin, "tradeMark": "Северный луч"})


ROUTES: Routes = {
    ("GET", f"/{host}/ping"): Endpoint(handler=ping, bucket=f"ping:{host}", category=bit) for host, bit in HOSTS.items()
} | {("GET", "/common-api/api/v1/seller-info"): Endpoint(handler=seller_info, bucket="seller-info")}
