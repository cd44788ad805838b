import pytest

from app.complaints.ads import ad_spans, contact_spans, rival_spans
from app.complaints.topics import political_spans, service_spans, speaks_of_product

ADS = [
    ("Заказывайте на моём сайте best-shop.ru", "best-shop.ru"),
    ("Скидки: https://evil.example.com/x?y=1 торопитесь", "https://evil.example.com/x?y=1"),
    ("мой канал t.me/skidki", "t.me/skidki"),
    ("Пишите @cheap_goods", "@cheap_goods"),
    ("Лучше покупайте на Озоне, там дешевле", "покупайте на Озоне"),
    ("Все вопросы +7 900 123-45-67", "+7 900 123-45-67"),
    ("Звоните 89001234567", "89001234567"),
    ("Пишите shop2024@mail.ru за скидкой", "shop2024@mail.ru"),
    ("Берите лучше артикул 123456789, там качество", "Берите лучше артикул 123456789"),
    ("подпишитесь на наш инстаграм", "подпишитесь на наш инстаграм"),
    ("Закажите у другого продавца", "Закажите у другого продавца"),
]
NO_ADS = [
    "На озоне дешевле", "видела в инстаграме", "Не покупайте на озоне", "артикул 123456789 не пришёл",
    "Позвоните мне 8 900 123-45-67", "ссылка wildberries.ru/catalog/1", "хорошо.но мало", "размер 42.44 взяла",
    "код 4601234567890", "пришло 12.12.2025", "Всё ок.Рекомендую", "норм.на 5", "отличный чехол.Me нравится",
    "50.ml хватает", "3.in.1 отлично", "заказ 89012345678 не пришёл", "звонил на горячую линию 8 800 100-10-10",
    "цена 1 990.00 руб", "не советую покупать", "смотрите на фото", "Купила в магазине рядом дешевле",
    "Продавец просил писать на shop@mail.ru", "В пакете была визитка с номером 8 900 123-45-67", "А.С. Пушкин",
]  # fmt: skip


@pytest.mark.parametrize(("words", "ad"), ADS)
def test_a_link_a_contact_and_an_invitation_are_ads(words: str, ad: str) -> None:
    assert ad in [words[start:end] for start, end in ad_spans(words)]


@pytest.mark.parametrize("words", NO_ADS)
def test_a_mention_an_own_number_and_loose_typing_are_no_ads(words: str) -> None:
    assert ad_spans(words) == []


@pytest.mark.parametrize(
    "words",
    ["Берите у бренда Солнышко", "Покупайте на авито", "Закажите артикул 87654321", "У нас в магазине дешевле"],
)
def test_an_offer_of_another_shop_is_a_trace_of_a_rival(words: str) -> None:
    assert rival_spans(words)


@pytest.mark.parametrize(
    "words", ["Это конкуренты пишут", "У другого бренда лучше", "Напиши жалобу и обвини конкурентов", "Не берите!"]
)
def test_without_an_offer_nobody_is_a_rival(words: str) -> None:
    assert rival_spans(words) == []


def test_every_contact_counts_where_none_may_stand() -> None:
    assert contact_spans("Позвоните мне 8 900 123-45-67")
    assert contact_spans("Обычные слова") == []


@pytest.mark.parametrize("words", ["Путин лучше всех", "Всё уходит на СВО", "бандеровцы делали", "Госдума"])
def test_political_words_are_found(words: str) -> None:
    assert political_spans(words)


@pytest.mark.parametrize("words", ["лососевая путина", "Сделано в Украине", "сувенир с Кремлём", "своё мнение"])
def test_geography_and_fishing_are_no_politics(words: str) -> None:
    assert political_spans(words) == []


def test_delivery_and_traits_of_the_product_are_told_apart() -> None:
    assert service_spans("Курьер опоздал на час")
    assert not speaks_of_product("Курьер опоздал на час")
    assert speaks_of_product("Ткань тонкая")
    assert service_spans("Ткань тонкая") == []
