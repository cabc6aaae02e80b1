// SPDX-License-Identifier: Apache-2.0
//
// many_processes COUNT: so many children that sleep (tests/bench/decision_maker.py). They end with
// it.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int count, char** arguments) {
  const int children = count == 2 ? atoi(arguments[1]) : 0;
  for (int i = 0; i < children; ++i) {
    const pid_t child = fork();
    if (child < 0) {
      perror("fork");
      return 1;
    }
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
  }
  for (;;) pause();
}
