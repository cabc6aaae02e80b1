# SPDX-License-Identifier: Apache-2.0
"""The independent reader of the kernel's state sees what is there, and nothing that is over."""

import os
import signal
import subprocess
import time
import unittest

import kernel_state


def tasks_of(pid):
    return {key: task for key, task in kernel_state.tasks().items() if task["process"] == pid}


class KernelState(unittest.TestCase):
    def test_a_new_task_with_a_nice_value_is_a_difference(self):
        child = subprocess.Popen(["nice", "-n", "-10", "sleep", "60"])
        try:
            time.sleep(0.1)
            found = list(kernel_state.task_differences({}, tasks_of(child.pid)))
            self.assertEqual(len(found), 1)
            self.assertIn("nice -10", found[0])
        finally:
            child.kill()
            child.wait()

    def test_a_new_task_of_a_session_that_was_niced_before_is_none(self):
        child = subprocess.Popen(["nice", "-n", "19", "sh", "-c", "read line; sleep 60"], stdin=subprocess.PIPE,
                                 start_new_session=True)
        try:
            time.sleep(0.1)
            before = tasks_of(child.pid)
            child.stdin.write(b"\n")
            child.stdin.flush()
            time.sleep(0.1)
            after = {key: task for key, task in kernel_state.tasks().items() if task["session"] == child.pid}
            self.assertEqual(len(after), 2)
            self.assertEqual(list(kernel_state.task_differences(before, after)), [])
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            child.stdin.close()

    def test_a_task_that_has_ended_and_was_not_waited_for_is_none(self):
        child = subprocess.Popen(["nice", "-n", "-10", "true"])
        try:
            while open(f"/proc/{child.pid}/stat", encoding="utf-8").read().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.01)
            self.assertEqual(tasks_of(child.pid), {})
        finally:
            child.wait()


if __name__ == "__main__":
    unittest.main()
