"""All resources of /api/extension."""

from fastapi import APIRouter

from app.extension import (
    auth,
    chat_reports,
    chats,
    complaint_list,
    evidence,
    health,
    page_list,
    page_reports,
    products,
    reparse,
    sent,
    stats,
    store_list,
    tasks,
    verdict_reports,
)

router = APIRouter()
for _resource in (
    health,
    auth,
    page_reports,
    verdict_reports,
    sent,
    store_list,
    tasks,
    complaint_list,
    stats,
    products,
    reparse,
    page_list,
    chats,
    chat_reports,
    evidence,
):
    router.include_router(_resource.router)
