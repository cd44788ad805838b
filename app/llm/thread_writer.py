"""Lines of a chat by the model that also writes replies."""

from dataclasses import dataclass

from app.drafting.ports import Draft
from app.drafting.threads import ThreadRequest
from app.llm.openai_writer import OpenAIWriter
from app.llm.thread_prompt import INSTRUCTIONS, data_message


@dataclass(frozen=True, slots=True)
class OpenAIThreadWriter:
    """Satisfies drafting.threads.ThreadWriter; the client stays the other writer's to close."""

    model: OpenAIWriter

    async def write_line(self, request: ThreadRequest) -> Draft:
        return await self.model.complete(INSTRUCTIONS, data_message(request), facts=request.facts)
