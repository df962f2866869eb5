#ifndef LOAD_CROWD_H
#define LOAD_CROWD_H

#include <stdint.h>

// What the mode `crowd` reports besides the latencies of the honest client.
struct crowd_report {
  // Complete requests of the crowd in the whole run, and complete answers; without reading there are no answers.
  uint64_t requests, answers;
  // How many clients of the crowd the server has closed.
  uint64_t closed;
  // The resident memory of the server before the flood, and its peak after that.
  uint64_t rest_bytes, peak_bytes;
};

#endif
