#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include "run.h"

// Prints one line of JSON to standard output.
void report_print(const struct run *run);

#endif
