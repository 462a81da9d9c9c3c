#!/bin/bash
# Runs a command in a folder for temporary files of its own, and removes it at the end. When the command fails, what the tests
# wrote is kept and told. The name stays short: sockets lie in it, whose paths hold 107 bytes.
# Usage: tests/own-tmp.sh [-q] COMMAND [ARGUMENT...]      -q: the command tells itself where things are kept
set -uo pipefail
quiet=
[ "${1:-}" = -q ] && { quiet=1; shift; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/cx.XXXXXX") || exit 2
export TMPDIR=$folder OWN_TMP=$folder
# A killed runtime leaves its sockets for debuggers behind.
export DOTNET_EnableDiagnostics=0

finish() {
  local code=$?
  trap - EXIT
  if [ $code -ne 0 ]; then
    # Sockets, and the empty folders that each dotnet command makes, tell nothing.
    find "$folder" -mindepth 1 \( -type s -o -type p \) -delete 2> /dev/null
    find "$folder" -mindepth 1 -type d -empty -delete 2> /dev/null
  fi
  if [ $code -ne 0 ] && [ -n "$(ls -A "$folder")" ]; then
    [ -n "$quiet" ] || echo "Kept, since it failed: $folder ($(du -sh "$folder" 2> /dev/null | cut -f1))" >&2
  else
    rm -rf --one-file-system "$folder"
  fi
  exit $code
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$@"
