"""The commands themselves."""

import asyncio
import secrets
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from app.cli import demo as demonstration
from app.cli import dev as development
from app.cli.processes import ChildDied, Children
from app.cli.rotation import rotate_tokens
from app.cli.schema import migrate, temporary_database
from app.cli.stack import Simulator, Stack
from app.cli.users import add_user
from app.kit.errors import WbrmError
from app.kit.postgres import database_url
from app.kit.secrets import build_vault
from app.kit.settings import Settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="WBRM: репутация на Wildberries.")

Port = Annotated[int, typer.Option(help="Занятый порт заменяется свободным.")]


@cli.command()
def dev(
    port: Port = 8000,
    simulator_port: Port = 8900,
    speed: Annotated[float, typer.Option(help="Во сколько раз быстрее идут часы симулятора.")] = 1.0,
) -> None:
    """Всё сразу на этой машине: PostgreSQL, симулятор Wildberries, сервер и воркер. Ctrl-C останавливает."""
    settings = Settings()
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    url = database_url(settings)
    migrate(url)
    stack = Stack.plan(url, web_port=port, simulator_port=simulator_port, speed=speed, data_dir=settings.data_dir)
    with Children(settings.data_dir / "logs", quiet=True) as children:
        development.start(stack, children, settings)
        development.greet(stack, settings)
        while not stopped.wait(1.0):
            children.assert_alive()
        typer.echo("Останавливаемся…")


@cli.command()
def demo(
    feedbacks: Annotated[int, typer.Option(min=1, max=25_000, help="Сколько отзывов создать.")] = 500,
    from_file: Annotated[
        Path | None, typer.Option("--from", exists=True, dir_okay=False, help="JSON-список отзывов в форме WB.")
    ] = None,
    json_only: Annotated[bool, typer.Option("--json", help="Только один JSON-объект.")] = False,
    speed: Annotated[float, typer.Option(min=0.1, help="Во сколько раз быстрее идут часы симулятора.")] = 20.0,
    timeout: Annotated[float, typer.Option(min=10, help="Не дольше стольких секунд.")] = 540.0,
    reject_share: Annotated[float, typer.Option(min=0, max=1, help="Доля ответов, которую отклонит модерация.")] = 0.02,
    questions: Annotated[int, typer.Option(min=0, max=2_000, help="Сколько вопросов создать.")] = 50,
    chats: Annotated[int, typer.Option(min=0, max=500, help="Сколько чатов создать.")] = 20,
) -> None:
    """Главная работа без окон: из пустой базы до проверенных ответов. Код 0, только если сошлось всё."""
    settings = Settings()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children are stopped as by Ctrl-C
    with tempfile.TemporaryDirectory(prefix="wbrm-demo-") as logs, temporary_database(database_url(settings)) as url:
        stack = Stack.plan(url, web_port=0, simulator_port=0, speed=speed, data_dir=settings.data_dir)
        stack.env.update(VERIFY_AFTER_SECONDS=str(max(0.5, 20 / speed)), SETTLE_SECONDS=str(max(4, 60 / speed)))
        stack.env.update(LOG_LEVEL="WARNING", OPENAI_API_KEY="", UNKNOWN_AFTER_MINUTES=str(10 / speed))
        password = secrets.token_urlsafe(16)
        asyncio.run(add_user(url, "demo@example.com", "Демо", password))
        try:
            with Children(Path(logs), quiet=True) as children:
                stack.start_simulator(children)
                simulator = Simulator(stack.simulator)
                simulator.order("/knobs", reject_share=reject_share)
                demonstration.seed(simulator, feedbacks=feedbacks, questions=questions, chats=chats, file=from_file)
                stack.start_product(children)
                say = (lambda _: None) if json_only else (lambda line: typer.echo(line, err=True))
                run = demonstration.Demo(stack.web, simulator, speed=speed, timeout=timeout, say=say)
                result = run.run(email="demo@example.com", password=password)
        except ChildDied as error:
            typer.echo(f"{error}\n{_last_words(Path(logs))}", err=True)
            raise typer.Exit(1) from error
    typer.echo(result.as_json())
    if not result.good:
        raise typer.Exit(1)


def _last_words(logs: Path) -> str:
    return "\n".join(f"{log.name}: {log.read_text()[-2000:]}" for log in sorted(logs.glob("*.log")))


@cli.command("create-user")
def create_user_command(
    email: str,
    name: Annotated[str, typer.Option(help="Как человека зовут.")] = "",
    password_stdin: Annotated[bool, typer.Option(help="Пароль из стандартного ввода.")] = False,
) -> None:
    """Создать пользователя; первый так и появляется."""
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else typer.prompt("Пароль", hide_input=True, confirmation_prompt=True)
    )
    try:
        asyncio.run(add_user(database_url(Settings()), email, name or email, password))
    except WbrmError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error
    typer.echo(f"Готово: {email}")


@cli.command("rotate-keys")
def rotate_keys() -> None:
    """Перешифровать токены первым ключом из SECRET_KEYS; после этого старые ключи можно убрать."""
    settings = Settings()
    try:
        count = asyncio.run(rotate_tokens(database_url(settings), build_vault(settings)))
    except WbrmError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error
    typer.echo(f"Перешифровано: {count}")


@cli.command("migrate")
def migrate_command() -> None:
    """Привести базу к последней схеме (то же, что alembic upgrade head)."""
    started = time.monotonic()
    migrate(database_url(Settings()))
    typer.echo(f"Схема актуальна ({time.monotonic() - started:.1f} с).")
