#ifndef LOAD_MODES_H
#define LOAD_MODES_H

#include "run.h"

// One function a mode; each fills run->window, run->tally and the histograms.

// echo and urgent
void run_closed_loop(struct run *run);
void run_stream(struct run *run);
void run_connect(struct run *run);
void run_rate(struct run *run);
void run_hold(struct run *run);

#endif
