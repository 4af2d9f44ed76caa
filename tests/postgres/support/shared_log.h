// A logger's sink that can be read while other threads write to it.
#pragma once

#include <mutex>
#include <ostream>
#include <streambuf>
#include <string>

namespace parley::backend {

class SharedLog final : private std::streambuf, public std::ostream {
 public:
  SharedLog() : std::ostream(static_cast<std::streambuf*>(this)) {}

  std::string text() const {
    const std::scoped_lock lock(mutex_);
    return text_;
  }
  // How often `part` stands in it.
  std::size_t count(const std::string& part) const {
    const std::string all = text();
    std::size_t found = 0;
    for (std::size_t at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) ++found;
    return found;
  }

 private:
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    const std::scoped_lock lock(mutex_);
    text_.append(bytes, static_cast<std::size_t>(size));
    return size;
  }
  int overflow(int character) override {
    const std::scoped_lock lock(mutex_);
    text_ += static_cast<char>(character);
    return character;
  }

  mutable std::mutex mutex_;
  std::string text_;
};

}  // namespace parley::backend
