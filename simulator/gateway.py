"""The way of every WB and LLM call: fault, token, limit, method, ledger."""

import asyncio

from starlette.types import Receive, Scope, Send

from simulator import common_api, content_api, feedback_api, llm_api
from simulator.admission import Toll, check_rights, check_token, claims_of, problem, too_many
from simulator.buckets import Refusal
from simulator.chats import api as chat_api
from simulator.drop import drop
from simulator.endpoint import Endpoint, Routes, endpoint_at
from simulator.faults import Plan, Rule
from simulator.ledger import Entry
from simulator.pins import api as pin_api
from simulator.questions import api as question_api
from simulator.tokens import Claims
from simulator.wire import JSON, Call, Refused, Reply, json_reply
from simulator.world import World

ROUTES: Routes = {}
for part in (feedback_api, question_api, pin_api, chat_api, common_api, content_api):
    ROUTES |= part.ROUTES
GARBAGE = b'{"data": {"countUnanswered": 1, "feedb'
DOCUMENTS = "Please consult https://dev.wildberries.ru/openapi/api-information"


class Gateway:
    """An ASGI app for everything that is not `/__sim`."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = await _read(scope, receive)
        call.claims = claims_of(call)
        plan = self.world.faults.plan(call)
        entry = self.world.ledger.open(call, now=self.world.clock.now())
        entry.fault = plan.name
        await asyncio.sleep(plan.latency)
        if plan.is_("drop_before"):
            return await drop(call)
        reply = self._befallen(call, entry, plan)
        await asyncio.sleep(reply.delay)
        if plan.is_("drop_after"):
            return await drop(call)
        entry.status = reply.status
        return await _write(reply, call, send)

    def _befallen(self, call: Call, entry: Entry, plan: Plan) -> Reply:
        """The honest reply, unless the plan has another one instead of it or after it."""
        rule = plan.rule
        if rule is None:
            return self._answer(call, entry)
        if rule.action == "rate_limit":
            seconds = int(rule.seconds)
            return too_many(self.world, Refusal(retry=seconds, reset=seconds, limit=1, by="fault"))
        if rule.action == "status" and not rule.after:
            return _ordered(rule)
        reply = self._answer(call, entry)
        if rule.action == "status":
            return _ordered(rule)
        return _garbled(rule) if rule.action == "garbage" else reply

    def _answer(self, call: Call, entry: Entry) -> Reply:
        try:
            if call.path.startswith(llm_api.HOST):
                return llm_api.answer(self.world, call)
            return self._answer_seller(call, entry)
        except Refused as refused:
            return refused.reply

    def _answer_seller(self, call: Call, entry: Entry) -> Reply:
        endpoint = endpoint_at(ROUTES, call.method, call.path)
        if endpoint is None:
            raise Refused(problem(self.world, 404, DOCUMENTS, title="path not found"))
        check_token(self.world, call)
        assert call.claims is not None
        entry.bucket = endpoint.bucket
        toll = Toll(self.world, call, call.claims, endpoint.bucket)
        refusal = toll.pay()
        if refusal is not None:
            self.world.ledger.mark_over_budget(entry)
            return too_many(self.world, refusal)
        reply = self._handled(call, call.claims, endpoint)
        toll.settle(reply)
        self._note(reply, entry)
        return reply

    def _handled(self, call: Call, claims: Claims, endpoint: Endpoint) -> Reply:
        try:
            check_rights(self.world, claims, endpoint)
            return endpoint.handler(self.world, call)
        except Refused as refused:
            return refused.reply

    def _note(self, reply: Reply, entry: Entry) -> None:
        entry.applied = reply.applied
        if reply.applied:
            self.world.touch()


def _ordered(rule: Rule) -> Reply:
    if isinstance(rule.body, dict | list):
        reply = json_reply(rule.body, rule.status)
    else:
        reply = Reply(rule.status, str(rule.body or "").encode(), {"content-type": "text/plain; charset=utf-8"})
    reply.headers |= rule.headers
    return reply


def _garbled(rule: Rule) -> Reply:
    body = GARBAGE if rule.body is None else str(rule.body).encode()
    return Reply(200, body, {"content-type": JSON} | rule.headers)


async def _read(scope: Scope, receive: Receive) -> Call:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    client = tuple(scope["client"]) if scope.get("client") else None
    query = scope["query_string"].decode("latin-1")
    return Call(scope["method"], scope["path"], query, headers, body, client)


async def _write(reply: Reply, call: Call, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    if reply.chunks is None and reply.status != 204:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    for chunk in reply.chunks or []:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await asyncio.sleep(0)
    if reply.cut:
        return await drop(call)
    last = b"" if reply.chunks else reply.body
    return await send({"type": "http.response.body", "body": last, "more_body": False})
