// A server that listens and does nothing: what child_process_test.cc starts.
//   --port=N --port_file=FILE   as the servers have them
//   --deaf                      SIGTERM does not end it
//   --exit=N                    says why and ends at once
//   --unready                   never writes its port file
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "common/port_file.h"

namespace {

bool listen_on(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  const int enabled = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof(enabled));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
         listen(descriptor, SOMAXCONN) == 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
  int port = 0;
  std::string port_file;
  bool is_ready = true;
  for (int index = 1; index < argument_count; ++index) {
    const std::string_view argument = arguments[index];
    const std::string value(argument.substr(argument.find('=') + 1));
    if (argument.starts_with("--port=")) port = std::atoi(value.c_str());
    if (argument.starts_with("--port_file=")) port_file = value;
    if (argument == "--unready") is_ready = false;
    if (argument == "--deaf") std::signal(SIGTERM, SIG_IGN);
    if (argument.starts_with("--exit=")) {
      std::cerr << "this is why\n";
      return std::atoi(value.c_str());
    }
  }
  const char* const word = std::getenv("SMALL_SERVER_WORD");
  std::cout << "the word is " << (word == nullptr ? "unknown" : word) << std::endl;
  if (!listen_on(port)) return EXIT_FAILURE;
  if (is_ready && !parley::write_port_file(port_file, port).ok()) return EXIT_FAILURE;
  while (true) pause();
}
