"""OpenBLAS gets the kernels that the processor can run, and whoever asked for others keeps them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scripts.blas_kernels import kernels

_AVX512 = "avx512f avx512cd avx512bw avx512dq avx512vl"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (f"fpu sse2 avx2 fma {_AVX512} amx_int8", "SkylakeX"),
        ("fpu sse2 avx2 fma avx512f", "Haswell"),
        ("fpu sse2 avx2 fma", "Haswell"),
        ("fpu sse2 ssse3", None),
    ],
)
def test_the_kernels_are_the_fastest_that_the_processor_runs(
    flags: str, expected: str | None
) -> None:
    assert kernels(f"processor\t: 0\nmodel name\t: Some\nflags\t\t: {flags}\n") == expected


def test_a_processor_that_tells_no_flags_is_left_to_openblas() -> None:
    assert kernels("Features\t: fp asimd\n") is None


@pytest.mark.skipif(not os.path.exists("/proc/cpuinfo"), reason="only Linux tells of its processor")
@pytest.mark.parametrize("asked_for", [None, "Nehalem"])
def test_every_python_of_the_environment_names_them(asked_for: str | None) -> None:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        expected = asked_for or kernels(file.read())
    rest = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    said = subprocess.run(
        [sys.executable, "-c", "import os; print(os.environ.get('OPENBLAS_CORETYPE'))"],
        env={**rest, **({"OPENBLAS_CORETYPE": asked_for} if asked_for else {})},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == str(expected)
