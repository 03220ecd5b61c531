#!/usr/bin/env bash
# The one script of the repository: './do' without arguments says what it can.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
anvil_folder="$here/artifacts/demo"
test_limit_seconds=${TEST_LIMIT_SECONDS:-2700}

# No build server outlives a command.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false

usage() {
  cat <<'TEXT'
./do run [--no-demo]        build and start sluice on http://localhost:4000 (SLUICE_URLS, SLUICE_DATA, SLUICE_DATABASE)
./do test [--fast] [NAME]   run the tests; --fast the unit tests alone; NAME those whose name contains it
./do ci                     check the format, build, run all tests
./do bench [ARGS]           run the benchmarks
./do sluice ARGS            run the command line
./do publish                make a self-contained tarball in artifacts/
./do sbom                   list every library of the program with its version, as JSON
./do format                 format the code
TEXT
}

fail() { echo "do: $*" >&2; exit 1; }

installed() { command -v "$1" >/dev/null || compgen -G "$2" >/dev/null; }

# need PACKAGE PROGRAM [FILE-PATTERN]: collects what the system lacks.
missing=()
need() { installed "$2" "${3:-/nonexistent}" || missing+=("$1"); }

install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  local as=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "missing: ${missing[*]}. Install with: sudo apt-get install ${missing[*]}"
    as=(sudo -n)
  fi
  command -v apt-get >/dev/null || fail "missing: ${missing[*]}. Install them with the system's package manager."
  echo "Installing ${missing[*]} ..." >&2
  # Their services stay off: what is needed is started, and stopped, by whoever needs it.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as[@]}" tee $policy >/dev/null
    "${as[@]}" chmod +x $policy
    # shellcheck disable=SC2064
    trap "${as[*]} rm -f $policy" EXIT
  fi
  local install=("${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}")
  local log
  log=$(mktemp)
  "${install[@]}" >"$log" 2>&1 || { "${as[@]}" apt-get update -qq >>"$log" 2>&1 && "${install[@]}" >>"$log" 2>&1; } || {
    tail -5 "$log" >&2
    fail "could not install ${missing[*]}"
  }
  rm -f "$log"
  # Nor does one begin at the next boot that nobody asked for.
  local package
  for package in "${missing[@]}"; do
    case $package in
      postgresql | redis-server | nginx | prometheus)
        "${as[@]}" deb-systemd-helper disable "$package.service" >/dev/null 2>&1 || true
        "${as[@]}" update-rc.d "$package" disable >/dev/null 2>&1 || true ;;
    esac
  done
  if [ -x $policy ] && grep -q 'exit 101' $policy; then "${as[@]}" rm -f $policy; trap - EXIT; fi
  missing=()
}

# The package for this machine as an ordinary dependency: as an optional one, npm leaves it out in silence where the
# system's node is older than the package asks for, and anvil runs without any.
anvil_package="$here/config/demo/amd64"
case $(uname -m) in aarch64 | arm64) anvil_package="$here/config/demo/arm64" ;; esac
anvil_program="$anvil_folder/node_modules/@foundry-rs/anvil-linux-$(basename "$anvil_package")/bin/anvil"

has_anvil() {
  [ -n "${SLUICE_DEMO_ANVIL:-}" ] || { [ -x "$anvil_program" ] && cmp -s "$anvil_package/package.json" "$anvil_folder/package.json"; }
}

# What brings the chain; asked for together with the rest, so that all that is missing is told at once.
need_anvil() { has_anvil || need npm npm; }

install_anvil() {
  if ! has_anvil; then
    echo "Bringing the demo's chain (anvil) ..." >&2
    mkdir -p "$anvil_folder"
    rm -rf "$anvil_folder"/package*.json "$anvil_folder/node_modules"
    cp "$anvil_package"/package*.json "$anvil_folder/"
    local how=install
    [ ! -e "$anvil_folder/package-lock.json" ] || how=ci
    (cd "$anvil_folder" && npm $how --no-audit --no-fund --no-progress --loglevel=error >/dev/null) || rm -f "$anvil_folder/package.json"
    has_anvil || fail "npm could not bring anvil; without the demo: ./do run --no-demo"
  fi
  export SLUICE_DEMO_ANVIL=${SLUICE_DEMO_ANVIL:-$anvil_program}
}

