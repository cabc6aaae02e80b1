// SPDX-License-Identifier: Apache-2.0
//
// The least that a server on this kernel can do for an answer: one epoll loop, one recv and one
// send for each request, whose bytes it does not even look at. What it needs is the kernel's part
// of every server's work (tests/bench/manager.py). It prints its port.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { body_size = 700 };  // head and body of ours together

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  int loop = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (bind(listener, (struct sockaddr*)&address, size) != 0 || listen(listener, 512) != 0 ||
      getsockname(listener, (struct sockaddr*)&address, &size) != 0 ||
      epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event) != 0) {
    perror("least_server");
    return 1;
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);

  char answer[1024];
  char request[4096];
  int length = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", body_size);
  memset(answer + length, 'x', body_size);
  length += body_size;
  for (;;) {
    struct epoll_event ready[128];
    int count = epoll_wait(loop, ready, 128, -1);
    for (int i = 0; i < count; ++i) {
      int one = 1;
      if (ready[i].data.fd == listener) {
        event.data.fd = accept(listener, NULL, NULL);
        setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event);
      } else if (recv(ready[i].data.fd, request, sizeof request, 0) <= 0) {
        close(ready[i].data.fd);
      } else if (send(ready[i].data.fd, answer, (size_t)length, MSG_NOSIGNAL) != length) {
        close(ready[i].data.fd);
      }
    }
  }
}
