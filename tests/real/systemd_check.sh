#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# In a guest where systemd is process 1: workloads are scopes and services, weights go through systemd and are given
# back to it. Prints what it finds, and ends with 1 at the first thing that is not as it must be.
set -euo pipefail
export HOME=/root

must_be() {  # must_be WHAT EXPECTED FOUND
  echo "$1: $3"
  [[ $3 == "$2" ]] || { echo "FAILED: $1 must be $2"; cat /run/gthulhu.log; exit 1; }
}
within() {  # within SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || { echo "FAILED: waited in vain for: $*"; cat /run/gthulhu.log; exit 1; }
    sleep 0.5
  done
}

systemctl --version | sed -n 1p
must_be "file system of the cgroups" cgroup2fs "$(stat -fc %T /sys/fs/cgroup)"
echo 'a long enough password' > /run/password
# With the enforcer whose weights systemd has a say in.
DM_ENFORCER_KIND=cfs gthulhu standalone --data-dir /run/gthulhu-state --admin-password-file /run/password > /run/gthulhu.log 2>&1 &
server=$!
within 60 gthulhu login --password-file /run/password

gthulhu run --label tier=gold --name one -- sh -c 'trap "exit 7" TERM; while :; do sleep 0.2; done' &
runner=$!
unit_of_run() { systemctl list-units --type=scope --no-legend | awk '/gthulhu-/ { print $1 }'; }
has_scope() { [[ -n $(unit_of_run) ]]; }
within 30 has_scope
unit=$(unit_of_run)
group=/sys/fs/cgroup$(systemctl show "$unit" -p ControlGroup --value)
must_be "delegation of the scope" yes "$(systemctl show "$unit" -p Delegate --value)"

gthulhu strategy create --label tier=gold --priority 10
is_verified() { gthulhu intent list | grep -q '^verified .* one '; }
within 30 is_verified
gthulhu intent list
must_be "weight that systemd has" 931 "$(systemctl show "$unit" -p CPUWeight --value)"
must_be "weight in the cgroup" 931 "$(cat "$group/cpu.weight")"
# As cfs starts systemctl when it is under the seccomp profile itself: systemd ends what calls anything else.
under_profile() { systemd-run --quiet --wait --pipe -p NoNewPrivileges=yes -p "SystemCallFilter=$(cat /profile.calls)" "$@"; }
under_profile systemctl set-property --runtime -- dbus.service CPUWeight=300
must_be "weight set under the profile" 300 "$(systemctl show dbus.service -p CPUWeight --value)"
must_be "weight read under the profile" 300 "$(under_profile systemctl show --property=CPUWeight --value -- dbus.service)"
under_profile systemctl set-property --runtime -- dbus.service CPUWeight=
systemd-run --quiet --wait --pipe chroot / true
! under_profile chroot / true || { echo "FAILED: the profile refuses nothing"; exit 1; }

# The rights that docs/decision-maker.md gives a unit.
systemctl start confined.service
listens() { grep -q listening /run/confined.log; }
within 60 listens
must_be "capabilities of the unit" 000000c000800000 \
  "$(sed -nE 's/^CapEff:\s*//p' "/proc/$(systemctl show confined.service -p MainPID --value)/status")"
grep -E "enforcer chosen kind=sched_ext|source=bpf" /run/confined.log
must_be "enforcer and source of the unit" 2 "$(grep -cE "enforcer chosen kind=sched_ext|source=bpf" /run/confined.log)"
must_be "scheduler of the kernel" gthulhu "$(cat /sys/kernel/sched_ext/root/ops)"
! grep "it ends with this program" /run/confined.log || { echo "FAILED: its scheduler is pinned nowhere"; exit 1; }
systemctl stop confined.service
must_be "end of the unit" success "$(systemctl show confined.service -p Result --value)"
is_without_scheduler() { [[ $(cat /sys/kernel/sched_ext/state) == disabled ]]; }
within 10 is_without_scheduler

# Without a decision maker.
gthulhu scheduler run --rule "${group#/sys/fs/cgroup}=7,2ms" > /run/scheduler.log 2>&1 &
lone=$!
is_attached() { [[ $(cat /sys/kernel/sched_ext/root/ops 2> /dev/null) == gthulhu ]]; }
within 60 is_attached
is_told() { grep -qx "attached: our scheduler is attached" /run/scheduler.log; }
within 10 is_told || cat /run/scheduler.log
kill -TERM "$lone"
status=0
wait "$lone" || status=$?
must_be "end of scheduler run" 0 "$status"
within 10 is_without_scheduler

