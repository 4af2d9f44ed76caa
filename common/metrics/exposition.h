// The text in which Prometheus reads metrics (its exposition format, version 0.0.4).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/metrics/histogram.h"
#include "common/metrics/named_counters.h"

namespace parley {

inline constexpr std::string_view kExpositionContentType = "text/plain; version=0.0.4; charset=utf-8";

// Built at each scrape, on one thread.
class Exposition {
 public:
  enum class Type { kCounter, kGauge, kHistogram };
  struct Label {
    std::string_view name;
    std::string_view value;  // any UTF-8: it is escaped
  };
  using Labels = std::initializer_list<Label>;

  // Begins a family: the samples that follow are its own. Each family comes once.
  void family(Type type, std::string_view name, std::string_view help);
  void sample(std::uint64_t value, Labels labels = {});
  void sample(std::int64_t value, Labels labels = {});
  void sample(double value, Labels labels = {});
  void sample(const HistogramValue& value, Labels labels = {});
  // One sample a name, under `label`.
  void samples(const NamedCounters& counters, std::string_view label);

  // A family of one sample.
  void counter(std::string_view name, std::string_view help, std::uint64_t value);
  void gauge(std::string_view name, std::string_view help, std::int64_t value);
  void histogram(std::string_view name, std::string_view help, const HistogramValue& value);

  const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);

  std::string text_;
  std::string family_;
};

}  // namespace parley
