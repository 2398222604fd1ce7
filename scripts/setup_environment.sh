# Sourced by the other scripts: makes .venv and installs what is missing, and starts nothing.
# Usage: setup_environment [debian package ...]
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PYTHON="$ROOT/.venv/bin/python"

say() { printf 'physiopi: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

is_installed() {
  dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null \
    || fail "install ${missing[*]} first: this is no Debian, so it cannot be done from here"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "Debian packages are missing and there is no sudo; as root: apt-get install ${missing[*]}"
  fi
  say "installing Debian packages: ${missing[*]}"
  as_root apt-get update -qq >&2 || say "the package lists could not be renewed; going on with those here"
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || fail "these could not be installed; as root, with the network up: apt-get install ${missing[*]}"
}

# The system's own Python first: its venv is a Debian package, and only it sees Picamera2.
choose_python() {
  local name
  for name in ${PHYSIOPI_PYTHON:+"$PHYSIOPI_PYTHON"} python3 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys
sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "Python 3.11, 3.12 or 3.13 (64-bit) is needed: install python3, or name one in PHYSIOPI_PYTHON"
}

new_environment() {
  rm -rf "$ROOT/.venv"
  mkdir "$ROOT/.venv"
  echo unfinished >"$ROOT/.venv/.physiopi-stamp"
  "$1" -m venv "$ROOT/.venv" >/dev/null 2>&1
}

# What an environment was made from. The place and Python are part of it: one that was moved, or
# whose Python was upgraded away, is broken inside.
wanted_stamp() {
  {
    echo "$ROOT"
    "$PYTHON" --version 2>&1 || true
    is_installed python3-picamera2 && echo picamera2
    cat "$ROOT/requirements.lock" "$ROOT/pyproject.toml"
  } | sha256sum | cut -d' ' -f1
}

install_wheels() {
  local status=0
  "$PYTHON" -m pip install --quiet --disable-pip-version-check "$@" >&2 || status=$?
  [ "$status" -eq 0 ] && return
  # An orderly failure, such as no network, has changed nothing; a kill may have left half a package.
  [ "$status" -lt 128 ] && rm -f "$ROOT/.venv/.physiopi-stamp"
  fail "the wheels could not be installed (pip's words are above): check the network, run this again"
}

make_environment() {
  local stamp="$ROOT/.venv/.physiopi-stamp" was python
  was=$(cat "$stamp" 2>/dev/null || true)
  if [ -x "$PYTHON" ] && [ "$was" = "$(wanted_stamp)" ]; then return; fi
  python=$(choose_python)
  say "setting up the virtual environment, which takes some minutes the first time"
  if [ "$was" = unfinished ] || ! "$PYTHON" -m pip --version >/dev/null 2>&1; then
    if ! new_environment "$python"; then
      install_packages python3-venv
      new_environment "$python" || fail "no virtual environment can be made with $python"
    fi
  fi
  echo unfinished >"$stamp"
  if is_installed python3-picamera2; then
    sed -i 's/^\(include-system-site-packages = \).*/\1true/' "$ROOT/.venv/pyvenv.cfg"
  fi
  install_wheels --require-hashes --requirement "$ROOT/requirements.lock"
  install_wheels --no-deps --editable "$ROOT"
  wanted_stamp >"$stamp"
}

setup_environment() {
  install_packages "$@"
  # Two scripts at once take turns.
  local turn
  exec {turn}<"$ROOT"
  flock "$turn"
  make_environment
  exec {turn}<&-
}
