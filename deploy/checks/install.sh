#!/usr/bin/env bash
# Installs the tools of requirements.txt into .venv-deploy, unless they are installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

lock=$(sha256sum deploy/checks/requirements.txt)
if [ "$(cat .venv-deploy/lock.sha256 2>/dev/null)" != "$lock" ]; then
  rm -rf .venv-deploy
  python3 -m venv .venv-deploy
  .venv-deploy/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement deploy/checks/requirements.txt
  echo "$lock" > .venv-deploy/lock.sha256
fi
