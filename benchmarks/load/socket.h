#ifndef LOAD_SOCKET_H
#define LOAD_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

// Raises the limit of open files to the hard limit. Ends the program with a sentence when that is too low.
void socket_require_fds(uint64_t count);

// A non-blocking TCP socket that connects to 127.0.0.1:port, with TCP_NODELAY and cubic; -1 and errno after a failure. `turn`
// chooses one of 253 source addresses, so that no address runs out of ports.
int socket_connect(uint16_t port, uint64_t turn);

// Connects a socket again whose connection both sides have ended. It keeps its options and its registration with epoll, which
// is a third less work than a new socket. The server sees no difference. Returns false and sets errno after a failure.
bool socket_reconnect(int fd, uint16_t port, uint64_t turn);

// How many connections the server has not accepted yet from the listening socket of the port; 0 when that is unknown.
uint64_t socket_unaccepted(uint16_t port);

// How many bytes wait in the receive queues of all connections of the port that the server has accepted.
uint64_t socket_unread(uint16_t port);

#endif
