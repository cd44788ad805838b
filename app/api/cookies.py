"""The session cookie: scripts cannot read it, other sites cannot write with it."""

from fastapi import Response

from app.accounts.sessions import COOKIE_LIFETIME

NAME = "wbrm_session"


def give(response: Response, token: str, *, secure: bool) -> None:
    """For fourteen days from now."""
    response.set_cookie(
        NAME,
        token,
        max_age=int(COOKIE_LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def take_back(response: Response, *, secure: bool) -> None:
    """The browser forgets it at once."""
    response.delete_cookie(NAME, path="/", httponly=True, samesite="lax", secure=secure)
