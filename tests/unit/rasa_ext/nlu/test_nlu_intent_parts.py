"""The parts of the intent model: n-grams, regression, spelling, augmentation, calibration."""

import time

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from rasa_ext.nlu.augmentation import augment
from rasa_ext.nlu.intent_model import (
    IntentModel,
    Settings,
    fit_temperature,
    mixed_logs,
    train_intent_model,
)
from rasa_ext.nlu.memory import VOTERS, Memory
from rasa_ext.nlu.ngrams import NgramVectorizer
from rasa_ext.nlu.softmax import fit_softmax, softmax
from rasa_ext.nlu.spelling import Speller

TEXTS = ["where is my order", "track my order", "cancel my order", "cancel it please"] * 3


def test_ngrams_have_the_asked_length_and_ignore_the_unknown():
    vectorizer = NgramVectorizer.fit(TEXTS, length=2.0)
    matrix = vectorizer.transform([*TEXTS, "zzzz", ""])
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1)).A1
    assert np.allclose(lengths[: len(TEXTS)], 2.0, atol=1e-5)
    assert lengths[-2:].tolist() == [0.0, 0.0]


def test_regression_agrees_with_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(1)
    dense = rng.normal(size=(300, 5)).astype(np.float32)
    sparse = csr_matrix((rng.random((300, 12)) < 0.2).astype(np.float32))
    labels = (dense[:, 0] + sparse[:, 3].toarray().ravel() > 0.3).astype(int) + (dense[:, 1] > 0.5)
    ours = fit_softmax(dense, sparse, labels, 3, c=2.0, iterations=300, tolerance=1e-9)
    both = np.hstack([dense, sparse.toarray()])
    theirs = LogisticRegression(C=2.0, max_iter=2000, tol=1e-8).fit(both, labels)
    assert np.allclose(softmax(ours.scores(dense, sparse)), theirs.predict_proba(both), atol=5e-3)


def test_weights_count_like_repetition():
    dense = np.array([[1.0], [1.0], [-1.0]], np.float32)
    empty = csr_matrix((3, 0), dtype=np.float32)
    weighted = fit_softmax(
        dense,
        empty,
        np.array([0, 1, 1]),
        2,
        weights=np.array([3, 1, 1], np.float32),
        tolerance=1e-9,
    )
    more = np.array([[1.0]] * 4 + [[-1.0]], np.float32)
    repeated = fit_softmax(
        more, csr_matrix((5, 0), dtype=np.float32), np.array([0, 0, 0, 1, 1]), 2, tolerance=1e-9
    )
    assert np.allclose(
        weighted.scores(dense, empty)[0], repeated.scores(dense, empty)[0], atol=1e-2
    )


@pytest.fixture
def speller():
    messages = [
        "i want to cancel my order please",
        "where is my refund",
        "help me with the delivery of my money back",
        "change my delivery address",
        "show me the review options",
        "unpack the toaster",
    ]
    # Rank tells how usual an English word is: the last ones here are rare.
    between = [
        f"zq{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}{'x' * (n // 676)}" for n in range(6500)
    ]
    english = ["the", "to", "my", "is", "older", "parcel", *between, "sow", "oder"]
    return Speller.fit([*messages[:-1] * 40, messages[-1], "my oder"], english)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cancle my ordre", "cancel my order"),
        ("cnacel", "cancel"),
        ("dhl wok", "dhl wok"),
        ("cancelmyorder", "cancel my order"),
        ("iwant myrefund", "i want my refund"),
        ("i want tocnacelmyordder", "i want to cancel my order"),
        ("my older parcel", "my older parcel"),
        ("my oder", "my order"),
        ("12345 kowalska", "12345 kowalska"),
        ("reffund plese", "refund please"),
        ("delivy addres", "delivery address"),
        ("cncl my dlvry", "cancel my delivery"),
        ("rvw", "review"),
        ("my mny back", "my money back"),
        ("reeviieew", "review"),
        ("opshuns", "options"),
        ("sow me the options", "sow me the options"),
        ("u r my pw", "you are my password"),
        ("the toaster", "the toaster"),
        ("toadster", "toadster"),
        ("my 2nd order", "my 2nd order"),
        ("reunpack it", "reunpack it"),
    ],
)
def test_spelling(speller, written, meant):
    assert speller.repair(written) == meant


def test_a_misspelling_in_the_training_messages_is_no_word():
    speller = Speller.fit(["show my delivery"] * 60 + ["show my delivry"] * 6, ["show", "delivery"])
    assert "delivry" not in speller.lexicon
    assert speller.repair("delivry") == "delivery"


