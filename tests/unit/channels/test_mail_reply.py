"""The fresh words of a mail, as mail programs of many makers and languages quote the earlier one."""

from __future__ import annotations

import pytest

from channels.mail.reply import fresh_text

WORDS = "Hello,\n\nplease cancel order 12345, I bought the wrong size.\n\nThanks\nAnna"
EARLIER = "Dear Anna,\nyour order 12345 is on its way.\nNorthlight"
MARKED = "\n".join(f"> {line}" for line in EARLIER.splitlines())

ANNOUNCED = {
    "gmail": f"On Mon, Nov 23, 2026 at 9:12 AM Northlight <care@northlight.example> wrote:\n\n{MARKED}",
    "gmail_wrapped": f"On Mon, Nov 23, 2026 at 9:12 AM Northlight\n<care@northlight.example>\nwrote:\n\n{MARKED}",
    "apple_mail": f"On 23 Nov 2026, at 09:12, Northlight <care@northlight.example> wrote:\n\n{EARLIER}",
    "thunderbird": f"On 23/11/2026 09:12, Northlight wrote:\n{MARKED}",
    "yahoo": f"On Monday, November 23, 2026, 09:12:44 AM GMT+1, Northlight <care@northlight.example> wrote:\n\n{EARLIER}",
    "zoho": f"---- On Mon, 23 Nov 2026 09:12:44 +0100 Northlight <care@northlight.example> wrote ----\n\n{EARLIER}",
    "proton": f"On Monday, 23 November 2026 at 09:12, Northlight <care@northlight.example> wrote:\n\n{MARKED}",
    "date_first": f"2026-11-23 9:12 GMT+01:00 Northlight <care@northlight.example>:\n\n{EARLIER}",
    "russian_program": f'23.11.2026, 09:12, "Northlight" <care@northlight.example>:\n\n{MARKED}',
    "samsung": f"-------- Original message --------\nFrom: Northlight <care@northlight.example>\nDate: 23/11/2026 09:12\n\n{EARLIER}",
    "outlook": f"________________________________\nFrom: Northlight <care@northlight.example>\nSent: Monday, November 23, 2026 9:12 AM\nTo: Anna\nSubject: Your order\n\n{EARLIER}",
    "outlook_web": f"From: Northlight <care@northlight.example>\nDate: Monday, 23 November 2026 at 09:12\nTo: Anna <anna@example.org>\nSubject: Re: Your order\n\n{EARLIER}",
    "outlook_bold": f"*From:* Northlight [mailto:care@northlight.example]\n*Sent:* Monday, November 23, 2026 9:12 AM\n*To:* anna@example.org\n*Subject:* Your order\n\n{EARLIER}",
    "german": f"Am Mo., 23. Nov. 2026 um 09:12 Uhr schrieb Northlight <care@northlight.example>:\n\n{MARKED}",
    "german_outlook": f"Von: Northlight <care@northlight.example>\nGesendet: Montag, 23. November 2026 09:12\nAn: Anna\nBetreff: Ihre Bestellung\n\n{EARLIER}",
    "french": f"Le lun. 23 nov. 2026 à 09:12, Northlight <care@northlight.example> a écrit :\n\n{MARKED}",
    "french_outlook": f"De : Northlight <care@northlight.example>\nEnvoyé : lundi 23 novembre 2026 09:12\nÀ : Anna\nObjet : Votre commande\n\n{EARLIER}",
    "spanish": f"El lun, 23 nov 2026 a las 9:12, Northlight (<care@northlight.example>) escribió:\n\n{MARKED}",
    "italian": f"Il giorno lun 23 nov 2026 alle ore 09:12 Northlight <care@northlight.example> ha scritto:\n\n{MARKED}",
    "portuguese": f"Em seg., 23 de nov. de 2026 às 09:12, Northlight <care@northlight.example> escreveu:\n\n{MARKED}",
    "dutch": f"Op ma 23 nov 2026 om 09:12 schreef Northlight <care@northlight.example>:\n\n{MARKED}",
    "polish": f"pon., 23 lis 2026 o 09:12 Northlight <care@northlight.example> napisał(a):\n\n{MARKED}",
    "swedish": f"Den mån 23 nov. 2026 kl 09:12 skrev Northlight <care@northlight.example>:\n\n{MARKED}",
    "norwegian": f"man. 23. nov. 2026 kl. 09:12 skrev Northlight <care@northlight.example>:\n\n{MARKED}",
    "danish": f"Den 23. november 2026 kl. 09.12.44 +01.00 skrev Northlight <care@northlight.example>:\n\n{MARKED}",
    "czech": f"po 23. 11. 2026 v 9:12 odesílatel Northlight <care@northlight.example> napsal:\n\n{MARKED}",
    "finnish": f"ma 23. marrask. 2026 klo 9.12 Northlight (care@northlight.example) kirjoitti:\n\n{MARKED}",
    "turkish": f"Northlight <care@northlight.example>, 23 Kas 2026 Pzt, 09:12 tarihinde şunu yazdı:\n\n{MARKED}",
    "russian": f"пн, 23 нояб. 2026 г. в 09:12, Northlight <care@northlight.example> пишет:\n\n{MARKED}",
    "chinese": f"Northlight <care@northlight.example> 于2026年11月23日周一 09:12写道：\n\n{MARKED}",
    "japanese": f"2026年11月23日(月) 9:12 Northlight <care@northlight.example>:\n\n{MARKED}",
    "forwarded": f"---------- Forwarded message ---------\nFrom: Northlight <care@northlight.example>\nDate: Mon, 23 Nov 2026\n\n{EARLIER}",
    "unannounced": MARKED,
}


