// SPDX-License-Identifier: Apache-2.0
//
// How many passwords a second this machine can hash when it does nothing else (tests/bench/
// manager_load.py): argon2_rate THREADS MEMORY_KIB PASSES LANES SECONDS plain|fresh. plain: memory
// as the library takes it, from malloc, which keeps it for the next hash; fresh: pages of their own
// for each hash, given back after it. Prints hashes per second.
#include <argon2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { most_threads = 64 };

static uint32_t memory_kib, passes, lanes;
static double seconds;
static int fresh;
static double rates[most_threads];

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int map_memory(uint8_t** memory, size_t bytes) {
  void* pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *memory = pages == MAP_FAILED ? NULL : pages;
  return pages == MAP_FAILED ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

static void unmap_memory(uint8_t* memory, size_t bytes) {
  munmap(memory, bytes);
}

static void* work(void* rate) {
  uint8_t password[] = "correct horse battery";
  uint8_t salt[16] = "0123456789abcde";
  uint8_t key[32];
  argon2_context context = {.out = key,
                            .outlen = sizeof key,
                            .pwd = password,
                            .pwdlen = sizeof password - 1,
                            .salt = salt,
                            .saltlen = sizeof salt,
                            .t_cost = passes,
                            .m_cost = memory_kib,
                            .lanes = lanes,
                            .threads = 1,  // as the manager does it
                            .version = ARGON2_VERSION_13};
  if (fresh) {
    context.allocate_cbk = map_memory;
    context.free_cbk = unmap_memory;
  }
  double begin = seconds_now();
  double now = begin;
  int hashes = 0;
  for (; now < begin + seconds; ++hashes, now = seconds_now()) {
    int status = argon2id_ctx(&context);
    if (status != ARGON2_OK) {
      fprintf(stderr, "argon2_rate: %s\n", argon2_error_message(status));
      exit(1);
    }
  }
  *(double*)rate = hashes / (now - begin);
  return NULL;
}

int main(int count, char** arguments) {
  if (count != 7) return 2;
  int threads = atoi(arguments[1]);
  memory_kib = (uint32_t)atoi(arguments[2]);
  passes = (uint32_t)atoi(arguments[3]);
  lanes = (uint32_t)atoi(arguments[4]);
  seconds = atof(arguments[5]);
  fresh = strcmp(arguments[6], "fresh") == 0;
  if (threads < 1 || threads > most_threads) return 2;
  pthread_t running[most_threads];
  for (int i = 0; i < threads; ++i) pthread_create(&running[i], NULL, work, &rates[i]);
  double sum = 0;
  for (int i = 0; i < threads; ++i) {
    pthread_join(running[i], NULL);
    sum += rates[i];
  }
  printf("%f\n", sum);
}
