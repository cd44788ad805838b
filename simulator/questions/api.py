"""The question methods of feedbacks-api."""

from simulator.clock import DAY, MOSCOW_AHEAD
from simulator.endpoint import Endpoint, Handler, Routes
from simulator.params import SOMETHING, descending, flag, moment, number, optional_number
from simulator.questions.answering import Outcome
from simulator.questions.book import QuestionBook
from simulator.questions.intent import Answer, Nothing, Reject, View, intent_of
from simulator.shape import QUESTION, Item, bend
from simulator.wire import Call, Refused, Reply, envelope, envelope_problem, json_reply
from simulator.world import World

CEILING = 10_000
FEEDBACKS_BIT = 7
NOT_EDITED = "Не удалось отредактировать вопрос"


def list_questions(world: World, call: Call) -> Reply:
    is_answered = flag(call, "isAnswered")
    take, skip = number(call, "take", at_most=CEILING), number(call, "skip", at_most=CEILING)
    if take + skip > CEILING:
        raise Refused(envelope_problem(400, SOMETHING))
    nm_id, backwards = optional_number(call, "nmId"), descending(call)
    book = world.settled_questions(call.sid)
    index = book.answered if is_answered else book.unanswered
    ids = index.ids(index.window(moment(call, "dateFrom"), moment(call, "dateTo")))
    ids = [wb_id for wb_id in ids if nm_id in (None, book.questions[wb_id].product.nm_id)]
    page = (ids[::-1] if backwards else ids)[skip : skip + take]
    return envelope(
        {
            "countUnanswered": len(book.unanswered),
            "countArchive": len(book.answered),
            "questions": _shown(world, book, page, page=True),
        }
    )


def get_question(world: World, call: Call) -> Reply:
    book = world.settled_questions(call.sid)
    question = book.questions.get(call.query.get("id", ""))
    if question is None or question.visible_at > world.clock.now():
        raise Refused(envelope_problem(422, "Невозможно получить вопрос по id"))
    return envelope(_shown(world, book, [question.id], page=False)[0])


def count_questions(world: World, call: Call) -> Reply:
    book = world.settled_questions(call.sid)
    index = book.answered if flag(call, "isAnswered", default=True) else book.unanswered
    return envelope(len(index.window(moment(call, "dateFrom"), moment(call, "dateTo"))))


def count_unanswered(world: World, call: Call) -> Reply:
    waiting, now = world.settled_questions(call.sid).unanswered, world.clock.now()
    midnight = int(now - (now + MOSCOW_AHEAD) % DAY)
    today = len(waiting.window(midnight, None))
    return envelope({"countUnanswered": len(waiting), "countUnansweredToday": today})


def has_new(world: World, call: Call) -> Reply:
    feedbacks, questions = world.settled(call.sid), world.settled_questions(call.sid)
    return envelope({"hasNewQuestions": questions.unviewed > 0, "hasNewFeedbacks": feedbacks.unviewed > 0})


def patch_question(world: World, call: Call) -> Reply:
    intent = intent_of(call, text_limit=world.knobs.question_text_limit)
    if world.knobs.question_error_200:
        failed = {"data": None, "error": True, "errorText": SOMETHING, "additionalErrors": None}
        return _noted(json_reply(failed), changed=False)
    if isinstance(intent, Nothing):
        return _noted(envelope(None), changed=False)
    outcome = _carry_out(world, call.sid, intent)
    if outcome is Outcome.IMPOSSIBLE:
        raise Refused(envelope_problem(422, NOT_EDITED))
    return _noted(envelope(None), changed=outcome is Outcome.DONE)


def _carry_out(world: World, sid: str, intent: View | Answer | Reject) -> Outcome:
    book, now = world.settled_questions(sid), world.clock.now()
    question = book.questions.get(intent.id)
    if question is None or question.visible_at > now:
        # WB says "feedback" here, in this method as in others.
        raise Refused(envelope_problem(404, "Не найден отзыв"))
    if isinstance(intent, View):
        return Outcome.DONE if book.view(question, viewed=intent.viewed) else Outcome.NO_EFFECT
    act = world.question_answering.answer if isinstance(intent, Answer) else world.question_answering.reject
    return act(book, question, intent.text, knobs=world.knobs, now=now)


def _shown(world: World, book: QuestionBook, ids: list[str], *, page: bool) -> list[Item]:
    now = world.clock.now()
    items = [book.questions[wb_id].wire(now, world.knobs) for wb_id in ids]
    return bend(items, world.oddities, page=page, kind=QUESTION)


def _noted(reply: Reply, *, changed: bool) -> Reply:
    reply.applied = changed
    return reply


def _reading(handler: Handler) -> Endpoint:
    return Endpoint(handler=handler, bucket="feedbacks", category=FEEDBACKS_BIT)


HOST = "/feedbacks-api/api/v1"
ROUTES: Routes = {
    ("GET", f"{HOST}/questions"): _reading(list_questions),
    ("GET", f"{HOST}/question"): _reading(get_question),
    ("GET", f"{HOST}/questions/count"): _reading(count_questions),
    ("GET", f"{HOST}/questions/count-unanswered"): _reading(count_unanswered),
    ("GET", f"{HOST}/new-feedbacks-questions"): _reading(has_new),
    ("PATCH", f"{HOST}/questions"): Endpoint(
        handler=patch_question, bucket="feedbacks", category=FEEDBACKS_BIT, writes=True
    ),
}
