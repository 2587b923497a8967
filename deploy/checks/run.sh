#!/usr/bin/env bash
# `npm run check:deploy`: lints what deploys Lizzy, the workflows and the shell scripts. The linters run side by side.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=.venv-deploy/bin

# From Debian's package `prometheus`, which is unpacked and not installed: installed, it starts a server.
install_promtool() {
  command -v promtool >/dev/null || [ -x .local/prometheus/usr/bin/promtool ] || (
    mkdir -p .local/prometheus
    apt-get update -qq >/dev/null
    cd .local/prometheus
    apt-get download -qq prometheus >/dev/null
    dpkg-deb --extract prometheus_*.deb .
  )
}

shell_scripts() {
  local scripts
  mapfile -t scripts < <(git ls-files | xargs grep --files-with-matches --max-count=1 --extended-regexp '^#!.*\b(ba)?sh$')
  "$bin/shellcheck" "${scripts[@]}"
}

prometheus_rules() {
  local promtool
  promtool=$(command -v promtool || echo .local/prometheus/usr/bin/promtool)
  "$promtool" check config deploy/prometheus/prometheus.yaml
  "$promtool" test rules deploy/prometheus/rules.test.yaml
}

# As `kubectl apply --kustomize` sends them.
manifests() {
  "$bin/kubectl" kustomize deploy/kubernetes/overlays/eks | "$bin/python" deploy/checks/manifests.py
}

units() {
  command -v systemd-analyze >/dev/null || return 0
  local unit
  for unit in deploy/systemd/*.service; do
    systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" >/dev/null || {
      echo "$unit: exposure level above 2.0" >&2
      return 1
    }
  done
}

# Runs COMMAND in the background; `finish` prints its output if it fails.
declare -A names=()
logs=$(mktemp --directory)
trap 'rm -rf "$logs"' EXIT
start() { # NAME COMMAND...
  "${@:2}" >"$logs/$1" 2>&1 &
  names[$!]=$1
}
finish() {
  local pid failed=0
  for pid in "${!names[@]}"; do
    wait "$pid" || {
      echo "${names[$pid]}:" >&2
      cat "$logs/${names[$pid]}" >&2
      failed=1
    }
  done
  names=()
  return "$failed"
}

start promtool install_promtool
start compose npx dclint --max-warnings 0 docker-compose.yml
start units units
deploy/checks/install.sh
finish
start dockerfile "$bin/hadolint" Dockerfile
start workflows "$bin/zizmor" --offline --quiet .github/workflows examples/pipelines/github-actions.yml \
  examples/pipelines/lizzy-client/github-actions.yml
start scripts shell_scripts
start ecs "$bin/cfn-lint" deploy/ecs/*.yaml
start prometheus prometheus_rules
start kubernetes manifests
finish
echo 'deploy/ is clean.'
