#!/bin/sh
# Decides gates on NATS with the nats CLI: no while somebody in the wave has failed, and no while there is a freeze, which
# is a file whose first line says why.
#
#   gate.sh gates.shop freeze.txt
#
# The server is that of NATS_URL, or of the CLI's context. Start it twice, and the two share the work.
set -eu

subject=${1:?the subject to answer on} freeze=${2:?the file that is there while nothing may go out}

# The CLI starts this script again for each question, with the question in this variable.
if [ -z "${NATS_REQUEST_BODY:-}" ]; then
    exec nats reply --queue gates --command "'$0' '$subject' '$freeze'" "$subject"
fi

field() { # name
    printf '%s' "$NATS_REQUEST_BODY" | sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p"
}

answer() { # true|false reason
    printf '{"allow": %s, "reason": "%s"}' "$1" "$(printf '%s' "$2" | tr -d '"\\' | tr '[:cntrl:]' ' ')"
}

if [ "$(field apiVersion)" != tributary.dev/gate/v1 ]; then
    answer false "a question of version $(field apiVersion) is not understood"
elif [ -e "$freeze" ]; then
    answer false "$(head -n 1 "$freeze")"
elif [ "$(field failed)" != 0 ]; then
    answer false "$(field failed) of wave $(field wave) have failed"
else
    answer true "no freeze"
fi