systemctl daemon-reload
sleep 1
must_be "weight after a daemon-reload" 931 "$(cat "$group/cpu.weight")"

gthulhu strategy delete "$(gthulhu strategy list | awk 'NR == 2 { print $1 }')"
is_back() { [[ $(systemctl show "$unit" -p CPUWeight --value) == "[not set]" ]]; }
within 30 is_back
must_be "weight in the cgroup afterwards" 100 "$(cat "$group/cpu.weight")"

kill -TERM "$runner"
status=0
wait "$runner" || status=$?
must_be "exit code of the command that was run" 7 "$status"
is_gone() { ! has_scope && [[ ! -e $group ]]; }
within 10 is_gone
status=0
gthulhu run -- sh -c 'exit 3' || status=$?
must_be "exit code of another" 3 "$status"

gthulhu strategy create --label systemd.unit=dbus.service --priority 5
knows_service() { gthulhu intent list | grep -q ' system .* dbus.service '; }
within 30 knows_service
gthulhu intent list

kill -TERM "$server"
status=0
wait "$server" || status=$?
must_be "exit code of the server" 0 "$status"

# With our scheduler nothing of the pod's is written.
gthulhu standalone --data-dir /run/gthulhu-state > /run/gthulhu.log 2>&1 &
server=$!
gthulhu run --label tier=gold --name two -- sh -c 'while :; do sleep 0.2; done' &
runner=$!
within 60 gthulhu login --password-file /run/password
within 30 has_scope
group=/sys/fs/cgroup$(systemctl show "$(unit_of_run)" -p ControlGroup --value)
gthulhu strategy create --label tier=gold --priority 10
obeys() { gthulhu intent list | grep -qE '^(applied|verified) .* two '; }
within 30 obeys
must_be "scheduler of the kernel" gthulhu "$(cat /sys/kernel/sched_ext/root/ops)"
must_be "weight in the cgroup" 100 "$(cat "$group/cpu.weight")"
nice_of_first() { awk '{ print $19 }' "/proc/$(sed -n 1p "$group/cgroup.procs")/stat"; }
must_be "nice of the process" 0 "$(nice_of_first)"
# What operators see of it, and a stop that holds until a reset.
scheduler() { gthulhu scheduler "$@" --data-dir /run/gthulhu-state; }
field() { scheduler status | sed -nE "s/^$1 +//p"; }
scheduler status
must_be "state of the scheduler" attached "$(field scheduler | cut -d' ' -f1)"
must_be "rules of the scheduler, of this pod and the service" "2 cgroups, 2 pods" "$(field rules)"
is_in_force() { scheduler top --once | grep -qE ' sh +10 +default +10 +default +yes '; }
within 30 is_in_force
scheduler top --once
metrics() { exec 3<> /dev/tcp/127.0.0.1/8080; printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3; cat <&3; }
metric() { metrics | sed -nE "s/^$1(\{[^}]*\})? //p"; }
must_be "metric of the scheduler" 1 "$(metric gthulhu_decisionmaker_scheduler_attached)"
metric nr_kernel_dispatches | grep -qE '^[1-9]'
status=0
scheduler dump || status=$?
must_be "exit code of dump without one" 5 "$status"
scheduler stop
within 10 is_without_scheduler
must_be "weight in the cgroup after a stop" 931 "$(cat "$group/cpu.weight")"
sleep 3
must_be "scheduler of the kernel after a stop" disabled "$(cat /sys/kernel/sched_ext/state)"
must_be "state of the scheduler after a stop" stopped "$(field scheduler | cut -d' ' -f1)"
scheduler reset
must_be "scheduler of the kernel after a reset" gthulhu "$(cat /sys/kernel/sched_ext/root/ops)"
must_be "weight in the cgroup after a reset" 100 "$(cat "$group/cpu.weight")"
within 30 is_in_force
# Killed, it leaves the scheduler and its rules to the next one, which does not attach another.
attached_times() { cat /sys/kernel/sched_ext/enable_seq; }
times=$(attached_times)
kill -KILL "$server"
wait "$server" || true
must_be "scheduler of the kernel without a decision maker" gthulhu "$(cat /sys/kernel/sched_ext/root/ops)"
DM_SCHEDULER_REFUSE_LIMITED_NODES=true gthulhu standalone --data-dir /run/gthulhu-state > /run/gthulhu.log 2>&1 &
server=$!
within 60 gthulhu login --password-file /run/password
within 30 is_in_force
must_be "times that a scheduler was attached, before and after the next one came" "$times" "$(attached_times)"
must_be "state of the scheduler that it took over" attached "$(field scheduler | cut -d' ' -f1)"
must_be "weight in the cgroup after that" 100 "$(cat "$group/cpu.weight")"
# What SysRq-D tells has a line of ours for each CPU that does something.
echo 1 > /proc/sys/kernel/sysrq
echo 1 > /sys/kernel/tracing/events/sched_ext/sched_ext_dump/enable
echo D > /proc/sysrq-trigger
is_dumped() { grep -q 'gthulhu: clock=' /sys/kernel/tracing/trace; }
within 10 is_dumped
grep -m 1 'gthulhu: clock=' /sys/kernel/tracing/trace
# Somebody ends it on purpose: respected until a reset.
echo S > /proc/sysrq-trigger
is_off() { [[ $(field scheduler | cut -d' ' -f1) == off ]]; }
within 30 is_off
field "last exit"
field "last exit" | grep -q ' sysrq: '
must_be "exits by kind" "1 sysrq" "$(field exits)"
scheduler reset > /dev/null
must_be "scheduler of the kernel after SysRq-S and a reset" gthulhu "$(cat /sys/kernel/sched_ext/root/ops)"
systemctl set-property --runtime "$(unit_of_run)" CPUQuota=50%
is_cfs() { [[ $(cat "$group/cpu.weight") == 931 ]]; }
within 30 is_cfs
within 10 is_without_scheduler
must_be "nice of the process with a CPU limit" -10 "$(nice_of_first)"
kill -TERM "$runner" "$server"
wait "$server"
within 30 is_gone

