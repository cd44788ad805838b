"""Query parameters as WB reads them: strictly, and with an error that names the culprit."""

from simulator.wire import Call, Refused, envelope_problem

SOMETHING = "Something went wrong"


def flag(call: Call, name: str, default: bool | None = None) -> bool:
    """Lowercase only; `True` is what a careless Python client sends."""
    raw = call.query.get(name)
    if raw is None and default is not None:
        return default
    if raw not in ("true", "false"):
        raise Refused(envelope_problem(400, f"Плохой формат {name}"))
    return raw == "true"


def number(call: Call, name: str, *, at_most: int | None = None) -> int:
    value = optional_number(call, name)
    if value is None or value < 0 or (at_most is not None and value > at_most):
        raise Refused(envelope_problem(400, SOMETHING))
    return value


def optional_number(call: Call, name: str, *, text: str = SOMETHING) -> int | None:
    raw = call.query.get(name)
    if raw is None:
        return None
    if not raw.lstrip("-").isascii() or not raw.lstrip("-").isdigit():
        raise Refused(envelope_problem(400, text))
    return int(raw)


def moment(call: Call, name: str) -> int | None:
    return optional_number(call, name, text=f"Плохой формат {name}")


def descending(call: Call) -> bool:
    """Newest first unless asked otherwise [I]."""
    order = call.query.get("order", "dateDesc")
    if order not in ("dateAsc", "dateDesc"):
        raise Refused(envelope_problem(400, SOMETHING))
    return order == "dateDesc"
