// The page's start: the model over the browser, the view over the model.
#include <memory>
#include <optional>

#include "common/clock.h"
#include "web/dom/browser_document.h"
#include "web/dom/browser_local_time.h"
#include "web/dom/browser_navigation.h"
#include "web/model/query.h"
#include "web/model/room_chat.h"
#include "web/net/browser_location.h"
#include "web/net/browser_page.h"
#include "web/net/browser_random.h"
#include "web/net/browser_signals.h"
#include "web/net/browser_storage.h"
#include "web/net/browser_timers.h"
#include "web/net/browser_transport.h"
#include "web/view/page_view.h"

namespace parley::web {
namespace {

// Every object of the page, in the order in which they need each other.
//
// The room's socket is asked for first. What index.html shows stays until the room is there, for drawing the page twice
// takes twice as long; but not longer than somebody waits without noticing.
class Page {
 public:
  Page()
      : transport_(browser_socket_url()),
        chat_({transport_, storage_, timers_, clock_, random_, page_}, room_of_path(browser_path())),
        drawing_(timers_) {
    drawing_.set(kDrawLatestMs, [this] { draw(); });
    chat_.start(BrowserSignals::online(), [this] {
      if (!view_) drawing_.set(0, [this] { draw(); });
    });
  }

 private:
  static constexpr int kDrawLatestMs = 150;

  void draw() {
    view_.emplace(document_, chat_, time_, navigation_);
    signals_.emplace(
        BrowserSignals::Handlers{[this](bool online) { chat_.set_online(online); },
                                 [this](bool visible) { visible ? chat_.page_shown() : chat_.page_hidden(); }});
  }

  SystemClock clock_;
  BrowserRandom random_;
  BrowserTimers timers_;
  BrowserStorage storage_;
  BrowserTransport transport_;
  BrowserPage page_;
  RoomChat chat_;
  Alarm drawing_;
  BrowserDocument document_;
  BrowserLocalTime time_;
  BrowserNavigation navigation_;
  std::optional<PageView> view_;
  std::optional<BrowserSignals> signals_;
};

}  // namespace
}  // namespace parley::web

int main() {
  // It lives until the browser drops the whole page: the browser's events come after main() has returned.
  static_cast<void>(std::make_unique<parley::web::Page>().release());
}
