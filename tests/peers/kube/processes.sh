# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced by the scripts beside it: how servers are started, awaited and ended, each by the process id in $dir/NAME.pid.
# Needs `dir`, and for begin and await `programs` and a function `fail`.

# begin NAME ARGUMENT...: in a session of its own, so that what a terminal sends to a script does not reach it.
begin() {
  local name=$1
  setsid "$programs/$@" >> "$dir/$name.log" 2>&1 < /dev/null &
  echo $! > "$dir/$name.pid"
}

# await NAME SECONDS COMMAND...: until the command succeeds.
await() {
  local name=$1 end=$((SECONDS + $2)) pid
  pid=$(< "$dir/$name.pid")
  shift 2
  until "$@" > /dev/null 2>&1; do
    kill -0 "$pid" 2> /dev/null || { tail -n 20 "$dir/$name.log" >&2; fail "$name ended at once"; }
    [[ $SECONDS -lt $end ]] || { tail -n 20 "$dir/$name.log" >&2; fail "$name was not ready in time"; }
    sleep 0.1
  done
}

# Not so of one that has ended and whose parent does not ask for it, as process 1 of a container may be. Its first thread may
# have ended before others, with the last of which its ports are free.
is_running() {
  local stat threads
  stat=$(cat "/proc/$1/stat" 2> /dev/null) || return 1
  threads=("/proc/$1/task/"*)
  [[ ${stat##*) } != Z* || ${#threads[@]} -gt 1 ]]
}

# end PIDFILE SIGNAL: with that signal, and with KILL what is still there after ten seconds.
end() {
  local pid
  [[ -s $1 ]] || return 0
  pid=$(< "$1")
  kill "-$2" "$pid" 2> /dev/null || true
  for _ in $(seq 200); do
    is_running "$pid" || break
    sleep 0.05
  done
  ! is_running "$pid" || kill -KILL "$pid"
  rm -f "$1"
}
