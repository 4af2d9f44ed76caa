#include "gateway/publish/publisher.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "gateway/publish/durable_files.h"
#include "gateway/site/digest.h"
#include "gateway/site/release_folder.h"
#include "gateway/site/site.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockName = ".lock";
constexpr std::string_view kWorkPrefix = ".work-";

absl::Status of_system(const std::string& what, const std::error_code& error) {
  return error ? site_invalid(what + ": " + error.message()) : absl::OkStatus();
}

// Writes the files below `folder`, and has them and their names on the disk.
absl::Status write_files(const SiteFiles& files, const fs::path& folder) {
  std::set<fs::path> folders = {folder};
  for (const auto& [name, file] : files) {
    const fs::path path = folder / name.substr(1);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return of_system("cannot make " + path.parent_path().string(), error);
    for (fs::path part = path.parent_path(); part != folder; part = part.parent_path()) folders.insert(part);
    if (absl::Status written = write_durable_file(path, file.bytes); !written.ok()) return written;
  }
  for (const fs::path& made : folders) {
    if (absl::Status synced = sync_folder(made); !synced.ok()) return synced;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Publisher> Publisher::open(Settings settings) {
  constexpr int kOwnersOnly = 0600;
  std::error_code error;
  fs::create_directories(settings.folder, error);
  if (error) return of_system("cannot make the folder " + settings.folder.string(), error);
  const fs::path path = settings.folder / kLockName;
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnersOnly));
  int locked = -1;
  while (lock.get() >= 0 && (locked = flock(lock.get(), LOCK_EX)) != 0 && errno == EINTR) continue;
  if (locked != 0) return of_system("cannot lock " + path.string(), {errno, std::system_category()});
  Publisher publisher(std::move(settings), std::move(lock));
  if (absl::Status removed = publisher.remove_leftovers(); !removed.ok()) return removed;
  return publisher;
}

Publisher::Publisher(Settings settings, Descriptor lock) : settings_(std::move(settings)), lock_(std::move(lock)) {}

// Of a publisher that was ended on its way.
absl::Status Publisher::remove_leftovers() const {
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(settings_.folder, error)) {
    if (entry.path().filename().string().starts_with(kWorkPrefix)) leftovers.push_back(entry.path());
  }
  for (const fs::path& leftover : leftovers) {
    if (!error) fs::remove_all(leftover, error);
  }
  return of_system("cannot clear " + settings_.folder.string(), error);
}

fs::path Publisher::work_path(std::string_view name) const {
  return settings_.folder / std::string(kWorkPrefix).append(name);
}

absl::StatusOr<std::string> Publisher::publish(const fs::path& site) {
  const absl::StatusOr<SiteFiles> files = read_site_folder(site);
  if (!files.ok()) return files.status();
  if (absl::StatusOr<Site> made = Site::make(*files); !made.ok()) return made.status();
  const std::string manifest = encode_manifest(make_manifest(*files));
  std::string id = sha256_hex(manifest);
  if (absl::StatusOr<ReleaseManifest> parsed = parse_manifest(manifest); !parsed.ok()) return parsed.status();

  absl::StatusOr<std::vector<std::string>> history = release_history(settings_.folder);
  if (!history.ok()) return history.status();
  const absl::StatusOr<std::string> before = current_release(settings_.folder);
  if (!check(id).ok()) {
    if (absl::Status placed = place(id, manifest, *files); !placed.ok()) return placed;
    if (absl::Status checked = check(id); !checked.ok()) return checked;
  }
  // The one that is left is what a rollback leads back to.
  std::erase(*history, id);
  if (before.ok() && !before->empty() && *before != id) {
    std::erase(*history, *before);
    history->push_back(*before);
  }
  history->push_back(id);
  // Of a first release nobody has a page, and nothing is served before it.
  const bool is_first = before.ok() && before->empty();
  if (is_first) {
    if (absl::Status switched = switch_to(id); !switched.ok()) return switched;
  }
  if (absl::Status written = write_history(*history); !written.ok()) return written;
  if (!is_first) {
    settings_.settle();
    if (absl::Status switched = switch_to(id); !switched.ok()) return switched;
  }
  if (absl::Status removed = remove_old(*std::move(history), id); !removed.ok()) return removed;
  return id;
}

