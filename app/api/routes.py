"""All resources of /api."""

from fastapi import APIRouter

from app.api import (
    analytics,
    auth,
    buyers,
    chat_downloads,
    chat_messages,
    chats,
    feedbacks,
    invites,
    jobs,
    members,
    pin_board,
    pins,
    questions,
    replies,
    settings,
    shop_tokens,
    shops,
)

router = APIRouter(prefix="/api")
for _resource in (
    auth,
    shops,
    shop_tokens,
    members,
    invites,
    settings,
    feedbacks,
    replies,
    questions,
    pins,
    pin_board,
    chat_downloads,
    chats,
    chat_messages,
    buyers,
    analytics,
    jobs,
):
    router.include_router(_resource.router)
