#ifndef LOAD_FAULTS_H
#define LOAD_FAULTS_H

#include <stdint.h>

#define FAULTS_KEPT 10
#define FAULT_LENGTH 160

// The errors of the connections while the load ran. All are counted, and the texts of the first few are kept.
struct faults {
  uint64_t count;
  char kept[FAULTS_KEPT][FAULT_LENGTH];
};

__attribute__((format(printf, 2, 3))) void fault_add(struct faults *faults, const char *format, ...);

// Ends the program with one sentence on standard error. Exit code 2 means that the arguments or the
// machine do not allow the run.
__attribute__((noreturn, format(printf, 2, 3))) void die(int code, const char *format, ...);

#endif