@pytest.mark.parametrize("program", ANNOUNCED)
def test_what_stands_above_a_quotation_is_fresh(program: str) -> None:
    assert fresh_text(f"{WORDS}\n\n{ANNOUNCED[program]}\n") == WORDS


@pytest.mark.parametrize("program", ["gmail", "outlook", "german", "french"])
def test_a_quotation_may_follow_without_a_blank_line(program: str) -> None:
    assert fresh_text(f"{WORDS}\n{ANNOUNCED[program]}") == WORDS


@pytest.mark.parametrize("program", ["gmail", "thunderbird", "german", "french"])
def test_what_stands_below_a_marked_quotation_is_fresh(program: str) -> None:
    assert fresh_text(f"{ANNOUNCED[program]}\n\n{WORDS}") == WORDS


def test_answers_between_the_lines_are_kept_in_order() -> None:
    text = (
        "Hi,\nOn 23/11/2026 09:12, Northlight wrote:\n> Which order?\n\n12345\n\n> Which size?\n> The new one, please, as this line"
        "\nwas wrapped by the program\n>\n\n44 please\n\n-- \nAnna"
    )
    assert fresh_text(text) == "Hi,\n\n12345\n\n44 please"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAnna Blum\nRiver Road 1",
        "--\nAnna",
        "Sent from my iPhone",
        "Sent from Mail for Windows",
        "Get Outlook for Android<https://aka.ms/abc>",
        "Sent from Yahoo Mail on Android",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Verzonden vanaf mijn iPhone",
        "-Anna Blum",
    ],
)
def test_signatures_go(signature: str) -> None:
    assert fresh_text(f"{WORDS}\n\n{signature}\n") == WORDS
    assert fresh_text(f"{WORDS}\n\n{signature}\n\n{ANNOUNCED['gmail']}") == WORDS


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote to you about order 12345: nothing happened.",
        "Here is what I need:\n- a refund for 12345\n- a new invoice",
        "Sent from my desk, is much easier than my phone.",
        "My address is\nFrom: Anna\nRiver Road 1",
        "I want 5 > 4 of them\n\nthanks",
        "The mail said: on its way. When exactly?",
        "From: now on please call me Anna",
        "I am on it -- at last.\n\nbye",
        "🎉",
    ],
)
def test_words_that_look_like_marks_stay(text: str) -> None:
    assert fresh_text(text) == text


def test_line_ends_and_invisible_characters_do_not_matter() -> None:
    text = f"\ufeff{WORDS}\n\n{ANNOUNCED['outlook']}".replace("\n", "\r\n").replace(
        "12345", "\u200b12345"
    )
    assert fresh_text(text) == WORDS


@pytest.mark.parametrize("text", ["", "\n\n", ANNOUNCED["outlook"], ANNOUNCED["unannounced"]])
def test_a_mail_without_fresh_words_is_empty(text: str) -> None:
    assert fresh_text(text) == ""


def test_a_long_mail_is_read_quickly_enough() -> None:
    lines = ["On 1 and 2 and 3 we went to the shop and bought things that were not wrapped"] * 4_000
    assert len(fresh_text("\n".join(lines)).splitlines()) == 4_000
