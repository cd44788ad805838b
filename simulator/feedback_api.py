"""The feedback methods of feedbacks-api."""

from simulator.book import Book, Shelf
from simulator.clock import DAY, MOSCOW_AHEAD, moscow_text
from simulator.endpoint import Endpoint, Handler, Routes
from simulator.params import descending, flag, moment, number, optional_number
from simulator.shape import Item, bend
from simulator.wire import Call, Refused, Reply, answer_problem, envelope, envelope_problem, no_content
from simulator.world import World

TAKE = 5000
SKIP = 199_990
FEEDBACKS_BIT = 7


def list_feedbacks(world: World, call: Call) -> Reply:
    shelf = Shelf.PROCESSED if flag(call, "isAnswered") else Shelf.UNPROCESSED
    book = world.settled(call.sid)
    items = _page(world, book, call, shelf, dated=True)
    return envelope(
        {
            "countUnanswered": len(book.lists[Shelf.UNPROCESSED]),
            "countArchive": len(book.lists[Shelf.PROCESSED]),
            "feedbacks": items,
        }
    )


def list_archive(world: World, call: Call) -> Reply:
    return envelope({"feedbacks": _page(world, world.settled(call.sid), call, Shelf.ARCHIVE, dated=False)})


def get_feedback(world: World, call: Call) -> Reply:
    book = world.settled(call.sid)
    feedback = book.feedbacks.get(call.query.get("id", ""))
    if feedback is None or feedback.visible_at > world.clock.now():
        raise Refused(envelope_problem(422, "Невозможно получить отзыв по id"))
    return envelope(_shown(world, book, [feedback.id], page=False)[0])


def count_feedbacks(world: World, call: Call) -> Reply:
    shelf = Shelf.PROCESSED if flag(call, "isAnswered", default=True) else Shelf.UNPROCESSED
    first, last = moment(call, "dateFrom"), moment(call, "dateTo")
    return envelope(len(world.settled(call.sid).lists[shelf].window(first, last)))


def count_unanswered(world: World, call: Call) -> Reply:
    waiting = world.settled(call.sid).lists[Shelf.UNPROCESSED]
    now = world.clock.now()
    midnight = int(now - (now + MOSCOW_AHEAD) % DAY)
    today = len(waiting.window(midnight, None))
    return envelope({"countUnanswered": len(waiting), "countUnansweredToday": today})


def post_answer(world: World, call: Call) -> Reply:
    wb_id, text = _answer_body(world, call)
    book, now = world.settled(call.sid), world.clock.now()
    feedback = book.feedbacks.get(wb_id)
    return no_content(applied=world.answering.post(book, feedback, text, knobs=world.knobs, now=now))


def patch_answer(world: World, call: Call) -> Reply:
    wb_id, text = _answer_body(world, call)
    feedback = world.settled(call.sid).feedbacks.get(wb_id)
    now = world.clock.now()
    return no_content(applied=world.answering.patch(feedback, text, knobs=world.knobs, now=now))


def return_order(world: World, call: Call) -> Reply:
    wb_id = _return_body(call)
    feedback = world.settled(call.sid).feedbacks.get(wb_id)
    if feedback is None:
        raise Refused(envelope_problem(400, "Не удалось получить отзыв"))
    if not feedback.returnable:
        raise Refused(envelope_problem(422, "Запрос на возврат покупок недоступен"))
    feedback.returnable, feedback.returned_on = False, moscow_text(world.clock.now())
    reply = envelope({})
    reply.applied = True
    return reply


def _page(world: World, book: Book, call: Call, shelf: Shelf, *, dated: bool) -> list[Item]:
    take = number(call, "take", at_most=TAKE)
    skip = number(call, "skip", at_most=SKIP if dated else None)
    nm_id, backwards = optional_number(call, "nmId"), descending(call)
    index = book.lists[shelf]
    window = index.window(moment(call, "dateFrom"), moment(call, "dateTo")) if dated else index.window(None, None)
    if nm_id is None:
        return _shown(world, book, index.page(window, skip=skip, take=take, descending=backwards), page=True)
    ids = [wb_id for wb_id in index.ids(window) if book.feedbacks[wb_id].product.nm_id == nm_id]
    ids = ids[::-1] if backwards else ids
    return _shown(world, book, ids[skip : skip + take], page=True)


def _shown(world: World, book: Book, ids: list[str], *, page: bool) -> list[Item]:
    now, window_days = world.clock.now(), world.knobs.edit_window_days
    items = [book.feedbacks[wb_id].wire(now, window_days=window_days) for wb_id in ids]
    return bend(items, world.oddities, page=page)


def _answer_body(world: World, call: Call) -> tuple[str, str]:
    _check_content_type(call)
    try:
        body = call.json()
    except ValueError as error:
        raise Refused(answer_problem("Неверный синтаксис JSON")) from error
    wb_id, text = (body.get("id"), body.get("text")) if isinstance(body, dict) else (None, None)
    if not isinstance(wb_id, str) or not isinstance(text, str):
        raise Refused(answer_problem("Неверный синтаксис JSON"))
    if not 2 <= len(text) <= 5000:
        detail = "длина текста ответа должна быть от 2 до 5000 символов"
        raise Refused(answer_problem(detail, status=world.knobs.text_length_status))
    return wb_id, text


def _check_content_type(call: Call) -> None:
    declared = call.headers.get("content-type", "")
    media_type = declared.partition(";")[0].strip().lower()
    if not media_type:
        raise Refused(answer_problem("content-type header not specified"))
    if "/" not in media_type:
        raise Refused(answer_problem(f"content-type is not a valid mime-type: {declared}"))
    if media_type != "application/json":
        raise Refused(answer_problem(f"not a json content-type: {media_type}"))


def _return_body(call: Call) -> str:
    try:
        body = call.json()
    except ValueError as error:
        raise Refused(envelope_problem(400, "failed to decode JSON request.")) from error
    wb_id = body.get("feedbackId") if isinstance(body, dict) else None
    if not isinstance(wb_id, str) or not wb_id:
        raise Refused(envelope_problem(400, "Неправильный id в запросе"))
    return wb_id


def _reading(handler: Handler) -> Endpoint:
    return Endpoint(handler=handler, bucket="feedbacks", category=FEEDBACKS_BIT)


def _writing(handler: Handler) -> Endpoint:
    return Endpoint(handler=handler, bucket="feedbacks", category=FEEDBACKS_BIT, writes=True)


HOST = "/feedbacks-api/api/v1"
ROUTES: Routes = {
    ("GET", f"{HOST}/feedbacks"): _reading(list_feedbacks),
    ("GET", f"{HOST}/feedbacks/archive"): _reading(list_archive),
    ("GET", f"{HOST}/feedback"): _reading(get_feedback),
    ("GET", f"{HOST}/feedbacks/count"): _reading(count_feedbacks),
    ("GET", f"{HOST}/feedbacks/count-unanswered"): _reading(count_unanswered),
    ("POST", f"{HOST}/feedbacks/answer"): _writing(post_answer),
    ("PATCH", f"{HOST}/feedbacks/answer"): _writing(patch_answer),
    ("POST", f"{HOST}/feedbacks/order/return"): _writing(return_order),
}
