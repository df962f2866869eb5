#include "memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// proc(5): 5 resets the peak of the resident memory.
#define RESET_PEAK "5"

static uint64_t status_bytes(uint64_t pid, const char *name) {
  char path[40], line[256];
  snprintf(path, sizeof path, "/proc/%lu/status", pid);
  FILE *status = fopen(path, "r");
  if (status == NULL) return 0;
  uint64_t bytes = 0;
  size_t length = strlen(name);
  while (bytes == 0 && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, name, length) == 0) bytes = strtoul(line + length, NULL, 10) * 1024;
  }
  fclose(status);
  return bytes;
}

uint64_t memory_resident(uint64_t pid) { return status_bytes(pid, "VmRSS:"); }

uint64_t memory_peak(uint64_t pid) { return status_bytes(pid, "VmHWM:"); }

void memory_reset_peak(uint64_t pid) {
  char path[40];
  snprintf(path, sizeof path, "/proc/%lu/clear_refs", pid);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, RESET_PEAK, 1) < 0) { /* The peak since the start is then the larger one. */
  }
  close(fd);
}