# The OpenID provider of the tests: node's, and certified.
provider_package="$here/tests/Provider"
provider_folder="$here/artifacts/provider"

has_provider() {
  [ -d "$provider_folder/node_modules/oidc-provider" ] && cmp -s "$provider_package/package-lock.json" "$provider_folder/package-lock.json"
}

need_provider() { need nodejs node; has_provider || need npm npm; }

install_provider() {
  has_provider && return
  mkdir -p "$provider_folder"
  rm -rf "$provider_folder"/package*.json "$provider_folder/node_modules"
  cp "$provider_package"/package*.json "$provider_folder/"
  (cd "$provider_folder" && npm ci --no-audit --no-fund --no-progress --loglevel=error >/dev/null) || rm -f "$provider_folder/package-lock.json"
  has_provider || fail "npm could not bring the OpenID provider of the tests"
}

need_dotnet() { command -v dotnet >/dev/null || fail "missing: the .NET 10 SDK (https://dotnet.microsoft.com/download)"; }

need_postgres() { need postgresql initdb '/usr/lib/postgresql/*/bin/initdb'; }

# Says no more than that it builds, unless it fails.
build() {
  local log code=0
  log=$(mktemp)
  [ ! -t 2 ] || echo "Building $(basename "${*: -1}") ..." >&2
  dotnet build "$@" -c Release -v quiet --nologo -tl:off -clp:NoSummary >"$log" 2>&1 || { code=1; cat "$log" >&2; }
  rm -f "$log"
  return $code
}

host() { echo "$here/src/Host/bin/Release/net10.0/sluice"; }

build_host() { need_dotnet; build "$here/src/Host"; }

run() {
  local demo=--demo arguments=()
  for argument in "$@"; do
    if [ "$argument" = --no-demo ]; then demo=--no-demo; else arguments+=("$argument"); fi
  done
  need_dotnet
  [ -n "${SLUICE_DATABASE:-}${SLUICE_DATABASE_FILE:-}" ] || need_postgres
  [ $demo = --no-demo ] || need_anvil
  install_missing
  [ $demo = --no-demo ] || install_anvil
  build_host
  export SLUICE_DATA=${SLUICE_DATA:-$here/data}
  exec "$(host)" serve $demo "${arguments[@]}"
}

tell_failure() {
  echo "$1"
  failures+="Failed: $1"$'\n'
}

