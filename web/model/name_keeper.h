// Brings the server's idea of the person's name in line with the chosen one.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "web/model/ports.h"

namespace parley::web {

class NameKeeper {
 public:
  static constexpr int kRetryMs = 5'000;
  // Tries of one connection; the next connection brings the name in its address.
  static constexpr int kTriesMax = 5;
  using Transmit = std::function<void(const std::string& name)>;

  NameKeeper(Timers& timers, Transmit transmit) : transmit_(std::move(transmit)), wait_(timers) {}

  // The person's choice; empty for none.
  void choose(std::string_view name) {
    chosen_ = name;
    tries_ = 0;
    check();
  }
  // A connection stands, under `name`.
  void connected(std::string_view name) {
    confirmed_ = name;
    connected_ = true;
    tries_ = 0;
    check();
  }
  void disconnected() {
    connected_ = false;
    waiting_ = false;
    wait_.stop();
  }
  void accepted() {
    waiting_ = false;
    confirmed_ = asked_;
    check();
  }
  // It is somebody else's, or not ours to choose: the server's name for us stands.
  void taken() {
    waiting_ = false;
    chosen_ = confirmed_;
  }
  const std::string& confirmed() const { return confirmed_; }
  void refused() {
    waiting_ = false;
    wait_.set(kRetryMs, [this] { check(); });
  }
  // True while a name is asked for and not answered: messages sent now could still carry the old one.
  bool busy() const { return waiting_; }

 private:
  void check() {
    if (!connected_ || waiting_ || chosen_.empty() || chosen_ == confirmed_ || tries_ >= kTriesMax) return;
    ++tries_;
    waiting_ = true;
    asked_ = chosen_;
    transmit_(asked_);
  }

  Transmit transmit_;
  Alarm wait_;
  std::string chosen_;
  std::string asked_;
  std::string confirmed_;
  bool connected_ = false;
  bool waiting_ = false;
  int tries_ = 0;
};

}  // namespace parley::web
