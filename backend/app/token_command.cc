#include "backend/app/token_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "backend/postgres/api_token_rows.h"
#include "backend/postgres/connection_string.h"
#include "common/base64url.h"
#include "common/errors.h"
#include "common/hashing.h"
#include "common/text_rules.h"

namespace parley::backend {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kLabelCodePointsMax = 100;
constexpr int kLifetimeDaysMax = 3'650;
constexpr std::chrono::seconds kStatementTimeout{10};

using Options = std::map<std::string, std::string, std::less<>>;

struct Command {
  std::string_view verb;
  std::vector<std::string_view> options;
  int (*run)(const Options& options, const std::string& connection_string, RandomSource& random, std::ostream& output,
             std::ostream& remarks);
};

int fail(std::ostream& remarks, const absl::Status& status) {
  remarks << "chat-backend token: " << status.message() << '\n';
  return status.code() == absl::StatusCode::kInvalidArgument ? kUsage : kFailed;
}

absl::Status wrong(std::string_view message) {
  return make_error(absl::StatusCode::kInvalidArgument, "CONFIGURATION_INVALID", message);
}

std::string option(const Options& options, std::string_view key) {
  const auto found = options.find(key);
  return found == options.end() ? "" : found->second;
}

std::string make_token(RandomSource& random) {
  std::array<std::byte, kTokenBytes> bytes;
  random.fill(bytes);
  return std::string(kApiTokenPrefix) + encode_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

absl::StatusOr<NewApiToken> read_new_token(const Options& options) {
  NewApiToken token;
  token.label = option(options, "label");
  const std::size_t length = count_code_points(token.label);
  if (length == 0 || length > kLabelCodePointsMax) return wrong("--label must say whose it is, in 1 to 100 characters");
  token.scopes = absl::StrSplit(option(options, "scopes"), ',', absl::SkipEmpty());
  const auto is_scope = [](const std::string& name) { return name == "read" || name == "send" || name == "admin"; };
  if (token.scopes.empty() || !std::all_of(token.scopes.begin(), token.scopes.end(), is_scope)) {
    return wrong("--scopes must be some of read,send,admin");
  }
  token.author_id = option(options, "author_id");
  const bool sends = std::find(token.scopes.begin(), token.scopes.end(), "send") != token.scopes.end();
  const bool is_named = check_identifier(token.author_id) == TextProblem::kNone;
  if (sends && !is_named) return wrong("--author_id must say who its messages are from, 1 to 64 of [A-Za-z0-9_-]");
  if (!sends && !token.author_id.empty()) return wrong("--author_id is for the scope send");
  const std::string days = option(options, "days");
  int number = 0;
  if (days.empty()) return token;
  if (!absl::SimpleAtoi(days, &number) || number < 1 || number > kLifetimeDaysMax) {
    return wrong("--days must be a whole number from 1 to 3650");
  }
  token.lifetime_days = number;
  return token;
}

int create(const Options& options, const std::string& connection_string, RandomSource& random, std::ostream& output,
           std::ostream& remarks) {
  absl::StatusOr<NewApiToken> token = read_new_token(options);
  if (!token.ok()) return fail(remarks, token.status());
  const std::string secret = make_token(random);
  token->hash = sha256(secret);
  const absl::StatusOr<std::int64_t> token_id = create_api_token(connection_string, *token);
  if (!token_id.ok()) return fail(remarks, token_id.status());
  output << secret << '\n';
  remarks << "Token " << *token_id << " is made. It is shown only now: the database keeps nothing but its hash.\n";
  return 0;
}

int list(const Options& /*options*/, const std::string& connection_string, RandomSource& /*random*/,
         std::ostream& output, std::ostream& remarks) {
  const absl::StatusOr<std::vector<ApiTokenRow>> rows = list_api_tokens(connection_string);
  if (!rows.ok()) return fail(remarks, rows.status());
  output << absl::StreamFormat("%-6s %-16s %-20s %-17s %-17s %-17s %s\n", "ID", "SCOPES", "AUTHOR_ID", "CREATED (UTC)",
                               "EXPIRES", "REVOKED", "LABEL");
  for (const ApiTokenRow& row : *rows) {
    output << absl::StreamFormat("%-6d %-16s %-20s %-17s %-17s %-17s %s\n", row.token_id, row.scopes, row.author_id,
                                 row.create_time, row.expire_time, row.revoke_time, row.label);
  }
  return 0;
}

int revoke(const Options& options, const std::string& connection_string, RandomSource& /*random*/,
           std::ostream& /*output*/, std::ostream& remarks) {
  std::int64_t token_id = 0;
  if (!absl::SimpleAtoi(option(options, "id"), &token_id)) {
    return fail(remarks, wrong("--id must be a token's number, as `token list` shows it"));
  }
  const absl::Status revoked = revoke_api_token(connection_string, token_id);
  if (!revoked.ok()) return fail(remarks, revoked);
  remarks << "Token " << token_id << " is revoked; backends forget it within api_token_refresh_ms.\n";
  return 0;
}

const std::array kCommands = {
    Command{"create", {"label", "scopes", "author_id", "days"}, create},
    Command{"list", {}, list},
    Command{"revoke", {"id"}, revoke},
};

// Takes the command's own options, --key=value, out of `arguments`.
Options take_options(const Command& command, std::vector<std::string>& arguments) {
  Options options;
  std::vector<std::string> rest;
  for (std::string& argument : arguments) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(argument, absl::MaxSplits('=', 1));
    const auto named = std::find_if(command.options.begin(), command.options.end(), [&](std::string_view name) {
      return parts.first == absl::StrCat("--", std::string(name));
    });
    if (named == command.options.end() || argument.find('=') == std::string::npos) {
      rest.push_back(std::move(argument));
    } else {
      options[std::string(*named)] = parts.second;
    }
  }
  arguments = std::move(rest);
  return options;
}

}  // namespace

std::string token_command_help() {
  return "chat-backend token create --label=TEXT --scopes=read,send,admin [--author_id=ID] [--days=N]\n"
         "chat-backend token list\n"
         "chat-backend token revoke --id=N\n"
         "    bearer tokens of the gRPC API: read (GetMessages, Resume, Subscribe), send (SendMessage, as ID), admin\n"
         "    (all of ChatService, as anybody). They need database_url and no running backend.\n";
}

int run_token_command(std::vector<std::string> arguments, const Config::Environment& environment, RandomSource& random,
                      std::ostream& output, std::ostream& remarks) {
  const std::string verb = arguments.empty() ? "" : arguments.front();
  const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&verb](const Command& candidate) { return candidate.verb == verb; });
  if (command == kCommands.end()) {
    remarks << token_command_help();
    return kUsage;
  }
  arguments.erase(arguments.begin());
  const Options options = take_options(*command, arguments);
  const absl::StatusOr<Config> config = Config::load(Program::kBackend, arguments, environment);
  if (!config.ok()) return fail(remarks, config.status());
  if (config->text("database_url").empty()) return fail(remarks, wrong("give --database_url or DATABASE_URL"));
  const absl::StatusOr<std::string> connection_string =
      make_connection_string(config->text("database_url"), ConnectionUse::kRequests, kStatementTimeout);
  if (!connection_string.ok()) return fail(remarks, connection_string.status());
  return command->run(options, *connection_string, random, output, remarks);
}

}  // namespace parley::backend
