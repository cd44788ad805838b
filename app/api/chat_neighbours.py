"""What the chat routes need of the process: Wildberries' limits, and its files."""

from typing import Annotated

from fastapi import Depends, Request

from app.chats.ports import ChatFiles, ChatLimits


def get_chat_limits(request: Request) -> ChatLimits:
    """What Wildberries allows for chats."""
    limits: ChatLimits = request.app.state.chat_limits
    return limits


def get_chat_files(request: Request) -> ChatFiles:
    """Files that buyers have attached."""
    files: ChatFiles = request.app.state.chat_files
    return files


TheChatLimits = Annotated[ChatLimits, Depends(get_chat_limits)]
TheChatFiles = Annotated[ChatFiles, Depends(get_chat_files)]
