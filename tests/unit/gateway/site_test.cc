#include "gateway/site/site.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/errors.h"
#include "gateway/site/accept_encoding.h"
#include "gateway/web/responses.h"
#include "tests/support/temporary_folder.h"

namespace parley::gateway {
namespace {

namespace fs = std::filesystem;

TEST(AcceptEncoding, HasWeights) {
  EXPECT_EQ(coding_weight("br, gzip", "br"), 1000);
  EXPECT_EQ(coding_weight("gzip;q=0.5, BR ; q=0.25", "br"), 250);
  EXPECT_EQ(coding_weight("gzip", "br"), 0);
  EXPECT_EQ(coding_weight("*;q=0.1", "br"), 100);
  EXPECT_EQ(coding_weight("*, br;q=0", "br"), 0);
  EXPECT_EQ(coding_weight("", "identity"), 1000);
  EXPECT_EQ(coding_weight("*;q=0", "identity"), 0);
  EXPECT_EQ(coding_weight("identity;q=0", "identity"), 0);
  for (const char* broken : {"br;q=", "br;q=x", "br;q=2", "br;q=1.5", "br;q=0.1234", "br;x=1", "br;q=-1"}) {
    EXPECT_EQ(coding_weight(broken, "br"), 0) << broken;
  }
}

TEST(EtagMatch, ReadsLists) {
  EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"b\" , W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("*", "\"a\""));
  EXPECT_FALSE(etag_matches("", "\"a\""));
  EXPECT_FALSE(etag_matches("a", "\"a\""));
  EXPECT_FALSE(etag_matches("\"ab\"", "\"a\""));
}

class SiteTest : public testing::Test {
 protected:
  SiteTest() {
    write("index.html", std::string(500, 'i'));
    write("index.html.br", "br-index");
    write("index.html.gz", "gzip-index!");
    write("assets/app.0123abcd.wasm", "wasm");
    write("assets/app.0123abcd.wasm.br", "longer than the file itself");
    write("assets/app.0123abcd.js", "js");
    write("favicon.svg", "<svg/>");
    write("manifest.webmanifest", "{}");
    write("lonely.gz", "kept as it is");
    write(".secret", "hidden");
    write(".git/config", "hidden");
    fs::create_symlink("/etc/passwd", folder.file("link.txt"));
    absl::StatusOr<Site> loaded = Site::load(folder.path());
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    site = *std::move(loaded);
  }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.file(name), std::ios::binary) << text;
  }

  HttpResponse ask(http::verb method, const std::string& target) {
    HttpRequest request(method, target, 11);
    request.set(http::field::host, "localhost");
    for (const auto& [name, value] : headers) request.set(name, value);
    if (auto refusal = check_request(request)) return std::move(*refusal);
    return respond(request, site, [] { return absl::OkStatus(); });
  }
  HttpResponse get(const std::string& target) { return ask(http::verb::get, target); }

  static std::string body(const HttpResponse& response) {
    return {response.message.body().data(), response.message.body().size()};
  }

  const test::TemporaryFolder folder;
  Site site;
  std::vector<std::pair<std::string, std::string>> headers;
};

TEST_F(SiteTest, NeedsAFolderWithAnIndex) {
  EXPECT_EQ(error_reason(Site::load(folder.path() / "nowhere").status()), "SITE_INVALID");
  EXPECT_EQ(error_reason(Site::load(folder.path() / "assets").status()), "SITE_INVALID");
}

TEST_F(SiteTest, AnswersTheLobbyAndEveryRoomWithThePage) {
  for (const char* target : {"/", "/index.html", "/r/den", "/r/a-b_9?x=1", "/?room=x", "http://localhost/r/den"}) {
    const HttpResponse response = get(target);
    EXPECT_EQ(response.message.result(), http::status::ok) << target;
    EXPECT_EQ(body(response), std::string(500, 'i')) << target;
    EXPECT_EQ(response.message[http::field::cache_control], "no-cache");
    EXPECT_EQ(response.message[http::field::content_type], "text/html; charset=utf-8");
  }
}

