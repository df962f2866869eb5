#ifndef LOAD_SERVER_H
#define LOAD_SERVER_H

#include <stdint.h>

// Stops the server's process until `server_continue`, or until this process ends. After SIGKILL the server stays stopped.
void server_stop(uint64_t pid);

void server_continue(void);

#endif
