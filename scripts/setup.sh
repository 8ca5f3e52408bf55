#!/bin/sh
# Makes .venv with exactly what requirements.lock names. `make setup` calls it when the lock changed.
set -eu
cd "$(dirname "$0")/.."
UV_VERSION=0.13.9

is_python_310() {
    [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = 3.10 ]
}

find_python() {
    for candidate in "${PYTHON:-}" python3.10 python3 python \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python \
        /usr/local/bin/python3.10 /opt/homebrew/bin/python3.10 /opt/python/cp310*/bin/python; do
        if [ -n "$candidate" ] && is_python_310 "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    cat >&2 <<'MESSAGE'
AI Closer X needs Python 3.10 (Rasa 3.6 runs on no newer one), and none was found. Any of these helps:
  pyenv install 3.10              then try again: .python-version chooses it
  apt-get install python3.10-venv    (Ubuntu 22.04)
  brew install python@3.10           (macOS)
  PYTHON=/path/to/python3.10 make setup
MESSAGE
    return 1
}

# An environment whose Python was removed is made anew.
if ! is_python_310 .venv/bin/python; then
    python=$(find_python)
    rm -rf .venv
    "$python" -m venv .venv
fi
if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
    .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi
VIRTUAL_ENV="$(pwd -P)/.venv" .venv/bin/uv pip sync --quiet --require-hashes requirements.lock
# Each Python of this environment starts with it; why, the file tells.
packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp scripts/blas_kernels.py "$packages/"
echo 'import blas_kernels' > "$packages/blas_kernels.pth"
touch .venv/.installed
