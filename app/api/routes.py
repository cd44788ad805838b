"""All resources of /api."""

from fastapi import APIRouter

from app.api import (
    analytics,
    auth,
    buyers,
    chat_downloads,
    chat_messages,
    chats,
    complaint_lists,
    complaints,
    evidence,
    feedbacks,
    invites,
    jobs,
    members,
    pin_board,
    pins,
    products,
    questions,
    replies,
    settings,
    shop_tokens,
    shops,
    tokens,
)

router = APIRouter(prefix="/api")
for _resource in (
    feedbacks,  # the most asked first: each request is compared with one route after the other
    auth,
    shops,
    shop_tokens,
    members,
    invites,
    settings,
    replies,
    questions,
    products,
    pins,
    pin_board,
    chat_downloads,
    chats,
    chat_messages,
    buyers,
    analytics,
    tokens,
    jobs,
    evidence,
    complaint_lists,
    complaints,  # after every other path under /complaints: its {wb_id} takes whatever is left
):
    router.include_router(_resource.router)