TEST_F(SiteTest, FindsNothingByTricks) {
  for (const char* target : {"/r/Den",
                             "/r/",
                             "/r",
                             "/r/-x",
                             "/r/den/",
                             "/r/den/x",
                             "/../etc/passwd",
                             "/assets/../../etc/passwd",
                             "/assets/../index.html",
                             "/%2e%2e/etc/passwd",
                             "/..%2f..%2fetc/passwd",
                             "//etc/passwd",
                             "/./index.html",
                             "/index.html%00",
                             "/index.html/",
                             "/.secret",
                             "/.git/config",
                             "/link.txt",
                             "/assets",
                             "/assets/",
                             "/index.html.br",
                             "/index.html.gz",
                             "/nothing",
                             "/INDEX.HTML",
                             "\\index.html",
                             "/assets\\app.0123abcd.js",
                             "http://localhost/../x"}) {
    const HttpResponse response = get(target);
    EXPECT_TRUE(response.message.result() == http::status::not_found ||
                response.message.result() == http::status::bad_request)
        << target << " " << response.message.result();
  }
  EXPECT_EQ(body(get("/lonely.gz")), "kept as it is");
}

TEST_F(SiteTest, KeepsAssetsForEverAndAsksAgainForTheRest) {
  EXPECT_EQ(get("/assets/app.0123abcd.wasm").message[http::field::cache_control],
            "public, max-age=31536000, immutable");
  EXPECT_EQ(get("/favicon.svg").message[http::field::cache_control], "no-cache");
}

TEST_F(SiteTest, NamesTheTypes) {
  EXPECT_EQ(get("/assets/app.0123abcd.wasm").message[http::field::content_type], "application/wasm");
  EXPECT_EQ(get("/assets/app.0123abcd.js").message[http::field::content_type], "text/javascript; charset=utf-8");
  EXPECT_EQ(get("/favicon.svg").message[http::field::content_type], "image/svg+xml");
  EXPECT_EQ(get("/manifest.webmanifest").message[http::field::content_type], "application/manifest+json");
  EXPECT_EQ(content_type_of("x.unknown"), "application/octet-stream");
  EXPECT_EQ(content_type_of("x.css"), "text/css; charset=utf-8");
}

TEST_F(SiteTest, ChoosesTheCoding) {
  const auto coding = [this](const std::string& accept) {
    headers = {{"Accept-Encoding", accept}};
    const HttpResponse response = get("/");
    EXPECT_EQ(response.message[http::field::vary], "Accept-Encoding");
    return std::string(response.message[http::field::content_encoding]) + ":" + body(response).substr(0, 4);
  };
  EXPECT_EQ(coding("gzip, deflate, br"), "br:br-i");
  EXPECT_EQ(coding("gzip"), "gzip:gzip");
  EXPECT_EQ(coding("br;q=0.5, gzip;q=0.8, identity;q=0.1"), "gzip:gzip");
  EXPECT_EQ(coding("br;q=0, gzip;q=0"), ":iiii");
  EXPECT_EQ(coding("*"), "br:br-i");
  EXPECT_EQ(coding(""), ":iiii");
  headers = {{"Accept-Encoding", "br"}};
  EXPECT_EQ(body(get("/assets/app.0123abcd.wasm")), "wasm") << "a form that is longer than the file is not sent";
}

TEST_F(SiteTest, AnswersNotModifiedByAStrongEtagOfEachForm) {
  headers = {{"Accept-Encoding", "br"}};
  const std::string coded = std::string(get("/").message[http::field::etag]);
  headers = {};
  const std::string plain = std::string(get("/").message[http::field::etag]);
  EXPECT_EQ(plain.front(), '"');
  EXPECT_NE(plain, coded);
  headers = {{"If-None-Match", plain}};
  const HttpResponse known = get("/");
  EXPECT_EQ(known.message.result(), http::status::not_modified);
  EXPECT_EQ(known.message[http::field::etag], plain);
  EXPECT_EQ(known.message[http::field::cache_control], "no-cache");
  EXPECT_EQ(known.message[http::field::vary], "Accept-Encoding");
  EXPECT_EQ(known.message.count(http::field::content_length), 0U);
  headers = {{"If-None-Match", coded}};
  EXPECT_EQ(get("/").message.result(), http::status::ok);
}

