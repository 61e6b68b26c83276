# Sourced by .ci/run and test/tools/deep/run: runs the parts of a check one after the other, counts their tests, and names what failed.
# A part that fails does not keep the next ones from running. A test file that fails is run once more, alone: a test that passes then
# is named as flaky at the end and does not count as failed. `finish` prints the seconds of each part, what failed, and the line
# `N passed, N failed`; its status is 0 only if nothing failed.
#
# The caller sets `deadline`: the second of this shell (`$SECONDS`) after which no part may run.

reports="$(mktemp -d)"
trap 'rm -rf "$reports"' EXIT
passed=0
failed=0
current=''

# Every process that a part starts carries this mark in its environment, in whatever session the process runs.
export TIDEGATE_CI_RUN="$$-$RANDOM"

say() { printf '\n== %s\n' "$*"; }

marked() {
  local environ
  for environ in /proc/[0-9]*/environ; do
    if grep -qz "^TIDEGATE_CI_RUN=$TIDEGATE_CI_RUN\$" "$environ" 2> /dev/null; then basename "$(dirname "$environ")"; fi
  done
}

# Those of `marked` that still run. The helpers of `marked` itself have ended by then.
left_running() {
  local pid
  for pid in $(marked); do
    if [ -r "/proc/$pid/cmdline" ] && [ "$(cut -d ' ' -f 3 "/proc/$pid/stat" 2> /dev/null)" != Z ]; then echo "$pid"; fi
  done
}

sweep() {
  local pids pid
  for _ in 1 2 3 4 5; do
    pids="$(left_running)"
    [ -z "$pids" ] && return 0
    sleep 1
  done
  for pid in $pids; do
    say "left running by $current: $pid $(tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline")"
    kill -KILL "$pid" 2> /dev/null
  done
  tell failed "processes left running by $current"
  failed=$((failed + 1))
}

left() { echo $((deadline - SECONDS)); }

# run SECONDS COMMAND...: the status of the command. When the time is over, everything that it started is ended.
run() {
  local limit="$1"
  shift
  if [ "$(left)" -lt "$limit" ]; then limit="$(left)"; fi
  if [ "$limit" -lt 10 ]; then say "no time is left for $current" && return 124; fi
  timeout --kill-after=30 "$limit" "$@" < /dev/null
}

# tell WHAT LINES: `finish` prints them.
told="$reports/told"
tell() { if [ -n "$2" ]; then printf '%s\n' "$2" | sed "s/^/$1: /" >> "$told"; fi; }

# took SINCE: notes the seconds of the current part for the table of `finish`.
times="$reports/times"
took() { printf '%5d s  %s\n' "$((SECONDS - $1))" "$current" >> "$times"; }

# of REPORT WHAT: the `sums` (passed and failed), the `names` of failed tests, or the `files` that have one.
of() {
  node -e '
    const [path, what] = process.argv.slice(1);
    const report = JSON.parse(require("node:fs").readFileSync(path, "utf8"));
    const isBad = ({ status }) => status === "failed";
    const files = report.testResults.filter((file) => isBad(file) || file.assertionResults.some(isBad));
    // A file may fail beside its tests: in a hook, or before the first one.
    const named = files.flatMap(({ name, assertionResults }) => {
      const bad = assertionResults.filter(isBad);
      const file = require("node:path").relative(process.cwd(), name);
      return bad.length === 0 ? [file] : bad.map(({ fullName }) => `${file}: ${fullName}`);
    });
    if (what === "sums") console.log(report.numPassedTests, named.length);
    else console.log((what === "names" ? named : files.map(({ name }) => name)).join("\n"));
  ' "$1" "$2" 2> /dev/null
}

# Adds up a vitest report. A part that left no report, or that failed without a failed test, counts as one failure.
count() {
  local status="$1" report="$2" sums
  sums="$(of "$report" sums)" || sums='0 0'
  local good="${sums% *}" bad="${sums#* }"
  if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ "$good" = 0 ]; }; then
    bad=1
    tell failed "$current (exit status $status)"
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  say "$current: $good passed, $bad failed (exit status $status)"
}

# vitest_part SECONDS COMMAND...: a command that passes its last arguments on to vitest.
vitest_part() {
  local limit="$1" status=0 since="$SECONDS" report="$reports/$RANDOM.json" again="$reports/$RANDOM.json"
  shift
  current="$*"
  say "$current"
  run "$limit" "$@" -- --reporter=default --reporter=json --outputFile.json="$report" || status=$?
  count "$status" "$report"
  sweep
  took "$since"
  local names bad
  names="$(of "$report" names)"
  [ -z "$names" ] && return 0
  since="$SECONDS"
  mapfile -t files < <(of "$report" files)
  say "$current: what failed, again, alone"
  status=0
  run "$limit" "$@" -- --reporter=default --reporter=json --outputFile.json="$again" "${files[@]}" || status=$?
  if [ "$status" = 0 ] && [ "$(of "$again" sums | cut -d ' ' -f 2)" = 0 ]; then
    bad="$(printf '%s\n' "$names" | wc -l)"
    passed=$((passed + bad))
    failed=$((failed - bad))
    tell flaky "$names"
  else
    tell failed "$names"
  fi
  sweep
  current="$current: again"
  took "$since"
}

# part SECONDS COMMAND...: counts as one test.
part() {
  local limit="$1" status=0 since="$SECONDS"
  shift
  current="$*"
  say "$current"
  run "$limit" "$@" || status=$?
  if [ "$status" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && tell failed "$current (exit status $status)"; fi
  say "$current: exit status $status"
  sweep
  took "$since"
}

# A folder for temporary files of tests that need no real disk: memory, where there is plenty. Not for tests of isolation, which gives
# a run its own /dev, and not for the doctor, which warns of such a disk.
if [ "$(df --output=avail -k /dev/shm 2> /dev/null | tail -1)" -gt 6000000 ] 2> /dev/null; then quick=/dev/shm; else quick="${TMPDIR:-/tmp}"; fi

finish() {
  printf '\n' && cat "$times"
  printf '%5d s  altogether\n' "$SECONDS"
  if [ -e "$told" ]; then printf '\n' && cat "$told"; fi
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
}
