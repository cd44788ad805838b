"""Precision before recall: an innocent word taken for an obscene one wastes the feedback's only shot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.complaints.profanity import obscene_spans

OBSCENE_TABLE = """
хуй хуя Хуйня ХУЙНЯ нахуй похуй охуенно охуенный ахуеть охуели хуёвый хуево хуйло дохуя нихуя хуита похуист
хуета захуярил хуяк схуяли нахуя хуями нехуй прихуели пизда пиздец пиздато спиздили распиздяи пиздёж пиздёжь
пиздабол пездец пиздюк опизденели блядь блять бля блядский блядство выблядок бляди блеать проблядь ебать
заебали наебали ёбаный ебаная еблан уёбки уебок разъебали объебали съебался долбоёб долбаеб подъёбка заебись
проебали переебать ебанутый ебало ебучий выебон приебался доебались взъебка наебалово ебашить ебнулся йобаный
наёбка отъебитесь недоёбанный ебальник мозгоёб заебок
"""
OBSCENE = OBSCENE_TABLE.split()
MASKED_TABLE = """
х*й х*йня п*здец бл*ть бл*дь нах*й е*аный заеб*ли ёб*ный п**дец пи*дец ху*ня на*уй ох*енно за*бали пиз*ец
б*ядь ни*уя хyй xуйня хyйня пи3дец е6ать 6лядь бл@ть наеб@ли х@йня хуууйня бляяять заебааали х-у-й х.у.й nahuy
blyat pizdec ohuenno zaebali
"""
MASKED = MASKED_TABLE.split()
SPACED = ["х у й н я", "б л я т ь", "П И З Д Е Ц", "ёб твою мать", "идите на х**", "ё\u0301баный", "ху\u200bйня"]
INNOCENT_TABLE = """
оскорблять потреблять употреблять употребляйте застраховать страхуй застрахуй подстрахуй психуй скипидар
хлебать команда мандарин сабля рубля рублями ребёнок ребенок плохую сухую глухую тихую лихую неплохую художник
худи худой худеть похудеть хуже ухудшилось хурма хутор хулиган захудалый подхватила духу нюху сноху мебель
хлеб небо серебро учебный лечебный требует требую потребитель тебе тебя себе себя лебедь веб вебкамера
веб-камера ebay ебей наебей ибупрофен Ibanez ибанез бляха бляшка оскорбления корабля дубля ансамбля грабля
сабля углублять ослаблять дебил ебонит небось погреб щебень жеребёнок гребень колебаться дебаты эпизод эпизода
поезд поезда блин блинчик жопа говно сука хер хрень фигня ёлки мандат мудрый мудборд пипец Хуан Хуавей учёба
употребление себестоимость ребро зебра требуху небольшой перебанить ебанкинг Ебург х/б 5*5 4*4 хорошо*
**важно** *банный хаха ебитда перебои амбар рябь хобби бальзам лебеда себялюбие стебель нетребовательный
служебный враждебный волшебный судебный целебный хвалебный похоже хуторянин духовка сосиска
"""
INNOCENT = INNOCENT_TABLE.split()
INNOCENT_PHRASES = [
    "о с к о р б л я т ь",
    "100 ру-бля",
    "кора-бля",
    "Не требуйте возврата, употребляйте по рублю",
    "Размер XL, ткань х/б",
    "т е б е",
    "Подстрахуйте хлебом!",
    "2*2=4, 50*70 см",
    "Ношу худи на ребёнка, не хуже других",
]


@pytest.mark.parametrize("word", [*OBSCENE, *MASKED, *SPACED])
def test_obscene_words_are_found_in_every_form_and_mask(word: str) -> None:
    assert obscene_spans(f"Ну {word}, честно")


@pytest.mark.parametrize("word", [*INNOCENT, *INNOCENT_PHRASES])
def test_innocent_words_stay_innocent(word: str) -> None:
    assert obscene_spans(word) == []
    assert obscene_spans(f"Вот {word}, и всё") == []


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert len(OBSCENE) + len(MASKED) >= 60
    assert len(INNOCENT) >= 60


def test_the_place_of_the_word_is_told_letter_by_letter() -> None:
    text = "Ёлки, полная ХуЙня!"

    [(start, end)] = obscene_spans(text)

    assert text[start:end] == "ХуЙня"


@given(
    before=st.sampled_from("абвгдежзклмнопрст"),
    word=st.sampled_from(["блять", "хуй", "ебать", "бля"]),
    after=st.sampled_from(["нщик", "фчик", "зцо", "щга"]),
)
def test_obscene_letters_inside_a_longer_unknown_word_prove_nothing(before: str, word: str, after: str) -> None:
    assert obscene_spans(f"{before}щ{word}{after}") == []


@given(st.text(max_size=300))
def test_any_text_is_read_without_trouble_and_spans_stay_inside_it(text: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end in obscene_spans(text))


@given(st.lists(st.sampled_from([word for word in INNOCENT if word.isalpha()]), max_size=8))
def test_innocent_words_in_a_row_stay_innocent(words: list[str]) -> None:
    assert obscene_spans(" ".join(words)) == []
