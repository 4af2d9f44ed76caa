#include "gateway/publish/publisher.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "gateway/publish/asset_names.h"
#include "gateway/publish/durable_files.h"
#include "gateway/site/digest.h"
#include "gateway/site/release_folder.h"
#include "gateway/site/site.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockName = ".lock";
constexpr std::string_view kWorkPrefix = ".work-";
// A file of no content beside the release.
constexpr std::string_view kWithdrawnSuffix = ".withdrawn";

absl::Status of_system(const std::string& what, const std::error_code& error) {
  return error ? site_invalid(what + ": " + error.message()) : absl::OkStatus();
}

// Writes the files below `folder`, and has them and their names on the disk.
absl::Status write_files(const SiteFiles& files, const fs::path& folder) {
  std::set<fs::path> folders = {folder};
  for (const auto& [name, file] : files) {
    const fs::path path = folder / name.substr(1);
    if (absl::Status made = make_readable_folder(path.parent_path()); !made.ok()) return made;
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
  if (absl::Status made = make_readable_folder(settings.folder); !made.ok()) return made;
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

absl::StatusOr<std::string> Publisher::publish(const fs::path& site, WhenWithdrawn when) {
  const absl::StatusOr<SiteFiles> files = read_site_folder(site);
  if (!files.ok()) return files.status();
  if (absl::StatusOr<Site> made = Site::make(*files); !made.ok()) return made.status();
  if (absl::Status named = check_asset_names(*files); !named.ok()) return named;
  const std::string manifest = encode_manifest(make_manifest(*files));
  std::string id = sha256_hex(manifest);
  if (absl::StatusOr<ReleaseManifest> parsed = parse_manifest(manifest); !parsed.ok()) return parsed.status();

  absl::StatusOr<History> history = read_history();
  if (!history.ok()) return history.status();
  const absl::StatusOr<std::string> before = current_release(settings_.folder);
  const bool keeps_current = when == WhenWithdrawn::kKeepCurrent && is_withdrawn(id) && before.ok() && *before != id;
  if (keeps_current && check(*before).ok()) {
    settings_.note("the release " + id + " was rolled back from: " + *before + " is served on");
    return *before;
  }
  if (check(id).ok()) {
    if (absl::Status mended = mend_modes(settings_.folder / id); !mended.ok()) return mended;
  } else {
    if (absl::Status placed = place(id, manifest, *files); !placed.ok()) return placed;
    if (absl::Status checked = check(id); !checked.ok()) return checked;
  }
  if (absl::Status taken = take_back(id); !taken.ok()) return taken;
  // The one that is left is what a rollback leads back to.
  std::erase(history->ids, id);
  if (before.ok() && !before->empty() && *before != id) {
    std::erase(history->ids, *before);
    history->ids.push_back(*before);
  }
  history->ids.push_back(id);
  // Of a first release nobody has a page, and nothing is served before it.
  if (before.ok() && before->empty()) {
    if (absl::Status switched = switch_to(id); !switched.ok()) return switched;
    if (absl::Status written = write_history(history->ids); !written.ok()) return written;
  } else if (absl::Status switched = switch_over(history->ids, id); !switched.ok()) {
    return switched;
  }
  if (absl::Status removed = remove_old(std::move(history->ids), id); !removed.ok()) return removed;
  return id;
}

absl::StatusOr<std::string> Publisher::roll_back() {
  const absl::StatusOr<History> history = read_history();
  if (!history.ok()) return history.status();
  const absl::StatusOr<std::string> current = current_release(settings_.folder);
  if (!current.ok()) settings_.note(std::string(current.status().message()));
  const std::string left = current.value_or(std::string());
  absl::StatusOr<std::string> previous = release_before(history->ids, left);
  if (!previous.ok()) return previous;
  // Before the switch: whoever finds the old page again knows why.
  if (!left.empty()) {
    if (absl::Status marked = withdraw(left); !marked.ok()) return marked;
  }
  const absl::Status switched = history->is_rebuilt ? switch_over(history->ids, *previous) : switch_to(*previous);
  if (!switched.ok()) return switched;
  return previous;
}

absl::StatusOr<std::string> Publisher::release_before(const std::vector<std::string>& history,
                                                      const std::string& current) const {
  const auto found = std::find(history.begin(), history.end(), current);
  std::string damage;
  for (auto id = std::make_reverse_iterator(found); id != history.rend(); ++id) {
    if (is_withdrawn(*id)) continue;
    const absl::Status checked = check(*id);
    if (checked.ok()) return *id;
    damage = "; " + *id + ": " + std::string(checked.message());
    settings_.note("the release " + *id + " is damaged: " + std::string(checked.message()));
  }
  return site_invalid("there is no whole release before the current one" + damage);
}

absl::StatusOr<std::vector<PublishedRelease>> Publisher::list() const {
  const absl::StatusOr<History> history = read_history();
  if (!history.ok()) return history.status();
  const absl::StatusOr<std::string> current = current_release(settings_.folder);
  if (!current.ok()) settings_.note(std::string(current.status().message()));
  std::vector<PublishedRelease> releases;
  for (const std::string& id : history->ids) {
    releases.push_back({id, current.ok() && id == *current, is_withdrawn(id)});
  }
  return releases;
}

absl::StatusOr<Publisher::History> Publisher::read_history() const {
  absl::StatusOr<std::vector<std::string>> read = release_history(settings_.folder);
  if (read.ok()) return History{*std::move(read)};
  settings_.note(std::string(read.status().message()) + ": the releases that are whole stand for it");
  absl::StatusOr<std::vector<std::string>> whole = whole_releases();
  if (!whole.ok()) return whole.status();
  return History{*std::move(whole), true};
}

// In the order of their making.
absl::StatusOr<std::vector<std::string>> Publisher::whole_releases() const {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator entry(settings_.folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::string id = entry->path().filename().string();
    if (is_release_id(id) && check(id).ok()) found.emplace_back(entry->last_write_time(error), std::move(id));
  }
  if (error) return of_system("cannot read " + settings_.folder.string(), error);
  std::sort(found.begin(), found.end());
  std::vector<std::string> ids;
  for (auto& [made, id] : found) ids.push_back(std::move(id));
  return ids;
}

absl::Status Publisher::check(const std::string& id) const { return read_release(settings_.folder, id).status(); }

absl::Status Publisher::place(const std::string& id, const std::string& manifest, const SiteFiles& files) const {
  const fs::path work = work_path(id);
  if (absl::Status made = make_readable_folder(work / kSiteName); !made.ok()) return made;
  if (absl::Status written = write_files(files, work / kSiteName); !written.ok()) return written;
  if (absl::Status written = write_durable_file(work / kManifestName, manifest); !written.ok()) return written;
  if (absl::Status synced = sync_folder(work); !synced.ok()) return synced;
  return put_in_place(work, id);
}

// What has the name already is replaced. Where one of both is a folder, it makes room first: gateways have what they
// serve in memory.
absl::Status Publisher::put_in_place(const fs::path& work, std::string_view name) const {
  const fs::path place = settings_.folder / name;
  const fs::path damaged = work_path("damaged-" + std::string(name));
  std::error_code error;
  const fs::file_status there = fs::symlink_status(place, error);
  const bool makes_room =
      fs::exists(there) && (fs::is_directory(there) || fs::is_directory(fs::symlink_status(work, error)));
  if (makes_room) {
    if (absl::Status moved = replace_name(place, damaged); !moved.ok()) return moved;
  }
  if (absl::Status named = replace_name(work, place); !named.ok()) return named;
  if (absl::Status synced = sync_folder(settings_.folder); !synced.ok()) return synced;
  if (!makes_room) return absl::OkStatus();
  fs::remove_all(damaged, error);
  return of_system("cannot remove " + damaged.string(), error);
}

// Gateways know the release before it is current.
absl::Status Publisher::switch_over(const std::vector<std::string>& history, const std::string& id) const {
  if (absl::Status written = write_history(history); !written.ok()) return written;
  settings_.settle();
  return switch_to(id);
}

absl::Status Publisher::write_history(const std::vector<std::string>& ids) const {
  std::string text;
  for (const std::string& id : ids) text.append(id).append("\n");
  const fs::path work = work_path(kHistoryName);
  if (absl::Status written = write_durable_file(work, text); !written.ok()) return written;
  return put_in_place(work, kHistoryName);
}

absl::Status Publisher::switch_to(const std::string& id) const {
  const fs::path work = work_path(kCurrentName);
  std::error_code error;
  fs::create_symlink(id, work, error);
  if (error) return of_system("cannot make the link " + work.string(), error);
  return put_in_place(work, kCurrentName);
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
    if (absl::Status taken = take_back(id); !taken.ok()) return taken;
    if (!fs::exists(settings_.folder / id, error)) continue;
    if (absl::Status moved = replace_name(settings_.folder / id, work); !moved.ok()) return moved;
    fs::remove_all(work, error);
    if (error) return of_system("cannot remove " + work.string(), error);
  }
  return sync_folder(settings_.folder);
}

fs::path Publisher::mark_of(const std::string& id) const {
  return settings_.folder / std::string(id).append(kWithdrawnSuffix);
}

bool Publisher::is_withdrawn(const std::string& id) const {
  std::error_code error;
  return fs::exists(fs::symlink_status(mark_of(id), error));
}

absl::Status Publisher::withdraw(const std::string& id) const {
  if (is_withdrawn(id)) return absl::OkStatus();
  if (absl::Status written = write_durable_file(mark_of(id), {}); !written.ok()) return written;
  return sync_folder(settings_.folder);
}

absl::Status Publisher::take_back(const std::string& id) const {
  std::error_code error;
  if (!fs::remove(mark_of(id), error) && !error) return absl::OkStatus();
  return error ? of_system("cannot remove " + mark_of(id).string(), error) : sync_folder(settings_.folder);
}

}  // namespace parley::gateway
