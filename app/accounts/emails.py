"""E-mail addresses as log-in names: one person, one spelling."""

from email_validator import EmailNotValidError, validate_email

from app.kit.errors import Invalid


class BadEmail(Invalid):
    """Not an address a person could have."""

    code = "BAD_EMAIL"
    message = "Проверьте адрес электронной почты."


def clean_email(raw: str) -> str:
    """Lower case, composed Unicode; nothing is looked up in DNS."""
    try:
        found = validate_email(raw.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise BadEmail from None
    return found.normalized.lower()


def login_name(raw: str) -> str:
    """The address under which an attempt is counted and looked up, valid or not."""
    try:
        return clean_email(raw)
    except BadEmail:
        return raw.strip().lower()
