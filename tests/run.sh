#!/bin/bash
# Runs all tests, from a fresh clone too, and ends with the plain line "N passed, N failed".
# As root on Debian it installs what the tests need; else it says which line to run. Exit: 0 all passed, 1 not, 2 can't start.
set -uo pipefail
cd "$(dirname "$0")/.."
# All that is written on the way lies in one folder, which is removed at the end.
[ -n "${OWN_TMP:-}" ] || exec tests/own-tmp.sh -q tests/run.sh
export CONFIGURATION="${CONFIGURATION:-Release}" NO_COLOR=1 TERM=dumb LANG=C.UTF-8 MSBUILDTERMINALLOGGER=off
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
# What a compiler learns while a program runs pays after minutes; the tests start hundreds of programs that live for seconds.
export DOTNET_TieredPGO=0
unset LC_ALL LC_MESSAGES CREDITEXCHANGE_GRPC_PORT CREDITEXCHANGE_HTTP_PORT CREDITEXCHANGE_DATA
buf_version=1.75.0
exec < /dev/null

stop() { echo "$*" >&2; exit 2; }

# ---- Debian packages, by what they bring
packages=()
need() { "${@:2}" > /dev/null 2>&1 || packages+=("$1"); }
need python3-grpcio /usr/bin/python3 -c 'import grpc, google.protobuf'
need python3-yaml /usr/bin/python3 -c 'import yaml'
need protobuf-compiler test -x /usr/bin/protoc
need protobuf-compiler-grpc test -x /usr/bin/grpc_python_plugin
need libprotobuf-dev test -f /usr/include/google/protobuf/descriptor.proto
need default-jdk-headless command -v javac
need protobuf-compiler-grpc-java-plugin test -x /usr/bin/grpc_java_plugin
# libgrpc-java names only the first of what it needs as a dependency.
for jar in libgrpc-java/grpc-netty libprotobuf-java/protobuf libgoogle-gson-java/gson libguava-java/guava libnetty-java/netty-codec-http2 \
  libperfmark-java/perfmark-api; do
  need "${jar%/*}" test -f "/usr/share/java/${jar#*/}.jar"
done
need librdkafka1 test -e "/usr/lib/$(uname -m)-linux-gnu/librdkafka.so.1"
need kcat command -v kcat
need python3-confluent-kafka /usr/bin/python3 -c 'import confluent_kafka'
need python3-cryptography /usr/bin/python3 -c 'import cryptography'
need nodejs command -v node
need npm command -v npm
need jq command -v jq
need curl command -v curl
need make command -v make
need redis-server command -v redis-server
if [ ${#packages[@]} -gt 0 ]; then
  line="apt-get install -y --no-install-recommends ${packages[*]}"
  [ "$(id -u)" = 0 ] || stop "The tests need packages that are missing. Run as root: $line"
  echo "== $line"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive $line || stop "That failed; the tests can't start."
fi
command -v dotnet > /dev/null || stop "The .NET SDK 10 is missing (see README.md)."

# ---- npm: buf, and what the Node samples use
tools=artifacts/tools
if [ "$("$tools/node_modules/.bin/buf" --version 2> /dev/null)" != "$buf_version" ]; then
  mkdir -p "$tools"
  npm install --prefix "$tools" --no-save --no-audit --no-fund --loglevel=error "@bufbuild/buf@$buf_version" || stop "buf can't be installed."
fi
for sample in interop-samples/checkout-node interop-samples/partner-node; do
  if [ "$sample/package-lock.json" -nt "$sample/node_modules/.package-lock.json" ]; then
    npm ci --prefix "$sample" --no-audit --no-fund --loglevel=error || stop "The packages of $sample can't be installed."
    touch "$sample/node_modules/.package-lock.json"
  fi
done

passed=0 failed=0

# ---- whitespace, first: it takes ten seconds and needs no build. A fault is told now and fails the run, and the tests run all the same.
echo "== whitespace"
misplaced=$(dotnet format whitespace src --folder --verify-no-changes --exclude '**/obj/**' 2>&1 &&
  dotnet format whitespace tests --folder --verify-no-changes --exclude '**/obj/**' 2>&1)
if [ $? -eq 0 ]; then
  passed=$((passed + 1))
else
  head -20 <<< "$misplaced"
  echo "   (dotnet format whitespace CreditExchange.sln puts it right)"
  failed=$((failed + 1))
fi

# ---- one build, then the hub's tests, and beside them the other projects one after the other: those wait for brokers, clients and
# programs more than they compute, so that two cores have work for as long as the longest takes.
echo "== build"
dotnet build CreditExchange.sln -c "$CONFIGURATION" --nologo -v quiet || stop "The build failed; no test ran."
make --no-print-directory build traps PUBLISH=--no-restore || stop "The programs could not be published; no test ran."

results=artifacts/test-results
rm -rf "$results"
mkdir -p "$results"
longest=CreditExchange.Hub.Tests
names=$(cd tests && ls -d *.Tests)
# By its file: what the solution built needs no second look by MSBuild.
run() {
  dotnet test "tests/$1/bin/$CONFIGURATION/net10.0/$1.dll" --nologo --logger "console;verbosity=minimal" \
    --logger "trx;LogFileName=$1.trx" --results-directory "$results" "${@:2}" > "$results/$1.log" 2>&1
  echo $? > "$results/$1.code"
}
others() { for name in $names; do [ "$name" = $longest ] || run "$name"; done; }
echo "== tests"
others &
# One class more at a time than there are cores: many of them wait for a hub that starts.
run $longest -- xUnit.MaxParallelThreads=$(($(nproc) + 1))
wait

for name in $names; do
  echo "== $name"
  cat "$results/$name.log"
  code=$(cat "$results/$name.code")
  counters=$(grep -m1 -o '<Counters [^>]*>' "$results/$name.trx" 2> /dev/null)
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counters"; }
  total=$(count total) executed=$(count executed) good=$(count passed)
  if [ -z "$total" ]; then
    echo "$name wrote no results: it crashed or could not start."
    failed=$((failed + 1))
    continue
  fi
  bad=$((executed - good)) skipped=$((total - executed))
  # A host that died after its last result, or a run that found nothing, is a failure too.
  [ "$code" -ne 0 ] && [ "$bad" = 0 ] && { echo "$name ended with exit code $code without a failed test."; bad=1; }
  [ "$total" = 0 ] && { echo "$name has no test."; bad=1; }
  passed=$((passed + good)) failed=$((failed + bad))
  echo "   $good passed, $bad failed, $skipped skipped"
  if [ "$skipped" -gt 0 ]; then
    /usr/bin/python3 tests/skipped.py "$results/$name.trx"
  fi
done

# What the tests wrote holds no identity number either (what hubs leave behind is scanned by ScanTests).
echo "== scan"
if /usr/bin/python3 tests/scan.py "$results"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

# Every folder that a test makes it removes, also when the hub in it was killed.
echo "== left behind"
left=()
for prefix in $(grep -rhoP --include=*.cs --exclude-dir=obj 'CreateTempSubdirectory\("\K[a-z-]+' tests | sort -u); do
  left+=($(find "$TMPDIR" -maxdepth 1 -type d -name "$prefix??????"))
done
if [ ${#left[@]} -eq 0 ]; then passed=$((passed + 1)); else printf '   %s\n' "${left[@]}"; failed=$((failed + 1)); fi

[ "$failed" = 0 ] || echo "What the tests wrote is kept in $TMPDIR"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
