#ifndef LOAD_SOCKET_H
#define LOAD_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

// Raises the limit of open files to the hard limit; ends the program with a sentence where that is too low.
void socket_require_fds(uint64_t count);

// A non-blocking TCP socket on its way to 127.0.0.1:port, or -1 and errno. TCP_NODELAY, cubic, and the source address of
// `turn`: 253 addresses in turn, so that the ports of one never run out.
int socket_connect(uint16_t port, uint64_t turn);

// The same once more with a socket whose connection both sides have ended, and whose options and registration with epoll
// stay: a third less work than a new socket, and the server sees no difference. False, and errno, where it fails.
bool socket_reconnect(int fd, uint16_t port, uint64_t turn);

// How many connections wait at the listening socket of that port for the server to accept them; 0 where that is unknown.
uint64_t socket_unaccepted(uint16_t port);

#endif
