from app.drafting.signatures import pick_signature, sign


def test_the_same_feedback_keeps_its_signature_and_others_vary() -> None:
    pool = ["Команда А", "Команда Б", "Команда В", " "]

    picked = {pick_signature(pool, f"f-{index}") for index in range(50)}

    assert picked == {"Команда А", "Команда Б", "Команда В"}
    assert pick_signature(pool, "f-1") == pick_signature(pool, "f-1")
    assert pick_signature([], "f-1") == ""


def test_an_answer_is_signed_once() -> None:
    once = sign("Спасибо!", "Команда А")

    assert once == "Спасибо!\nКоманда А"
    assert sign(once, "Команда А") == once
    assert sign("Спасибо!", "") == "Спасибо!"


def test_a_signature_never_pushes_the_answer_over_the_limit() -> None:
    text = "а" * 4995

    assert sign(text, "Команда А") == text
