// SPDX-License-Identifier: Apache-2.0
//
// Puts load on a server and takes as little as possible from it: one thread, requests that are made
// before (tests/bench/manager_load.py). They come from standard input, each ended by a NUL.
//
// http_load PORT parallel CONNECTIONS WARM_UP_SECONDS SECONDS
//   The one request on many connections, on each again as soon as it is answered; then it waits for
//   the last answers. Prints how many came in the SECONDS after the warm-up, and what CPU time all
//   of it took here.
// http_load PORT paced INTERVAL_US COUNT
//   The requests in turns at fixed times on one kept connection. Prints a line for each: how many
//   microseconds after its time it was answered, and how late this program itself was to send it (0
//   when the answer before came too late: that is the server's).
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { requests_room = 1 << 20, most_connections = 1024 };

struct client {
  int socket;
  char* answer;
  size_t room;
  size_t size;  // of what has come of the answer
};

static char requests[requests_room + 1];
static size_t requests_size;

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void refuse(const char* what) {
  fprintf(stderr, "http_load: %s\n", what);
  exit(1);
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void sleep_until(double when) {
  struct timespec then = {.tv_sec = (time_t)when};
  then.tv_nsec = (long)((when - (double)then.tv_sec) * 1e9);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) != 0) {
  }
}

static void read_requests(void) {
  requests_size = fread(requests, 1, sizeof requests, stdin);
  if (requests_size == 0 || requests_size > requests_room || requests[requests_size - 1] != '\0') {
    refuse("standard input must have requests, each ended by a NUL, and at most a MiB of them");
  }
}

static struct client connect_to(int port, size_t room) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int one = 1;
  struct client client = {socket(AF_INET, SOCK_STREAM, 0), malloc(room), room, 0};
  if (connect(client.socket, (struct sockaddr*)&address, sizeof address) != 0) fail("connect");
  setsockopt(client.socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return client;
}

static void send_request(struct client* client, const char* request) {
  for (size_t left = strlen(request); left > 0;) {
    ssize_t sent = send(client->socket, request, left, MSG_NOSIGNAL);
    if (sent <= 0) fail("send");
    request += sent;
    left -= (size_t)sent;
  }
  client->size = 0;
}

// Takes what is there. Whether the answer is complete now; one without status 200 ends the program.
static int receive(struct client* client) {
  size_t room = client->room - 1 - client->size;
  if (room == 0) refuse("an answer is longer than expected");
  ssize_t got = recv(client->socket, client->answer + client->size, room, 0);
  if (got < 0) fail("recv");
  if (got == 0) refuse("the server closed a connection");
  client->size += (size_t)got;
  client->answer[client->size] = '\0';
  const char* body = strstr(client->answer, "\r\n\r\n");
  if (body == NULL) return 0;
  body += 4;
  static const char field[] = "\r\nContent-Length:";
  const char* length = strcasestr(client->answer, field);
  if (length == NULL || length > body || strncmp(client->answer, "HTTP/1.1 200", 12) != 0) {
    fprintf(stderr, "http_load: unexpected answer: %.1000s\n", client->answer);
    exit(1);
  }
  size_t head_size = (size_t)(body - client->answer);
  return client->size >= head_size + strtoul(length + sizeof field - 1, NULL, 10);
}

static void parallel(int port, int connections, double warm_up, double seconds) {
  static struct client clients[most_connections];
  if (connections < 1 || connections > most_connections) refuse("too many connections");
  int loop = epoll_create1(0);
  for (int i = 0; i < connections; ++i) {
    clients[i] = connect_to(port, 64 * 1024);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, clients[i].socket, &event) != 0) fail("epoll_ctl");
  }
  double begin = seconds_now() + warm_up;
  double end = begin + seconds;
  for (int i = 0; i < connections; ++i) send_request(&clients[i], requests);

  long answered = 0;
  for (int waiting = connections; waiting > 0;) {
    struct epoll_event ready[64];
    int events = epoll_wait(loop, ready, 64, 60000);
    if (events == 0) refuse("nothing was answered for a minute");
    double now = seconds_now();
    for (int i = 0; i < events; ++i) {
      struct client* client = ready[i].data.ptr;
      if (!receive(client)) continue;
      answered += now >= begin && now < end;
      if (now < end) {
        send_request(client, requests);
      } else {
        --waiting;
      }
    }
  }
  printf("%ld %f\n", answered, (double)clock() / CLOCKS_PER_SEC);
}

static void paced(int port, double interval, long count) {
  struct times {
    int answered;
    int late;
  }* times = malloc(sizeof *times * (size_t)count);
  memset(times, 0, sizeof *times * (size_t)count);  // its pages are there before the clock runs
  prctl(PR_SET_TIMERSLACK, 1UL);
  struct client client = connect_to(port, 4 << 20);
  double begin = seconds_now() + interval;
  const char* next = requests;
  for (long i = 0; i < count; ++i) {
    double due = begin + (double)i * interval;
    if (seconds_now() < due) {
      sleep_until(due);
      times[i].late = (int)((seconds_now() - due) * 1e6);
    }
    send_request(&client, next);
    while (!receive(&client)) {
    }
    times[i].answered = (int)((seconds_now() - due) * 1e6);
    next += strlen(next) + 1;
    if (next == requests + requests_size) next = requests;
  }
  for (long i = 0; i < count; ++i) printf("%d %d\n", times[i].answered, times[i].late);
}

int main(int count, char** arguments) {
  read_requests();
  if (count == 6 && strcmp(arguments[2], "parallel") == 0) {
    parallel(atoi(arguments[1]), atoi(arguments[3]), atof(arguments[4]), atof(arguments[5]));
  } else if (count == 5 && strcmp(arguments[2], "paced") == 0) {
    paced(atoi(arguments[1]), atof(arguments[3]) * 1e-6, atol(arguments[4]));
  } else {
    refuse("wrong arguments");
  }
  return 0;
}
