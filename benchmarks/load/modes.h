#ifndef LOAD_MODES_H
#define LOAD_MODES_H

#include "run.h"

// There is one function for each mode. It fills run->window, run->tally and the histograms.

// echo and urgent
void run_closed_loop(struct run *run);
void run_stream(struct run *run);
void run_connect(struct run *run);
void run_rate(struct run *run);
void run_hold(struct run *run);
void run_crowd(struct run *run);

// Sends one message at a time on each connection, as fast as the server answers, and closes the connections after `ns`.
void closed_loop_warm_up(struct run *run, uint64_t ns);

#endif
