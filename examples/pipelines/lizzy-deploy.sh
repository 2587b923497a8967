#!/bin/sh
# Deploys a Senza definition through Lizzy, follows the job, and exits with its result. Needs a POSIX shell and curl.
#
#   lizzy-deploy.sh DEFINITION VERSION [PARAMETER...]
#
#   LIZZY_URL      https://lizzy.example.org
#   LIZZY_TOKEN    an access token with the deployer scope
#   LIZZY_KEY      names this deployment: within 24 h, a repetition with the same key follows the first job instead of
#                  deploying again; if that job failed or was cancelled, it is retried
#   NEW_TRAFFIC    optional: percentage of traffic that the new version receives (0 to 100)
#   KEEP_STACKS    optional, with NEW_TRAFFIC: how many older versions without traffic are kept
#
# Exit code: 0 when the deployment succeeded, 1 when it failed or was cancelled, 2 when it could not be submitted, curl's
# when Lizzy could not be reached for minutes while the job was followed.
set -eu

if [ $# -lt 2 ]; then
  echo "usage: $0 DEFINITION VERSION [PARAMETER...]" >&2
  exit 2
fi
: "${LIZZY_URL:?is not set}" "${LIZZY_TOKEN:?is not set}" "${LIZZY_KEY:?is not set}"
definition=$1 version=$2
shift 2

# curl ARGUMENTS with the token, which must not appear in the process list. Outages and rate limits are waited out:
# a repeated submission with the same Idempotency-Key returns the first job.
lizzy() {
  printf 'header = "Authorization: Bearer %s"\n' "$LIZZY_TOKEN" |
    curl --config - --silent --show-error --retry 8 --retry-connrefused --max-time 90 "$@"
}

# Standard input as the content of a JSON string.
json() {
  tr -d '\r' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e "s/$(printf '\t')/\\\\t/g" |
    awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}

# The first member of this name in the response. A job's own members come before those of its steps.
member() {
  grep -o "\"$1\":\"[^\"]*\"" "$response" | head -n 1 | cut -d '"' -f 4
}

response=$(mktemp)
body=$(mktemp)
trap 'rm -f "$response" "$body"' EXIT

parameters=
for parameter in "$@"; do
  parameters="$parameters${parameters:+,}\"$(printf %s "$parameter" | json)\""
done
{
  printf '{"senza_yaml":"%s","stack_version":"%s"' "$(json <"$definition")" "$(printf %s "$version" | json)"
  # A stack of this version that failed to be created is replaced; any other is an error.
  printf ',"parameters":[%s],"if_exists":"retry_failed"' "$parameters"
  [ -z "${NEW_TRAFFIC:-}" ] || printf ',"new_traffic":%s' "$NEW_TRAFFIC"
  [ -z "${KEEP_STACKS:-}" ] || printf ',"keep_stacks":%s' "$KEEP_STACKS"
  printf '}'
} >"$body"

code=$(lizzy --request POST --header "Idempotency-Key: $LIZZY_KEY" --header 'Content-Type: application/json' \
  --data-binary "@$body" --output "$response" --write-out '%{http_code}' "$LIZZY_URL/api/deployments") || exit 2
if [ "$code" != 202 ]; then
  echo "Lizzy rejected the deployment ($code):" >&2
  cat "$response" >&2
  exit 2
fi
job=$(member id)
echo "Job $job: $LIZZY_URL/api/jobs/$job"

# Each request returns when the job ends, after 50 seconds at the latest.
while :; do
  lizzy --fail --output "$response" "$LIZZY_URL/api/jobs/$job?wait=50"
  status=$(member status)
  case $status in
    queued | running) echo "Job $job is $status." ;;
    *) break ;;
  esac
done

echo "Job $job: $status"
[ "$status" != succeeded ] || exit 0
lizzy --header 'Accept: text/plain' "$LIZZY_URL/api/jobs/$job/log"
exit 1
