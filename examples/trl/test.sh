#!/usr/bin/env bash
# Runs train.py with the reward of `relook reward`; the first argument is relook.
# TRL and PyTorch go into a folder of the user's cache, and stay there.
set -euo pipefail
relook=$(realpath "$1")
cd "$(dirname "$0")"
venv=${XDG_CACHE_HOME:-$HOME/.cache}/relook/trl
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet trl==1.16.0
work=$(mktemp -d)
"$relook" reward --addr 127.0.0.1:0 --workers 1 --view 390x844 2>"$work/said" &
served=$!
trap 'kill "$served"; wait "$served" || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
  url=$(sed -n 's/.*rewards at \(http:[^,]*\),.*/\1/p' "$work/said")
  [ -n "$url" ] && break
  sleep 0.1
done
RELOOK_REWARD_URL=$url "$venv/bin/python" -B train.py "$work/out"
