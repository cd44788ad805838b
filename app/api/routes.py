"""All resources of /api."""

from fastapi import APIRouter

from app.api import auth, feedbacks, invites, jobs, members, replies, settings, shop_tokens, shops

router = APIRouter(prefix="/api")
for _resource in (auth, shops, shop_tokens, members, invites, settings, feedbacks, replies, jobs):
    router.include_router(_resource.router)
