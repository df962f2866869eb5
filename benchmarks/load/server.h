#ifndef LOAD_SERVER_H
#define LOAD_SERVER_H

#include <stdint.h>

// Stops the server's process until `server_go_on`, or until this one ends in any way but SIGKILL.
void server_stop(uint64_t pid);

void server_go_on(void);

#endif
