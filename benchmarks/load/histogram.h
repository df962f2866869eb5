#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

// Log-linear: each power of two has 128 buckets, so that none is wider than 1/128 of its values; below 128 ns a bucket a
// nanosecond.
#define HISTOGRAM_BITS 7
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

struct histogram {
  uint64_t count, sum_ns, max_ns;
  uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);

// The highest value of the bucket that holds the share (0 to 1) of all values, in nanoseconds.
uint64_t histogram_percentile(const struct histogram *histogram, double share);

// JSON: percentiles in microseconds.
void histogram_print_summary(const struct histogram *histogram, FILE *out);

// JSON: [[upper bound in microseconds, count], …] of the buckets in use.
void histogram_print_buckets(const struct histogram *histogram, FILE *out);

#endif
