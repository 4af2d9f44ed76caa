#include "gateway/site/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "gateway/site/site_files.h"

namespace parley::gateway {

absl::StatusOr<FolderWatch> FolderWatch::open(const std::filesystem::path& folder) {
  FolderWatch watch(folder, Descriptor(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
                    Descriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
  if (watch.wakes_.get() < 0) return site_invalid("cannot watch: " + std::system_category().message(errno));
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return site_invalid("there is no folder " + folder.string());
  watch.watch();
  return watch;
}

FolderWatch::FolderWatch(std::filesystem::path folder, Descriptor changes, Descriptor wakes)
    : folder_(std::move(folder)), changes_(std::move(changes)), wakes_(std::move(wakes)) {}

void FolderWatch::watch() {
  watch_ = inotify_add_watch(
      changes_.get(), folder_.c_str(),
      IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_ONLYDIR);
}

void FolderWatch::wait(std::chrono::milliseconds limit) {
  // Another folder may have taken the place of one that was moved away.
  if (watch_ < 0) watch();
  std::array<pollfd, 2> waiting = {pollfd{changes_.get(), POLLIN, 0}, pollfd{wakes_.get(), POLLIN, 0}};
  if (poll(waiting.data(), waiting.size(), static_cast<int>(limit.count())) <= 0) return;
  if ((waiting[0].revents & POLLIN) != 0) read_changes();
  eventfd_t wakes = 0;
  if ((waiting[1].revents & POLLIN) != 0) eventfd_read(wakes_.get(), &wakes);
}

void FolderWatch::wake() {
  // It fails only when there are wakes enough.
  eventfd_write(wakes_.get(), 1);
}

// Which names they are about does not count: whoever waits looks at the whole folder.
void FolderWatch::read_changes() {
  alignas(inotify_event) std::array<char, 16'384> buffer;
  for (;;) {
    const ssize_t bytes = read(changes_.get(), buffer.data(), buffer.size());
    if (bytes <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(bytes);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof(inotify_event) + event->len;
      if (event->wd != watch_) continue;
      if ((event->mask & IN_MOVE_SELF) != 0) inotify_rm_watch(changes_.get(), std::exchange(watch_, -1));
      if ((event->mask & IN_IGNORED) != 0) watch_ = -1;
    }
  }
}

}  // namespace parley::gateway
