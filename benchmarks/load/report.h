#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include "run.h"

// One line of JSON on standard output.
void report_print(const struct run *run);

#endif
