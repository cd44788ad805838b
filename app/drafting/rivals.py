"""Other places to buy and other places to talk: Wildberries rejects answers that lead there."""

from app.drafting.findings import Rule
from app.drafting.phrases import Phrases, marks, words

MARKETPLACES = Phrases(
    Rule.MARKETPLACE,
    "Упоминание другой торговой площадки",
    words(
        r"ozon(?:ka|[aeu])?",
        r"озон(?:а|у|ом|е|ами)?",
        r"ya(?:ndex)?[ .\-]?market\w*",
        r"я(?:ндекс)?[ .\-]{0,3}маркет(?!инг|олог)\w*",
        r"ali[ \-]?express\w*",
        r"али[ \-]?экспрес\w*",
        r"(?:sber)?mega[ \-]?market\w*",
        r"(?:сбер)?мега[ \-]?маркет(?!инг|олог)\w*",
        r"(?:сбер|купер|магнит)[ \-]?маркет(?!инг|олог)\w*",
        r"lamoda\w*",
        r"ламод(?:а|ы|е|у|ой)",
        r"avito\w*",
        r"авито",
        r"amazon\w*",
        r"амазон(?:а|у|ом|е)?",
        r"e-?bay",
        r"temu",
        r"shein",
        r"kazan[ \-]?express",
        r"казань[ \-]?экспресс",
        r"(?:на|в|через) (?:наш\w*|сво\w+|официальн\w+) (?:\w+ ){0,2}(?:сайт\w*|интернет-магазин\w*)",
        r"други(?:е|х|ми) (?:маркетплейс\w*|площадк\w*|интернет-магазин\w*)",
        r"друг(?:ой|ом) (?:маркетплейс\w*|площадк\w*)",
    ),
)

MESSENGERS = Phrases(
    Rule.MESSENGER,
    "Приглашение общаться вне Wildberries",
    words(
        r"telegram\w*",
        r"тел+еграм+\w*",
        r"телег(?:а|у|е|и|ой|ах)",
        r"(?:тг|tg)(?:-?канал\w*)?",
        r"whats[ \-]?app\w*",
        r"в[ао][тц]+[ \-]?с?[ао]пп?\w{0,2}",
        r"вацап\w*",
        r"viber\w*",
        r"вайбер\w*",
        r"skype|скайп\w{0,2}",
        r"discord|дискорд\w{0,2}",
        r"instagram\w*|инстаграм+\w*|инст[ауе]|insta",
        r"facebook|фейсбук\w{0,2}",
        r"v ?kontakte|вконтакте|вк|vk",
        r"в (?:наш\w+ )?одноклассниках",
        r"tik[ \-]?tok|тик[ \-]?ток\w{0,2}",
        r"youtube|ютуб\w{0,2}",
        r"мессенджер\w*|messenger",
        r"в ?(?:директ|direct|личку|личке|лс|личк\w|личные сообщения|личных сообщениях)",
        r"(?:подпи\w+|вступ\w+|заход\w+) (?:\w+ ){0,3}(?:канал|групп|сообществ)\w*",
        r"q ?r[ \-]*(?:код\w*|code\w*)?",
        r"(?:кью|ку)ар(?:-?код\w*)?",
    )
    + marks(r"(?<![\w.])@ ?[a-zа-я_][\w.]{2,}"),
)