# run_suite NAME [ARGS]: runs one test program and adds to the sums.
passed=0 failed=0 skipped=0 failures=
run_suite() {
  local name=$1; shift
  local program="$here/tests/$name/bin/Release/net10.0/Sluice.$name" report="$here/artifacts/tests/$name.xml" code=0
  mkdir -p "$(dirname "$report")"; rm -f "$report"
  timeout --kill-after=20 "$test_limit_seconds" "$program" -noLogo -noColor -xml "$report" "$@" || code=$?
  [ $code != 124 ] && [ $code != 137 ] || tell_failure "The $name tests did not end within $test_limit_seconds seconds."
  if [ ! -s "$report" ]; then tell_failure "The $name tests wrote no report (exit code $code)."; failed=$((failed + 1)); return; fi
  local sums
  sums=$(grep -o '<assembly [^>]*>' "$report")
  local p f s e
  p=$(grep -o ' passed="[0-9]*"' <<<"$sums" | tr -dc '0-9\n'); f=$(grep -o ' failed="[0-9]*"' <<<"$sums" | tr -dc '0-9\n')
  s=$(grep -o ' skipped="[0-9]*"' <<<"$sums" | tr -dc '0-9\n'); e=$(grep -o ' errors="[0-9]*"' <<<"$sums" | tr -dc '0-9\n')
  passed=$((passed + p)); failed=$((failed + f + e)); skipped=$((skipped + s))
  # What failed is said once more at the end, where whoever keeps only the end of the output finds it.
  failures+=$(sed -e 's/<test /\n&/g' "$report" | sed -n -e 's/^<test [^>]*name="\([^"]*\)"[^>]* result="Fail".*/Failed: \1/p' |
    sed -e 's/\\&quot;/"/g' -e 's/&quot;/"/g' -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&amp;/\&/g')
  [ -z "$failures" ] || failures=${failures%$'\n'}$'\n'
  [ "$e" = 0 ] || tell_failure "The $name tests had errors outside of tests: $e."
  [ $code = 0 ] || [ $((f + e)) -gt 0 ] || { tell_failure "The $name tests ended with exit code $code."; failed=$((failed + 1)); }
}

# Ends what a killed or broken test left running: the marker is in the environment of all they start.
sweep() {
  local left
  left=$(grep -lz "^SLUICE_TEST_RUN=$SLUICE_TEST_RUN\$" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | grep -vx -e $$ -e $BASHPID || true)
  for process in $left; do
    # What listed them was among them.
    [ -d "/proc/$process" ] || continue
    [ "$(awk '/^PPid/ {print $2}' "/proc/$process/status" 2>/dev/null)" != $$ ] || continue
    echo "Left behind and ended: $process $({ tr '\0' ' ' <"/proc/$process/cmdline"; } 2>/dev/null | cut -c-100)"
    kill -KILL "$process" 2>/dev/null || true
  done
}

run_tests() {
  local fast=no filter=()
  for argument in "$@"; do
    if [ "$argument" = --fast ]; then fast=yes; else filter=(-method "*$argument*"); fi
  done
  need_dotnet
  if [ $fast = no ]; then
    need_postgres; need redis-server redis-server; need nginx nginx; need wrk wrk; need openssl openssl; need prometheus promtool
    need libsecp256k1-1 libsecp256k1 '/usr/lib/*/libsecp256k1.so.*'
    need chromium chromium
    need_anvil
    need_provider
    install_missing
    install_anvil
    install_provider
  fi
  if ! build "$here/tests/Unit" || { [ $fast = no ] && ! build "$here/tests/Integration"; }; then
    echo "The build failed."
    failed=1
  else
    SLUICE_TEST_RUN=$$-$RANDOM; export SLUICE_TEST_RUN
    trap sweep EXIT
    run_suite Unit "${filter[@]}"
    [ $fast = yes ] || run_suite Integration "${filter[@]}"
    sweep; trap - EXIT
  fi
  close
}

close() {
  local line="$passed passed, $failed failed"
  printf %s "$failures"
  [ $skipped = 0 ] || line+=", $skipped skipped"
  echo "$line"
  [ $failed = 0 ]
}

ci() {
  need_dotnet
  if ! dotnet format "$here/Sluice.slnx" --verify-no-changes --verbosity quiet; then
    echo "The format check failed: ./do format"
    failed=1
    close
  elif ! build "$here/Sluice.slnx"; then
    echo "The build failed."
    failed=1
    close
  else
    run_tests
  fi
}

publish() {
  need_dotnet
  local folder="$here/artifacts/publish/sluice"
  rm -rf "$folder"
  dotnet publish "$here/src/Host" -c Release -r linux-x64 --self-contained -v quiet --nologo -o "$folder" >&2
  cp "$here/LICENSE" "$folder/"
  [ ! -d "$here/config" ] || cp -r "$here/config" "$folder/"
  tar -C "$here/artifacts/publish" -czf "$here/artifacts/sluice-linux-x64.tar.gz" sluice
  echo "$here/artifacts/sluice-linux-x64.tar.gz"
}

verb=${1:-help}
[ $# = 0 ] || shift
case $verb in
  run) run "$@" ;;
  test) run_tests "$@" ;;
  ci) ci ;;
  bench) need_dotnet; need nginx nginx; need wrk wrk; need_postgres; install_missing
    build "$here/bench" && exec dotnet run --no-build -c Release --project "$here/bench" -- "$@" ;;
  sluice) build_host; export SLUICE_DATA=${SLUICE_DATA:-$here/data}; exec "$(host)" "$@" ;;
  publish) publish ;;
  sbom) need_dotnet; exec dotnet list "$here/src/Host" package --include-transitive --format json ;;
  format) need_dotnet; exec dotnet format "$here/Sluice.slnx" ;;
  help | --help | -h) usage ;;
  *) usage >&2; exit 2 ;;
esac
