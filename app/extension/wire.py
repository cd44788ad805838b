"""How values look on the extension's wire: camelCase names, UTC instants with milliseconds, bytes without detours."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, PlainSerializer, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import CoreSchema, with_default_schema
from starlette.responses import Response

T = TypeVar("T")


def wire_time(moment: datetime) -> str:
    """Exactly three fraction digits and Z: the clients compare these as strings."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    day_and_time = (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond // 1000)
    # Half the time of isoformat or an f-string, and a round of tasks has hundreds of these.
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % day_and_time  # noqa: UP031


WireTime = Annotated[datetime, PlainSerializer(wire_time, return_type=str)]


class WireIn(BaseModel):
    """What the extensions send; fields that only newer builds know are passed over."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)


class WireOut(BaseModel):
    """What the extensions get."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        from_attributes=True,
    )


def json_response(body: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """For hot routes: dicts, lists and texts in, bytes out; instants as texts already (`wire_time`, `utc_text`).

    By orjson (docs/decisions/0013): a round of tasks is 400 KB.
    """
    return Response(orjson.dumps(body), status, headers, "application/json")


async def read_body(request: Request, adapter: TypeAdapter[T]) -> T:
    """Bytes to a model in one step; raises RequestValidationError, as FastAPI would."""
    try:
        return adapter.validate_json(await request.body())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in found]) from None


class Lenient:
    """What cannot be read is None; the rest of the body goes on. For `Annotated[X | None, Lenient]`."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return with_default_schema(handler(source), default=None, on_error="default")


def documented(model: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` of a route that reads its body by `read_body`."""
    schema = model.model_json_schema(mode="validation")
    whole = _inlined(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": whole}}}}


def _inlined(part: Any, known: Mapping[str, Any]) -> Any:
    """A route's own document has no place for shared definitions."""
    if isinstance(part, dict):
        if "$ref" in part:
            return _inlined(known[part["$ref"].rpartition("/")[2]], known)
        return {key: _inlined(value, known) for key, value in part.items()}
    return [_inlined(each, known) for each in part] if isinstance(part, list) else part
