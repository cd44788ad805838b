"""All settings of a process, read once from the environment or `.env`; mirrored in `.env.example` (a test checks)."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read by the edges only; the domain gets values as arguments."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: SecretStr | None = Field(None, description="PostgreSQL 15+; empty: the embedded one starts")
    database_pool: int = Field(10, ge=2, description="connections of one pool; up to three such in a process")
    data_dir: Path = Field(Path(".data"), description="the embedded PostgreSQL and the simulator keep data here")
    secret_keys: SecretStr = Field(
        SecretStr(""),
        description="Fernet keys, comma separated; the first encrypts, all decrypt (wbrm rotate-keys)",
    )
    public_url: str = Field("http://127.0.0.1:8000", description="where browsers find us; used in invitations")
    cookie_secure: bool = Field(False, description="true behind HTTPS")
    trust_proxy: bool = Field(False, description="take the caller's address from X-Forwarded-For")
    log_format: Literal["json", "console"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    metrics_token: SecretStr | None = Field(None, description="when set, /metrics wants it as a bearer token")
    extension_reads_per_minute: int = Field(
        100, ge=1, description="GETs of one extension token, all processes together"
    )
    extension_reports_per_minute: int = Field(600, ge=1, description="POSTs of one extension token")

    wb_feedbacks_url: str = "https://feedbacks-api.wildberries.ru"
    wb_common_url: str = "https://common-api.wildberries.ru"
    wb_content_url: str = "https://content-api.wildberries.ru"
    wb_chat_url: str = "https://buyer-chat-api.wildberries.ru"
    wb_accept_test_tokens: bool = Field(False, description="true only against WB's sandbox or the simulator")
    wb_auth_scheme: Literal["bearer", "raw"] = "bearer"
    wb_client_secret: SecretStr | None = Field(None, description="X-Client-Secret: lifts a basic token's limits")
    wb_speed: float = Field(1.0, gt=0, description="how many times faster the simulator's clock runs; 1 for WB")
    wb_page_size: int = Field(5000, ge=1, le=5000, description="feedbacks per list call")

    openai_api_key: SecretStr | None = Field(None, description="empty: drafts come from templates, offline")
    openai_base_url: str | None = Field(None, description="for compatible providers and the simulator's stub")
    openai_model: str = "gpt-5-mini"
    openai_price_in: Decimal = Field(Decimal("0.25"), description="USD per million input tokens")
    openai_price_out: Decimal = Field(Decimal("2"), description="USD per million output tokens")
    openai_timeout: float = Field(60, gt=0, description="seconds for one draft")

    sync_every_minutes: float = Field(10, gt=0, description="how often each shop is synced")
    chat_sync_seconds: float = Field(60, gt=0, description="how often each shop's chats are read, if its token allows")
    settle_seconds: float = Field(60, gt=0, description="by then a write whose reply was lost shows, or never will")
    verify_after_seconds: float = Field(5, ge=0, description="first read-back after a publication")
    unknown_after_minutes: float = Field(60, gt=0, description="a sent answer unseen for so long becomes unknown")
    worker_concurrency: int = Field(20, ge=2, description="jobs at once in one worker process")
    worker_heartbeat_seconds: float = Field(12, gt=1, description="a job of a dead worker is taken over after this")