def test_a_word_that_is_said_often_is_none_misspelt():
    messages, english = ["put it into the pot"] * 200, ["put", "it", "into", "the", "pot"]
    often, seldom = ["my pto balance"] * 25, ["my pto balance"] * 24
    assert Speller.fit([*messages, *often], english).repair("my pto") == "my pto"
    assert Speller.fit([*messages, *seldom], english).repair("my pto") == "my pot"


def test_words_of_shops_are_none_misspelt():
    messages, english = ["what is in the van"] * 200, ["what", "is", "in", "the", "van"]
    assert Speller.fit([*messages, *["a vat invoice"] * 4], english).repair("the vat") == "the vat"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("cancle", True),
        ("cncl ordr", True),
        ("hlp", True),
        ("cancelmyorder", True),
        ("pls thx", True),
        ("kk", True),
        ("12345", True),
        ("asdfgh qwert", False),
        ("hjkl dfg", False),
        ("wqeqwe rty", False),
        ("zbigniew krzyzanowski", False),
    ],
)
def test_letters_in_a_row_are_no_known_word(text, known):
    messages = ["cancel my order please", "help me with my cart", "my dog has a rate"] * 40
    english = "cancel my order please help me with cart dog rate has a".split()
    assert Speller.fit(messages, english).knows(text) is known


def test_a_run_of_many_words_is_read_in_little_time(speller):
    begin = time.perf_counter()
    speller.repair("iwanttocancelmyorderplease" * 400)
    speller.repair(" ".join("xqzvkw"[i % 6] * 3 + "uvolx" * (i % 7) for i in range(300)))
    assert time.perf_counter() - begin < 2


def test_copies_depend_on_seed_and_message_alone():
    texts = ["could you please tell me where my parcel is, thanks", "cancel the order i made today"]
    first = augment(texts, 4, seed=1)
    assert first == augment(texts, 4, seed=1)
    assert first != augment(texts, 4, seed=2)
    alone = [(1, copy) for _, copy in augment(texts[1:], 4, seed=1)]
    assert [pair for pair in first if pair[0] == 1] == alone
    assert all(copy != texts[row] for row, copy in first)


def test_temperature_softens_overconfident_scores():
    truth = np.array([0, 0, 0, 1] * 25)
    scores = np.tile([10.0, 0.0], (100, 1))
    assert fit_temperature(scores, truth) > 4


def test_the_nearest_messages_vote_the_nearer_the_louder():
    known = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]
    votes, nearness = Memory(known, np.array([0, 0, 1, 1]), 3).recall(known[:1])
    assert votes.sum() == pytest.approx(1)
    assert votes[0, 0] > 0.99
    assert votes[0, 2] == 0
    assert nearness[0] == pytest.approx(0.5)  # two of four are the same


def test_only_the_nearest_vote():
    angles = np.linspace(0, 0.1, 3 * VOTERS)
    known = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    labels = (np.arange(3 * VOTERS) >= VOTERS).astype(int)
    votes, _ = Memory(known, labels, 2).recall(known[:1])
    assert votes[0].tolist() == pytest.approx([1.0, 0.0])


def test_votes_turn_a_verdict_that_is_not_clear():
    scores, votes = np.log([[0.51, 0.49], [0.95, 0.05]]), np.array([[0.0, 1.0], [0.0, 1.0]])
    assert mixed_logs(scores, votes, 0.25).argmax(axis=1).tolist() == [1, 0]
    assert np.exp(mixed_logs(scores, votes, 0.0)) == pytest.approx(np.exp(scores))


def test_a_stored_model_gives_the_same(encoder, tmp_path):
    texts = ["where is my order", "track my parcel", "cancel my order", "call it off"] * 4
    labels = ["track", "track", "cancel", "cancel"] * 4
    model = train_intent_model(texts, labels, encoder, Settings(folds=2, copies=1))
    model.save(tmp_path)
    loaded = IntentModel.load(tmp_path)

    def novelty(text: str) -> float:
        vector = encoder.encode_one(text).sentence
        ours, theirs = loaded.judge(text, vector), model.judge(text, vector)
        assert np.allclose(ours.probabilities, theirs.probabilities)
        assert ours.probabilities.sum() == pytest.approx(1)
        assert 0 <= ours.familiarity <= 1
        return ours.novelty_score

    assert loaded.labels == ["cancel", "track"]
    assert novelty("the moon is made of cheese") < novelty("where is my order")
