# Sourced by run, test and lint: makes .venv and installs what is missing. Nothing here starts
# anything. Usage: setup_environment [debian package ...]
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PYTHON="$ROOT/.venv/bin/python"

say() { printf 'physiopi: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "these Debian packages are missing and there is no sudo: run as root: $*"; fi
}

install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "install these first: ${missing[*]} (this is no Debian)"
  say "installing Debian packages: ${missing[*]}"
  as_root apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || fail "Debian packages could not be installed: ${missing[*]}"
}

choose_python() {
  local name
  for name in "${PHYSIOPI_PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.maxsize < 2**32)' 2>/dev/null; then
      command -v "$name"; return
    fi
  done
  fail "Python 3.11, 3.12 or 3.13 (64-bit) is needed: install python3 or set PHYSIOPI_PYTHON"
}

setup_environment() {
  install_packages "$@"
  local wanted stamp="$ROOT/.venv/.physiopi-stamp"
  # The place is part of it: an environment that was moved has wrong paths inside.
  wanted=$( { echo "$ROOT"; cat "$ROOT/requirements.lock" "$ROOT/pyproject.toml"; } | sha256sum | cut -d' ' -f1)
  if [ -x "$PYTHON" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
  local python
  python=$(choose_python)
  say "setting up the virtual environment with $("$python" --version)"
  rm -f "$stamp"
  if ! "$PYTHON" -m pip --version >/dev/null 2>&1; then
    rm -rf "$ROOT/.venv"
    if ! "$python" -m venv "$ROOT/.venv" >/dev/null 2>&1; then
      rm -rf "$ROOT/.venv"
      install_packages python3-venv
      "$python" -m venv "$ROOT/.venv" || fail "no virtual environment can be made with $python"
    fi
  fi
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$ROOT/requirements.lock" >&2 \
    || fail "the wheels could not be installed: check the network and run this again"
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps --editable "$ROOT" >&2 \
    || fail "PhysioPi itself could not be installed"
  echo "$wanted" >"$stamp"
}
