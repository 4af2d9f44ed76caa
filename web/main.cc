// The page's start: the model over the browser, the view over the model.
#include <memory>
#include <string>

#include "common/clock.h"
#include "web/dom/browser_document.h"
#include "web/dom/browser_local_time.h"
#include "web/dom/browser_navigation.h"
#include "web/model/query.h"
#include "web/model/room_chat.h"
#include "web/net/browser_location.h"
#include "web/net/browser_random.h"
#include "web/net/browser_signals.h"
#include "web/net/browser_storage.h"
#include "web/net/browser_timers.h"
#include "web/net/browser_transport.h"
#include "web/view/page_view.h"

namespace parley::web {
namespace {

// Every object of the page, in the order in which they need each other.
class Page {
 public:
  Page()
      : transport_(browser_socket_url()),
        chat_({transport_, storage_, timers_, clock_, random_}, room_of_path(browser_path())),
        view_(document_, chat_, time_, navigation_),
        signals_({[this](bool online) { chat_.set_online(online); },
                  [this](bool visible) {
                    if (visible) chat_.page_shown();
                  }}) {
    chat_.start(BrowserSignals::online());
  }

 private:
  SystemClock clock_;
  BrowserRandom random_;
  BrowserTimers timers_;
  BrowserStorage storage_;
  BrowserTransport transport_;
  BrowserDocument document_;
  BrowserLocalTime time_;
  BrowserNavigation navigation_;
  RoomChat chat_;
  PageView view_;
  BrowserSignals signals_;
};

}  // namespace
}  // namespace parley::web

int main() {
  // It lives until the browser drops the whole page: the browser's events come after main() has returned.
  static_cast<void>(std::make_unique<parley::web::Page>().release());
}
