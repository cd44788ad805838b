"""What may leave as a file, and under which name."""

import pytest

from app.chats.files import LARGEST_FILE, UnfitFile, check_files, safe_name

JPEG, PNG, PDF = b"\xff\xd8\xff\xe0jpeg", b"\x89PNG\r\n\x1a\nrest", b"%PDF-1.7 rest"


@pytest.mark.parametrize(
    ("given", "content", "name", "kind"),
    [
        ("чек.pdf", PDF, "чек.pdf", "application/pdf"),
        ("photo.JPEG", JPEG, "photo.JPEG", "image/jpeg"),
        ("photo.png", JPEG, "photo.jpg", "image/jpeg"),
        ("../../etc/passwd", PNG, "passwd.png", "image/png"),
        ("..\\..\\boot.png", PNG, "boot.png", "image/png"),
        ("..", PNG, "file.png", "image/png"),
        ("", PDF, "file.pdf", "application/pdf"),
        ("👩‍🔧 чек\u202egpj.\r\n.pdf", PDF, "👩🔧 чекgpj.pdf", "application/pdf"),
        ('a"; filename="b.png', PNG, "a_ filename_b.png", "image/png"),
        ("я" * 300 + ".png", PNG, "я" * 80 + ".png", "image/png"),
        ("страшное.pdf.exe", PDF, "страшное.pdf.pdf", "application/pdf"),
    ],
)
def test_the_content_decides_and_the_name_is_made_safe(given: str, content: bytes, name: str, kind: str) -> None:
    (file,) = check_files([(given, content)])

    assert (file.name, file.content_type) == (name, kind)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "файл пустой"),
        (b"MZ\x90\x00 program", "не JPEG"),
        (b"<svg onload=alert(1)>", "не JPEG"),
        (JPEG + bytes(LARGEST_FILE + 1 - len(JPEG)), "больше 5 МБ"),
    ],
)
def test_what_wildberries_would_refuse_is_refused_here_by_name(content: bytes, problem: str) -> None:
    with pytest.raises(UnfitFile) as refused:
        check_files([("good.jpg", JPEG), ("photo.jpg", content)])

    assert [field for field, _ in refused.value.details] == ["files.1"]
    assert problem in refused.value.details[0][1]


def test_five_megabytes_exactly_may_leave() -> None:
    assert check_files([("photo.jpg", JPEG + bytes(LARGEST_FILE - len(JPEG)))])


def test_thirty_one_megabytes_together_may_not() -> None:
    part = JPEG + bytes(31 * 1024 * 1024 // 7 - len(JPEG))

    with pytest.raises(UnfitFile) as refused:
        check_files([(f"{number}.jpg", part) for number in range(7)])

    assert refused.value.details == [("files", "Вместе больше 30 МБ.")]


def test_a_name_of_wildberries_is_made_safe_too() -> None:
    assert safe_name("../Чек\n.pdf") == "Чек.pdf"
    assert safe_name("") == "file"
