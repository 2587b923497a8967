#!/bin/sh
# Deploys through Lizzy from a CI pipeline with the command line client of Lizzy 2. Needs a POSIX shell and
#   pip install lizzy-client==2.8.4
#
#   lizzy-client.sh deploy DEFINITION VERSION [PARAMETER...]    creates the stack and, if requested, switches traffic
#   lizzy-client.sh traffic APPLICATION VERSION PERCENTAGE      sets the traffic of a version
#
#   LIZZY_URL      https://lizzy.example.org
#   LIZZY_TOKEN    an access token with the deployer scope
#   NEW_TRAFFIC    optional, for deploy: percentage of traffic that the new version receives (0 to 100)
#
# lizzy-client does not verify the API's certificate, so use it only on a network that you trust. It has no keys either: a
# version that exists already counts as deployed, and a stack of it that failed is deleted and created again. ../lizzy.sh
# verifies certificates, recognizes its own jobs, prints the log of a failed job, and can roll back.
#
# Exit code: 0 on success, that of lizzy-client otherwise.
set -eu

usage() {
  sed -n 's/^#   lizzy-client\.sh/usage: lizzy-client.sh/p' "$0" >&2
  exit 2
}
: "${LIZZY_URL:?is not set}" "${LIZZY_TOKEN:?is not set}"
# With a token lizzy-client never requests one, but the address must be set.
export OAUTH2_ACCESS_TOKENS="lizzy=$LIZZY_TOKEN" OAUTH2_ACCESS_TOKEN_URL=https://unused.invalid
# Its version of click requires a UTF-8 locale.
export LANG=C.UTF-8 LC_ALL=C.UTF-8

# APPLICATION STATUS of a version that exists in CloudFormation. lizzy-client reads the application from a definition, too.
stack() {
  list=$(lizzy list "$1" "$2" --output tsv)
  printf '%s\n' "$list" | awk -F '\t' -v version="$2" '$2 == version { print $1, $3 }'
}

deploy() {
  [ $# -ge 2 ] || usage
  while :; do
    stack=$(stack "$1" "$2")
    case $stack in
      '') lizzy create "$@" --verbose ;;
      *_IN_PROGRESS) echo "Waiting: $stack" && sleep 10 ;;
      *' CREATE_FAILED' | *' DELETE_FAILED' | *' ROLLBACK_'*) lizzy delete "$1" "$2" ;;
      *) break ;;
    esac
  done
  echo "Version $2: $stack"
  # `lizzy create --traffic` succeeds even when the switch fails.
  [ -z "${NEW_TRAFFIC:-}" ] || lizzy traffic "${stack% *}" "$2" "$NEW_TRAFFIC"
}

traffic() {
  [ $# -eq 3 ] || usage
  lizzy traffic "$@"
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  deploy | traffic) "$command" "$@" ;;
  *) usage ;;
esac
