"""/api/settings/{shop_id}: in whose voice and how far by itself a shop answers."""

from typing import Annotated, Any, Self, cast

from fastapi import APIRouter
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.api.dependencies import CurrentUser, ManagerShop, ViewerShop
from app.api.errors import problems
from app.api.fields import Line, Prose, WireIn, WireOut
from app.drafting.templates import Bucket, validate_templates
from app.kit.clock import utc_now
from app.kit.http import Session
from app.shops import queries
from app.shops.models import ReplyMode, ShopSettings
from app.shops.policy import mode_for
from app.shops.reply_settings import SettingsChange, change_settings

router = APIRouter(prefix="/settings/{shop_id}", tags=["Настройки ответов"])


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


RatingText = Annotated[str, StringConstraints(pattern="^[1-5]$")]
RatingModes = dict[RatingText, ReplyMode]
Keyword = Annotated[Line, StringConstraints(max_length=100)]
Keywords = Annotated[list[Keyword], Field(max_length=200), AfterValidator(_distinct)]
Signature = Annotated[Line, StringConstraints(max_length=200)]
Signatures = Annotated[list[Signature], Field(max_length=20), AfterValidator(_distinct)]
Template = Annotated[Prose, StringConstraints(min_length=2, max_length=5000)]
Templates = dict[Bucket, Annotated[list[Template], Field(max_length=50)]]
Tone = Annotated[Prose, StringConstraints(max_length=1000)]


class SettingsIn(WireIn):
    """Все настройки целиком."""

    version: int = Field(ge=1, description="Версия, которую вы прочитали; иначе 409")
    reply_mode: ReplyMode
    rating_mode_map: RatingModes = Field(description='Режим для отдельных оценок, например {"1": "manual"}')
    blacklist_keywords: Keywords = Field(description="С такими словами в отзыве ответ смотрит человек")
    templates: Templates = Field(description="Шаблоны по группам оценок; пустая группа берёт встроенные")
    signatures: Signatures
    tone: Tone
    questions_reply_mode: ReplyMode = ReplyMode.SEMI
    questions_auto_draft: bool = Field(True, description="Писать черновики сразу после синхронизации вопросов")
    questions_auto_publish: bool = Field(False, description="В режиме auto публиковать чистый черновик без человека")


class SettingsPatchIn(WireIn):
    """Только то, что меняется."""

    version: int = Field(ge=1, description="Версия, которую вы прочитали; иначе 409")
    reply_mode: ReplyMode | None = None
    rating_mode_map: RatingModes | None = None
    blacklist_keywords: Keywords | None = None
    templates: Templates | None = None
    signatures: Signatures | None = None
    tone: Tone | None = None
    questions_reply_mode: ReplyMode | None = None
    questions_auto_draft: bool | None = None
    questions_auto_publish: bool | None = None

    @model_validator(mode="after")
    def no_nulls(self) -> Self:
        if any(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("Чтобы не менять поле, не присылайте его; null не подходит.")
        return self


class SettingsOut(WireOut):
    version: int
    reply_mode: ReplyMode
    rating_mode_map: dict[str, ReplyMode]
    effective_modes: dict[str, ReplyMode] = Field(description="Что получится для каждой оценки")
    blacklist_keywords: list[str]
    templates: dict[str, list[str]]
    signatures: list[str]
    tone: str
    questions_reply_mode: ReplyMode
    questions_auto_draft: bool
    questions_auto_publish: bool

    @classmethod
    def of(cls, settings: ShopSettings) -> Self:
        stored = {name: getattr(settings, name) for name in cls.model_fields if name != "effective_modes"}
        effective = {str(rating): mode_for(settings, rating) for rating in range(1, 6)}
        return cls(**stored, effective_modes=effective)


@router.get("", responses=problems(401, 404), summary="Настройки ответов")
async def get(session: Session, shop: ViewerShop) -> SettingsOut:
    """С версией, которую нужно вернуть при изменении."""
    return SettingsOut.of(await queries.get_settings(session, shop.id))


@router.put("", responses=problems(401, 403, 404, 409), summary="Заменить настройки целиком")
async def put(session: Session, shop: ManagerShop, user: CurrentUser, body: SettingsIn) -> SettingsOut:
    """Если настройки уже изменил кто-то другой, ответ 409 и ничего не меняется."""
    change = _change(body)
    saved = await change_settings(session, shop, user, change, version=body.version, now=utc_now())
    return SettingsOut.of(saved)


@router.patch("", responses=problems(401, 403, 404, 409), summary="Изменить часть настроек")
async def patch(session: Session, shop: ManagerShop, user: CurrentUser, body: SettingsPatchIn) -> SettingsOut:
    """Поля, которых нет в запросе, остаются прежними; вложенные объекты заменяются целиком."""
    change = _change(body)
    saved = await change_settings(session, shop, user, change, version=body.version, now=utc_now())
    return SettingsOut.of(saved)


def _change(body: SettingsIn | SettingsPatchIn) -> SettingsChange:
    sent: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"version"}, mode="json")
    validate_templates(sent.get("templates", {}))
    for name in ("reply_mode", "questions_reply_mode"):
        if name in sent:
            sent[name] = ReplyMode(sent[name])
    return cast(SettingsChange, sent)