TEST_F(SiteTest, AnswersHeadWithoutABody) {
  const HttpResponse response = ask(http::verb::head, "/");
  EXPECT_EQ(response.message.result(), http::status::ok);
  EXPECT_EQ(response.message[http::field::content_length], "500");
  EXPECT_EQ(body(response), "");
}

TEST_F(SiteTest, AnswersTheRangeThatIsAskedFor) {
  const std::string whole = body(get("/"));
  const std::string etag(get("/").message[http::field::etag]);
  EXPECT_EQ(get("/").message[http::field::accept_ranges], "bytes");
  headers = {{"Range", "bytes=2-5"}};
  const HttpResponse part = get("/");
  EXPECT_EQ(part.message.result(), http::status::partial_content);
  EXPECT_EQ(part.message[http::field::content_range], "bytes 2-5/500");
  EXPECT_EQ(part.message[http::field::content_length], "4");
  EXPECT_EQ(part.message[http::field::etag], etag);
  EXPECT_EQ(body(part), whole.substr(2, 4));
  headers = {{"Range", "bytes=500-"}};
  const HttpResponse behind = get("/");
  EXPECT_EQ(behind.message.result(), http::status::range_not_satisfiable);
  EXPECT_EQ(behind.message[http::field::content_range], "bytes */500");
  headers = {{"Range", "bytes=2-5"}, {"If-Range", etag}};
  EXPECT_EQ(get("/").message.result(), http::status::partial_content);
  headers = {{"Range", "bytes=2-5"}, {"If-Range", "\"another\""}};
  EXPECT_EQ(get("/").message.result(), http::status::ok);
  headers = {{"Range", "bytes=2-5"}, {"If-None-Match", etag}};
  EXPECT_EQ(get("/").message.result(), http::status::not_modified);
  headers = {{"Range", "bytes=2-5"}};
  const HttpResponse head = ask(http::verb::head, "/");
  EXPECT_EQ(head.message.result(), http::status::ok);
  EXPECT_EQ(head.message[http::field::content_length], "500");
}

TEST_F(SiteTest, CountsARangeInTheCodedForm) {
  headers = {{"Accept-Encoding", "br"}};
  const std::string coded = body(get("/"));
  headers = {{"Accept-Encoding", "br"}, {"Range", "bytes=1-"}};
  const HttpResponse part = get("/");
  EXPECT_EQ(part.message.result(), http::status::partial_content);
  EXPECT_EQ(part.message[http::field::content_encoding], "br");
  EXPECT_EQ(body(part), coded.substr(1));
}

TEST_F(SiteTest, SendsTheSecurityHeadersWithEverything) {
  for (const char* target : {"/", "/nothing", "/assets/app.0123abcd.js", "/healthz"}) {
    const auto response = get(target);
    const std::string policy(response.message["Content-Security-Policy"]);
    EXPECT_NE(policy.find("default-src 'none'"), std::string::npos) << target;
    EXPECT_NE(policy.find("require-trusted-types-for 'script'"), std::string::npos);
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe-inline"), std::string::npos);
    EXPECT_EQ(policy.find("'unsafe-eval'"), std::string::npos);
    EXPECT_EQ(response.message["X-Content-Type-Options"], "nosniff");
    EXPECT_EQ(response.message["Referrer-Policy"], "no-referrer");
    EXPECT_EQ(response.message["Cross-Origin-Opener-Policy"], "same-origin");
    EXPECT_EQ(response.message["Cross-Origin-Resource-Policy"], "same-origin");
    EXPECT_NE(response.message.count("Permissions-Policy"), 0U);
  }
}