# A pod with a fifth of a CPU, which by default is no reason to stay away: what /metrics tells of its being held back
# in ten seconds, and that none of it is lost when the scheduler goes and comes.
gthulhu standalone --data-dir /run/gthulhu-state > /run/gthulhu.log 2>&1 &
server=$!
within 60 gthulhu login --password-file /run/password
gthulhu run --label tier=gold --name three -- sh -c 'while :; do :; done' &
runner=$!
within 30 has_scope
systemctl set-property --runtime "$(unit_of_run)" CPUQuota=20%
knows_third() { gthulhu intent list | grep -qE '^(applied|verified) .* three '; }
within 30 knows_third
readonly families="throttled_seconds_total throttled_wait_seconds_total run_queue_wait_seconds_sum quota_periods_total throttled_periods_total"
of_third() {  # all from one look, one after another
  local text family
  text=$(metrics)
  for family in $families; do
    sed -nE "s/^gthulhu_pod_$family\{[^}]*\"three\"[^}]*\} //p" <<< "$text"
  done | paste -sd' '
}
of_third > /dev/null  # the first look attaches the programs that count waits
sleep 2
before=$(of_third)
sleep 10
after=$(of_third)
echo "$before $after" | awk '{
  time = ($9 - $4) / 10
  printf "of %.1f s: held back %.2f, waits for the limit %.2f, for a CPU %.2f, throttled periods %.2f\n",
    time, ($6 - $1) / time, ($7 - $2) / time, ($8 - $3) / time, ($10 - $5) / 10 / time
  exit !(time > 3 && ($6 - $1) / time > 0.6 && ($7 - $2) / time > 0.6 && ($8 - $3) / time < 0.15 && ($10 - $5) / 10 / time > 0.8)
}' || { echo "FAILED: $before; $after"; exit 1; }
scheduler stop
within 10 is_without_scheduler
scheduler reset > /dev/null
must_be "scheduler of the kernel after another stop and reset" gthulhu "$(cat /sys/kernel/sched_ext/root/ops)"
goes_on() { echo "$after $(of_third)" | awk '{ exit !($6 > $1 && $7 > $2 && $9 > $4 && $10 > $5) }'; }
within 20 goes_on
kill -TERM "$runner" "$server"
wait "$server"
