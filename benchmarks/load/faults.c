#include "faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fault_add(struct faults *faults, const char *format, ...) {
  if (faults->count < FAULTS_KEPT) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(faults->kept[faults->count], FAULT_LENGTH, format, arguments);
    va_end(arguments);
  }
  faults->count++;
}

void die(int code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(code);
}
