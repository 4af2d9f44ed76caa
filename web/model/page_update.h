// Gets a newer version of the page when the server has one: by itself when that disturbs nobody, else it is offered.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/random.h"
#include "web/model/ports.h"

namespace parley::web {

class PageUpdate {
 public:
  // All open pages hear of a release in one moment: each waits a time of chance up to this, so that they do not all
  // come in the next one.
  static constexpr int kSpreadMs = 10'000;
  // While something would be lost.
  static constexpr int kAgainMs = 5'000;

  // How the page is being used.
  enum class Use {
    kIdle,     // loading it anew takes nothing from anybody
    kBusy,     // somebody writes or reads back, or something is unsent
    kUnsaved,  // something that was written would be lost
  };

  // `use` is asked before anything is done; `changed` is called when offered() has. Arguments outlive the object.
  PageUpdate(PageSource& page, Timers& timers, RandomSource& random, std::function<Use()> use,
             std::function<void()> changed);

  // The server serves this version; empty when it does not say.
  void told(std::string_view version);
  // A newer version waits for the person to want it.
  bool offered() const { return offered_; }
  // The person wants it.
  void accept();
  // Nobody looks at the page.
  void page_hidden();

 private:
  void look();
  void look_in(int delay_ms);
  void offer(bool offered);

  PageSource& page_;
  RandomSource& random_;
  std::function<Use()> use_;
  std::function<void()> changed_;
  Alarm alarm_;
  std::string wanted_;  // empty when this page is the newest
  bool offered_ = false;
};

}  // namespace parley::web
