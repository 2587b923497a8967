#!/bin/sh
# Deploys through Lizzy from a CI pipeline. Needs a POSIX shell and curl.
#
#   lizzy.sh deploy DEFINITION VERSION [PARAMETER...]    creates the stack and, if requested, switches traffic
#   lizzy.sh traffic APPLICATION VERSION PERCENTAGE      sets the traffic of a version
#   lizzy.sh rollback APPLICATION                        restores the traffic from before the last change
#
# Each command submits a job, follows it, prints its log when it fails, and exits with its result.
#
#   LIZZY_URL      https://lizzy.example.org
#   LIZZY_TOKEN    an access token with the deployer scope
#   LIZZY_KEY      names this pipeline run. Within 24 h, a repeated command of the same run follows its first job instead
#                  of changing anything twice; if that job failed or was cancelled, it is retried. So the script can be
#                  killed and restarted at any time
#   NEW_TRAFFIC    optional, for deploy: percentage of traffic that the new version receives (0 to 100)
#   KEEP_STACKS    optional, for deploy with NEW_TRAFFIC: how many older versions without traffic are kept
#
# Exit code: 0 when the job succeeded, 1 when it failed, was cancelled or superseded, 2 when it could not be submitted,
# curl's when Lizzy could not be reached for minutes while the job was followed.
set -eu

usage() {
  sed -n 's/^#   lizzy\.sh/usage: lizzy.sh/p' "$0" >&2
  exit 2
}
: "${LIZZY_URL:?is not set}" "${LIZZY_TOKEN:?is not set}" "${LIZZY_KEY:?is not set}"
response=$(mktemp)
trap 'rm -f "$response"' EXIT

# curl ARGUMENTS with the token, which must not appear in the process list. Outages and rate limits are waited out:
# a repeated submission with the same Idempotency-Key returns the first job.
lizzy() {
  printf 'header = "Authorization: Bearer %s"\n' "$LIZZY_TOKEN" |
    curl --config - --silent --show-error --retry 8 --retry-connrefused --max-time 90 "$@"
}

# The first member of this name in the response. A job's own members come before those of its steps.
member() {
  grep -o "\"$1\":\"[^\"]*\"" "$response" | head -n 1 | cut -d '"' -f 4
}

# Its argument, percent-encoded.
encode() {
  printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'
}

# submit KEY METHOD PATH CURL_ARGUMENTS...: sets `job`.
submit() {
  key=$1 method=$2 path=$3
  shift 3
  code=$(lizzy --request "$method" --header "Idempotency-Key: $key" --header 'Prefer: respond-async' "$@" \
    --output "$response" --write-out '%{http_code}' "$LIZZY_URL$path") || exit 2
  if [ "$code" != 202 ]; then
    echo "Lizzy rejected the request ($code):" >&2
    cat "$response" >&2
    exit 2
  fi
  job=$(member id)
  echo "Job $job: $LIZZY_URL/api/jobs/$job"
}

# submit_once ARGUMENTS of submit; retries the job when it is the failed one of an earlier attempt. The key of a retry
# contains the ID of the failed job: each failed job is retried once, however often the script is restarted.
submit_once() {
  first_key=$1
  submit "$@"
  while :; do
    case $(member status) in
      failed | cancelled) submit "$first_key-retry-$job" POST "/api/jobs/$job/retry" ;;
      *) break ;;
    esac
  done
}

# Follows the job. Each request returns when the job ends, after 50 seconds at the latest.
follow() {
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
}

deploy() {
  [ $# -ge 2 ] || usage
  definition=$1
  # A stack of this version that failed to be created is replaced; any other is an error.
  query="stack_version=$(encode "$2")&if_exists=retry_failed"
  shift 2
  for parameter in "$@"; do query="$query&parameters=$(encode "$parameter")"; done
  [ -z "${NEW_TRAFFIC:-}" ] || query="$query&new_traffic=$(encode "$NEW_TRAFFIC")"
  [ -z "${KEEP_STACKS:-}" ] || query="$query&keep_stacks=$(encode "$KEEP_STACKS")"
  # The job shows the commit and the pipeline run, by the variables of GitHub, GitLab, CircleCI and Jenkins.
  commit=${GITHUB_SHA:-${CI_COMMIT_SHA:-${CIRCLE_SHA1:-${GIT_COMMIT:-}}}}
  url=${CI_JOB_URL:-${CIRCLE_BUILD_URL:-${BUILD_URL:-}}}
  [ -z "${GITHUB_RUN_ID:-}" ] || url="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
  [ -z "$commit" ] || query="$query&source.commit=$(encode "$commit")"
  [ -z "$url" ] || query="$query&source.url=$(encode "$url")"
  submit "$LIZZY_KEY" POST "/api/deployments?$query" \
    --header 'Content-Type: application/yaml' --data-binary "@$definition"
  follow
}

traffic() {
  [ $# -eq 3 ] || usage
  submit_once "$LIZZY_KEY-traffic-$3" PATCH "/api/stacks/$(encode "$1-$2")" \
    --header 'Content-Type: application/json' --data-binary "{\"new_traffic\": $3}"
  follow
}

rollback() {
  [ $# -eq 1 ] || usage
  submit_once "$LIZZY_KEY-rollback" POST "/api/applications/$(encode "$1")/rollback"
  follow
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  deploy | traffic | rollback) "$command" "$@" ;;
  *) usage ;;
esac