TEST_F(SiteTest, AllowsThePagesOwnScriptsByTheirHash) {
  write("index.html", "<!doctype html><script>x</script><script src=\"/a.js\"></script><script>");
  site = *Site::load(folder.path());
  // printf x | openssl dgst -sha256 -binary | base64
  const std::string wanted =
      "script-src 'self' 'wasm-unsafe-eval' 'sha256-LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE='; ";
  headers = {{"Accept-Encoding", "identity"}};
  const HttpResponse page = get("/");
  EXPECT_EQ(std::string(page.message["Content-Security-Policy"]).find(wanted), 0U);
  // A page that is known is shown under the policy that comes now.
  headers.push_back({"If-None-Match", std::string(page.message[http::field::etag])});
  const HttpResponse known = get("/");
  EXPECT_EQ(known.message.result(), http::status::not_modified);
  EXPECT_EQ(known.message["Content-Security-Policy"], page.message["Content-Security-Policy"]);
  for (const char* other : {"/favicon.svg", "/nothing"}) {
    EXPECT_EQ(std::string(get(other).message["Content-Security-Policy"]).find("sha256"), std::string::npos) << other;
  }
}

TEST_F(SiteTest, RefusesOtherMethodsAndBodies) {
  for (const http::verb method : {http::verb::post, http::verb::put, http::verb::delete_, http::verb::options,
                                  http::verb::trace, http::verb::unknown}) {
    const HttpResponse response = ask(method, "/");
    EXPECT_EQ(response.message.result(), http::status::method_not_allowed) << method;
    EXPECT_EQ(response.message[http::field::allow], "GET, HEAD");
  }
  headers = {{"Content-Length", "3"}};
  EXPECT_EQ(get("/").message.result(), http::status::bad_request);
  headers = {{"Transfer-Encoding", "chunked"}};
  EXPECT_EQ(get("/").message.result(), http::status::bad_request);
  EXPECT_FALSE(get("/").message.keep_alive());
  headers = {{"Content-Length", "0"}};
  EXPECT_EQ(get("/").message.result(), http::status::ok);
  headers = {};
  EXPECT_EQ(get("/" + std::string(5'000, 'x')).message.result(), http::status::uri_too_long);
  EXPECT_EQ(get("*").message.result(), http::status::bad_request);
}

TEST_F(SiteTest, SaysASentenceWithoutASite) {
  site = Site();
  const HttpResponse response = get("/");
  EXPECT_EQ(response.message.result(), http::status::ok);
  EXPECT_NE(body(response).find("site_dir"), std::string::npos);
  EXPECT_EQ(get("/r/den").message.result(), http::status::not_found);
}

TEST(Responses, TellALongAddressFromALongHeader) {
  EXPECT_EQ(make_too_large_response("").message.result_int(), 414U);
  EXPECT_EQ(make_too_large_response("/").message.result_int(), 431U);
  EXPECT_FALSE(make_too_large_response("/").message.keep_alive());
}

TEST(Responses, MapRefusalsToStatuses) {
  const HttpRequest request(http::verb::get, "/ws", 11);
  const auto status_of = [&request](absl::StatusCode code, std::string_view reason) {
    return make_refusal(request, make_error(code, reason, "no")).message.result_int();
  };
  EXPECT_EQ(status_of(absl::StatusCode::kInvalidArgument, "ROOM_NAME_INVALID"), 400U);
  EXPECT_EQ(status_of(absl::StatusCode::kUnauthenticated, "X"), 401U);
  EXPECT_EQ(status_of(absl::StatusCode::kPermissionDenied, "ORIGIN_NOT_ALLOWED"), 403U);
  EXPECT_EQ(status_of(absl::StatusCode::kResourceExhausted, "TOO_MANY_CONNECTIONS"), 429U);
  EXPECT_EQ(status_of(absl::StatusCode::kResourceExhausted, "OVERLOADED"), 503U);
  EXPECT_EQ(status_of(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE"), 503U);
  EXPECT_EQ(status_of(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED"), 503U);
  EXPECT_EQ(status_of(absl::StatusCode::kInternal, "INTERNAL"), 500U);
  const HttpResponse refusal =
      make_refusal(request, make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "going"));
  EXPECT_EQ(*refusal.owned, R"({"code":"UNAVAILABLE","reason":"SHUTTING_DOWN","message":"going","retryable":true})");
  EXPECT_EQ(refusal.message[http::field::retry_after], "2");
}

}  // namespace
}  // namespace parley::gateway
