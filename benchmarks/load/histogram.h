#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

// Each power of two has 128 buckets of equal width, so a bucket is never wider than 1/128 of its values. Below 128 ns there
// is one bucket for each nanosecond.
#define HISTOGRAM_BITS 7
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

struct histogram {
  uint64_t count, sum_ns, max_ns;
  uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);

// The highest value, in nanoseconds, of the bucket in which the share (0 to 1) of all values is reached.
uint64_t histogram_percentile(const struct histogram *histogram, double share);

// Prints the percentiles in microseconds, as JSON.
void histogram_print_summary(const struct histogram *histogram, FILE *out);

// Prints the buckets that are not empty as JSON: [[upper bound in microseconds, count], …].
void histogram_print_buckets(const struct histogram *histogram, FILE *out);

#endif
