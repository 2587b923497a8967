#!/usr/bin/env bash
# `npm run check:deploy`: lints what deploys Lizzy, the workflows and the shell scripts.
set -euo pipefail
cd "$(dirname "$0")/../.."

deploy/checks/install.sh
.venv-deploy/bin/hadolint Dockerfile
npx dclint --max-warnings 0 docker-compose.yml
.venv-deploy/bin/zizmor --offline --quiet .github/workflows
mapfile -t scripts < <(git ls-files | xargs grep --files-with-matches --max-count=1 --extended-regexp '^#!.*\b(ba)?sh$')
.venv-deploy/bin/shellcheck "${scripts[@]}"
.venv-deploy/bin/cfn-lint deploy/ecs/*.yaml
# From Debian's package `prometheus`, which is unpacked and not installed: installed, it starts a server.
promtool=$(command -v promtool || echo .local/prometheus/usr/bin/promtool)
if [ ! -x "$promtool" ]; then
  mkdir -p .local/prometheus
  apt-get update -qq >/dev/null
  (cd .local/prometheus && apt-get download -qq prometheus >/dev/null && dpkg-deb --extract prometheus_*.deb .)
fi
"$promtool" check config deploy/prometheus/prometheus.yaml
"$promtool" test rules deploy/prometheus/rules.test.yaml
# As `kubectl apply --kustomize` sends them. The schemas are Kubernetes's own, without those of KEDA and the Prometheus Operator.
manifests=$(mktemp)
trap 'rm -f "$manifests"' EXIT
.venv-deploy/bin/kubectl kustomize deploy/kubernetes/overlays/eks |
  .venv-deploy/bin/python -c '
import sys, yaml
known = [each for each in yaml.safe_load_all(sys.stdin) if not each["apiVersion"].startswith(("keda.sh/", "monitoring.coreos.com/"))]
yaml.safe_dump_all(known, sys.stdout)' >"$manifests"
.venv-deploy/bin/kubernetes-validate --quiet --kubernetes-version 1.34 --strict "$manifests"
if command -v systemd-analyze >/dev/null; then
  for unit in deploy/systemd/*.service; do
    systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" >/dev/null || {
      echo "$unit: exposure level above 2.0" >&2
      exit 1
    }
  done
fi
echo 'deploy/ is clean.'
