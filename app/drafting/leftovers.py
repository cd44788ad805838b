"""Traces of the machine: unfilled places, notes of a model, markup."""

from app.drafting.findings import Rule, Severity
from app.drafting.phrases import Phrases, marks, words

PLACEHOLDERS = Phrases(
    Rule.PLACEHOLDER,
    "Незаполненное место в тексте",
    words(
        r"имя покупателя",
        r"имя клиента",
        r"x{3,}",
        r"х{3,}",
        r"todo|lorem ipsum",
    )
    + marks(
        r"\{[^{}\n]{0,60}\}",
        r"\{\{|\}\}",
        r"\[\s*(?:[a-zа-я_][a-zа-я_ \-/]{1,50})\s*\]",
        r"<\s*/?\s*[a-zа-я_][^<>\n]{0,60}>",
        r"%[a-zа-я_]{2,30}%",
        r"\$[a-z_]{2,30}",
        r"_{3,}",
    ),
)

SYSTEM_WORDS = Phrases(
    Rule.SYSTEM_WORD,
    "След программы: упоминание ИИ или служебный текст",
    words(
        r"ии",
        r"ai",
        r"(?:chat)?gpt[\w\-.]*|чат ?гпт|openai|llm",
        r"нейросет\w*|нейронн\w+ сет\w+|нейронк\w*",
        r"искусственн\w+ интеллект\w*",
        r"языков\w+ модел\w+",
        r"language model",
        r"(?:чат-?)бот(?:а|у|ом|е|ы|ов|ам|ами|ах)?",
        r"бот(?:а|у|ом|е)?(?!-)",
        r"(?:system )?prompt\w*|промпт\w*",
        r"вот (?:\w+ ){0,3}(?:вариант|ответ|черновик)(?: ответа)?",
        r"(?:вариант|черновик|шаблон|текст) ответа",
        r"(?:сгенерирован\w*|автоматическ\w+ ответ\w*|автоответ\w*)",
        r"(?:как|я) (?:виртуальн\w+ )?(?:ассистент|помощник)",
    )
    + marks(
        r"```",
        r"^\s*(?:assistant|system|user|human|ассистент|система|пользователь|ответ|answer)\s*:",
        r"[\"'](?:answer|needs_human|facts_used|reason|text|content|role)[\"']\s*:",
        r"<\|[^|>\n]{0,40}\|>",
        r"\\n|\\u[0-9a-f]{4}",
        r"\bnull\b|\bundefined\b",
    ),
)

MARKUP = Phrases(
    Rule.SYSTEM_WORD,
    "Разметка: Wildberries покажет знаки как есть",
    marks(r"\*\*[^*\n]+\*\*", r"^#{1,6} ", r"\[[^\]\n]+\]\("),
    Severity.WARN,
)