absl::StatusOr<std::string> Publisher::roll_back() {
  const absl::StatusOr<std::vector<std::string>> history = release_history(settings_.folder);
  if (!history.ok()) return history.status();
  const absl::StatusOr<std::string> current = current_release(settings_.folder);
  if (!current.ok()) return current.status();
  const auto found = std::find(history->begin(), history->end(), *current);
  if (found == history->end() || found == history->begin()) {
    return site_invalid("there is no release before the current one");
  }
  const std::string& previous = *std::prev(found);
  if (absl::Status checked = check(previous); !checked.ok()) return checked;
  if (absl::Status switched = switch_to(previous); !switched.ok()) return switched;
  return previous;
}

absl::StatusOr<std::vector<PublishedRelease>> Publisher::list() const {
  const absl::StatusOr<std::vector<std::string>> history = release_history(settings_.folder);
  if (!history.ok()) return history.status();
  const absl::StatusOr<std::string> current = current_release(settings_.folder);
  if (!current.ok()) return current.status();
  std::vector<PublishedRelease> releases;
  for (const std::string& id : *history) releases.push_back({id, id == *current});
  return releases;
}

absl::Status Publisher::check(const std::string& id) const { return read_release(settings_.folder, id).status(); }

absl::Status Publisher::place(const std::string& id, const std::string& manifest, const SiteFiles& files) const {
  const fs::path work = work_path(id);
  std::error_code error;
  fs::create_directories(work / kSiteName, error);
  if (error) return of_system("cannot make " + work.string(), error);
  if (absl::Status written = write_files(files, work / kSiteName); !written.ok()) return written;
  if (absl::Status written = write_durable_file(work / kManifestName, manifest); !written.ok()) return written;
  if (absl::Status synced = sync_folder(work); !synced.ok()) return synced;
  // A damaged one of that name makes room. Gateways that serve it have it in memory.
  const fs::path release = settings_.folder / id;
  const fs::path damaged = work_path("damaged-" + id);
  if (fs::exists(fs::symlink_status(release, error))) {
    if (absl::Status moved = replace_name(release, damaged); !moved.ok()) return moved;
  }
  if (absl::Status named = replace_name(work, release); !named.ok()) return named;
  if (absl::Status synced = sync_folder(settings_.folder); !synced.ok()) return synced;
  fs::remove_all(damaged, error);
  return of_system("cannot remove " + damaged.string(), error);
}

absl::Status Publisher::write_history(const std::vector<std::string>& ids) const {
  std::string text;
  for (const std::string& id : ids) text.append(id).append("\n");
  const fs::path work = work_path(kHistoryName);
  if (absl::Status written = write_durable_file(work, text); !written.ok()) return written;
  if (absl::Status named = replace_name(work, settings_.folder / kHistoryName); !named.ok()) return named;
  return sync_folder(settings_.folder);
}

absl::Status Publisher::switch_to(const std::string& id) const {
  const fs::path work = work_path(kCurrentName);
  std::error_code error;
  fs::create_symlink(id, work, error);
  if (error) return of_system("cannot make the link " + work.string(), error);
  if (absl::Status named = replace_name(work, settings_.folder / kCurrentName); !named.ok()) return named;
  return sync_folder(settings_.folder);
}

absl::Status Publisher::remove_old(std::vector<std::string> history, const std::string& current) const {
  std::vector<std::string> old;
  while (history.size() > settings_.kept + 1 && history.front() != current) {
    old.push_back(history.front());
    history.erase(history.begin());
  }
  if (old.empty()) return absl::OkStatus();
  if (absl::Status written = write_history(history); !written.ok()) return written;
  for (const std::string& id : old) {
    std::error_code error;
    const fs::path work = work_path("old-" + id);
    if (!fs::exists(settings_.folder / id, error)) continue;
    if (absl::Status moved = replace_name(settings_.folder / id, work); !moved.ok()) return moved;
    fs::remove_all(work, error);
    if (error) return of_system("cannot remove " + work.string(), error);
  }
  return sync_folder(settings_.folder);
}

}  // namespace parley::gateway
