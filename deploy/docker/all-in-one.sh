#!/usr/bin/env bash
# Runs Valkey, the API and one worker in one container. The container ends when one of them ends, and Docker's restart
# policy starts all of them again; Valkey's append-only file on /data keeps the jobs.
set -euo pipefail

cat <<'NOTICE'
Lizzy all-in-one: Valkey, API and one worker in one container, for a small team or an evaluation.
Do not use it where deployments must continue while a host fails or while Lizzy is upgraded: run the api and worker
images with a replicated Redis or Valkey instead. Mount a volume on /data, or the jobs are lost with the container.
NOTICE

valkey-server --bind 127.0.0.1 --port "$VALKEY_PORT" --dir /data --appendonly yes --save '' \
  --maxmemory-policy noeviction --loglevel warning &
valkey=$!
export REDIS_URL="redis://127.0.0.1:$VALKEY_PORT"
# The API has no use for AWS credentials, and both processes cannot share one metrics port.
env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN \
  node --max-semi-space-size=8 --v8-pool-size=1 dist/apps/api/main.js &
api=$!
env -u METRICS_PORT node dist/apps/worker/main.js &
worker=$!

stop() {
  trap - TERM INT
  kill -TERM "$api" "$worker" 2>/dev/null || true
  wait "$api" "$worker" || true
  kill -TERM "$valkey" 2>/dev/null || true
  wait "$valkey" || true
}
trap 'stop; exit 0' TERM INT

code=0
wait -n "$valkey" "$api" "$worker" || code=$?
stop
exit "$((code == 0 ? 1 : code))"
