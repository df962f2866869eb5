#include "histogram.h"

#include <math.h>

static unsigned bucket_of(uint64_t ns) {
  if (ns < 1u << HISTOGRAM_BITS) return (unsigned)ns;
  unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - HISTOGRAM_BITS;
  return (shift << HISTOGRAM_BITS) + (unsigned)(ns >> shift);
}

static uint64_t highest_of(unsigned bucket) {
  if (bucket < 2u << HISTOGRAM_BITS) return bucket;
  unsigned shift = (bucket >> HISTOGRAM_BITS) - 1;
  uint64_t lead = bucket - ((uint64_t)shift << HISTOGRAM_BITS);
  return ((lead + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t ns) {
  histogram->count++;
  histogram->sum_ns += ns;
  if (ns > histogram->max_ns) histogram->max_ns = ns;
  histogram->buckets[bucket_of(ns)]++;
}

uint64_t histogram_percentile(const struct histogram *histogram, double share) {
  uint64_t rank = (uint64_t)ceil(share * (double)histogram->count);
  uint64_t seen = 0;
  for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += histogram->buckets[bucket];
    if (seen > 0 && seen >= rank) {
      uint64_t highest = highest_of(bucket);
      return highest < histogram->max_ns ? highest : histogram->max_ns;
    }
  }
  return 0;
}

static double microseconds(uint64_t ns) { return (double)ns / 1000; }

void histogram_print_summary(const struct histogram *histogram, FILE *out) {
  static const struct {
    const char *name;
    double share;
  } percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};
  fputc('{', out);
  for (unsigned index = 0; index < sizeof percentiles / sizeof *percentiles; index++) {
    double value = microseconds(histogram_percentile(histogram, percentiles[index].share));
    fprintf(out, "\"%s\":%.3f,", percentiles[index].name, value);
  }
  double mean = histogram->count > 0 ? microseconds(histogram->sum_ns) / (double)histogram->count : 0;
  fprintf(out, "\"max\":%.3f,\"mean\":%.3f,\"count\":%lu}", microseconds(histogram->max_ns), mean,
          histogram->count);
}

void histogram_print_buckets(const struct histogram *histogram, FILE *out) {
  const char *separator = "";
  fputc('[', out);
  for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    if (histogram->buckets[bucket] == 0) continue;
    fprintf(out, "%s[%.3f,%lu]", separator, microseconds(highest_of(bucket)), histogram->buckets[bucket]);
    separator = ",";
  }
  fputc(']', out);
}
