#include "common/metrics/exposition.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/absl_view.h"

namespace parley {
namespace {

std::string_view type_name(Exposition::Type type) {
  switch (type) {
    case Exposition::Type::kCounter: return "counter";
    case Exposition::Type::kGauge: return "gauge";
    case Exposition::Type::kHistogram: return "histogram";
  }
  return "untyped";
}

enum class Quotes { kPlain, kEscaped };

void append_escaped(std::string& text, std::string_view value, Quotes quotes) {
  for (const char character : value) {
    switch (character) {
      case '\\': text += "\\\\"; break;
      case '\n': text += "\\n"; break;
      case '"': text += quotes == Quotes::kEscaped ? "\\\"" : "\""; break;
      default: text += character;
    }
  }
}

// Digits enough that no two bounds look alike, and none that are only the noise of a binary fraction.
std::string number(double value) { return absl::StrFormat("%.12g", value); }

}  // namespace

void Exposition::family(Type type, std::string_view name, std::string_view help) {
  family_ = name;
  absl::StrAppend(&text_, "# HELP ", family_, " ");
  append_escaped(text_, help, Quotes::kPlain);
  absl::StrAppend(&text_, "\n# TYPE ", family_, " ", to_absl(type_name(type)), "\n");
}

void Exposition::line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value) {
  absl::StrAppend(&text_, family_, to_absl(suffix));
  char before = '{';
  const auto add = [&](std::string_view name, std::string_view text) {
    text_ += before;
    absl::StrAppend(&text_, to_absl(name), "=\"");
    append_escaped(text_, text, Quotes::kEscaped);
    text_ += '"';
    before = ',';
  };
  for (const Label& label : labels) add(label.name, label.value);
  if (!bound.empty()) add("le", bound);
  if (before == ',') text_ += '}';
  absl::StrAppend(&text_, " ", to_absl(value), "\n");
}

void Exposition::sample(std::uint64_t value, Labels labels) { line("", labels, "", std::to_string(value)); }
void Exposition::sample(std::int64_t value, Labels labels) { line("", labels, "", std::to_string(value)); }
void Exposition::sample(double value, Labels labels) { line("", labels, "", number(value)); }

void Exposition::sample(const HistogramValue& value, Labels labels) {
  if (value.buckets == nullptr) return;
  const auto& bounds = value.buckets->bounds;
  std::uint64_t count = 0;
  for (std::size_t index = 0; index < bounds.size(); ++index) {
    count += value.counts[index];
    line("_bucket", labels, number(static_cast<double>(bounds[index]) * value.buckets->unit), std::to_string(count));
  }
  const std::string all = std::to_string(value.count());
  line("_bucket", labels, "+Inf", all);
  line("_sum", labels, "", number(static_cast<double>(value.sum) * value.buckets->unit));
  line("_count", labels, "", all);
}

void Exposition::samples(const NamedCounters& counters, std::string_view label) {
  for (std::size_t index = 0; index < counters.size(); ++index) {
    sample(counters.value(index), {{label, counters.name(index)}});
  }
}

void Exposition::counter(std::string_view name, std::string_view help, std::uint64_t value) {
  family(Type::kCounter, name, help);
  sample(value);
}

void Exposition::gauge(std::string_view name, std::string_view help, std::int64_t value) {
  family(Type::kGauge, name, help);
  sample(value);
}

void Exposition::histogram(std::string_view name, std::string_view help, const HistogramValue& value) {
  family(Type::kHistogram, name, help);
  sample(value);
}

}  // namespace parley
