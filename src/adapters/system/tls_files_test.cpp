// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/tls_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>

#include "adapters/system/files.h"
#include "adapters/system/process_usage.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

class TlsFileWatchTest : public testing::Test {
 protected:
  TlsFileWatchTest() {
    EXPECT_TRUE(write_file(files_.certificate, "old certificate"));
    EXPECT_TRUE(write_file(files_.key, "old key"));
  }

  const TempDirectory directory_;
  const TlsFiles files_{directory_.path() + "/tls.crt", directory_.path() + "/tls.key"};
};

TEST_F(TlsFileWatchTest, tells_of_new_contents) {
  std::promise<net::TlsSettings> told;
  const auto watch = TlsFileWatch::start(files_, 1ms, [&](Result<net::TlsSettings> now) {
    if (now && now->private_key_pem == "new key") told.set_value(*now);
  });
  ASSERT_TRUE(watch);
  ASSERT_TRUE(write_file(files_.key, "new key"));
  auto future = told.get_future();
  ASSERT_EQ(future.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(future.get().certificate_pem, "old certificate");
}

TEST_F(TlsFileWatchTest, tells_when_a_file_is_gone) {
  std::promise<Error> told;
  const auto watch = TlsFileWatch::start(
      files_, 1ms, [&](Result<net::TlsSettings> now) { told.set_value(now.error()); });
  ASSERT_TRUE(watch);
  ASSERT_EQ(::unlink(files_.certificate.c_str()), 0);
  auto future = told.get_future();
  ASSERT_EQ(future.wait_for(10s), std::future_status::ready);
  EXPECT_NE(future.get().message.find(files_.certificate), std::string::npos);
}

TEST_F(TlsFileWatchTest, is_silent_while_nothing_changes) {
  std::atomic<int> calls{0};
  {
    const auto watch =
        TlsFileWatch::start(files_, 1ms, [&](const Result<net::TlsSettings>&) { ++calls; });
    ASSERT_TRUE(watch);
    ASSERT_TRUE(read_tls_files(files_));
  }
  EXPECT_EQ(calls, 0);
}

TEST(ProcessUsage, is_that_of_a_process_that_runs) {
  const ProcessUsage usage = process_usage();
  EXPECT_GT(usage.cpu_seconds, 0.0);
  EXPECT_GT(usage.resident_bytes, 100'000U);
}

}  // namespace
}  // namespace gthulhu
