"""Names the processor's kernels to OpenBLAS, before NumPy loads it.

The OpenBLAS inside the NumPy and SciPy that Rasa pins (0.3.18 and 0.3.20, early 2022) takes every processor that it does
not know for a Pentium 4 of 2004 ("Prescott") and multiplies without AVX: three to seven times slower. `setup.sh` puts this
file into the environment's site-packages, where a `.pth` file runs it at each start of Python, so that plain `rasa train`
has it too. Whoever sets OPENBLAS_CORETYPE is obeyed; where the processor cannot be read (macOS), nothing is named.
"""

import os

_AVX512 = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
_AVX2 = {"avx2", "fma"}


def kernels(cpuinfo: str) -> "str | None":
    """Return OpenBLAS's name of the fastest kernels that a processor can run.

    Args:
        cpuinfo: What Linux tells of the processors in `/proc/cpuinfo`.

    Returns:
        A value for OPENBLAS_CORETYPE; None if OpenBLAS should find out by itself.
    """
    flags = next((line for line in cpuinfo.splitlines() if line.startswith("flags")), "")
    known = set(flags.partition(":")[2].split())
    if known >= _AVX512:
        return "SkylakeX"
    return "Haswell" if known >= _AVX2 else None


def name_kernels() -> None:
    """Set OPENBLAS_CORETYPE for this process and its children, unless it is set."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            found = kernels(file.read())
    except OSError:
        return
    if found:
        os.environ.setdefault("OPENBLAS_CORETYPE", found)


name_kernels()
