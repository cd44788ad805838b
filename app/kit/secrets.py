"""What must not be readable in a stolen dump: encrypted columns and hashed tokens."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.kit.errors import WbrmError
from app.kit.settings import Settings


class UndecryptableSecret(WbrmError):
    """No configured key opens this column: a key was dropped before `wbrm rotate-keys` ran."""

    code = "UNDECRYPTABLE"
    message = "Не удалось расшифровать токен: проверьте SECRET_KEYS."


class Vault:
    """Encrypts with the first key, decrypts with any; also keys the hashes of tokens handed out."""

    def __init__(self, keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._hash_keys = [hmac.digest(key.encode(), b"wbrm access tokens", "sha256") for key in keys]

    def encrypt(self, plain: str) -> str:
        """Text to store; differs each time."""
        return self._fernet.encrypt(plain.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """Raises UndecryptableSecret when no key fits."""
        try:
            return self._fernet.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise UndecryptableSecret from None

    def keyed_hashes(self, token: str) -> list[bytes]:
        """What may be stored of a token we handed out, one hash for each key; new ones are stored by the first."""
        return [hmac.digest(key, token.encode(), "sha256") for key in self._hash_keys]

    def rotate(self, stored: str) -> str:
        """The same secret under the first key."""
        try:
            return self._fernet.rotate(stored.encode()).decode()
        except InvalidToken:
            raise UndecryptableSecret from None


def build_vault(settings: Settings) -> Vault:
    """From `SECRET_KEYS`; without them one key is made and kept in the data directory (development)."""
    keys = [key.strip() for key in settings.secret_keys.get_secret_value().split(",") if key.strip()]
    return Vault(keys or [_kept_key(settings.data_dir / "secret.key")])


def _kept_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        key = Fernet.generate_key().decode()
        file.write(key)
    return key


def new_token(prefix: str = "") -> str:
    """256 random bits, URL-safe."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a random token; the token has enough entropy to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
