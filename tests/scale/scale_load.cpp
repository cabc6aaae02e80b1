// SPDX-License-Identifier: Apache-2.0
//
// scale_load NODES PODS GROUPS POD_FILE PUBLIC_KEY_FILE: a cluster for a manager under load, on one
// thread: the Kubernetes API and the decision makers of all nodes, each on a port of the loopback
// address. The first line that it prints says where the API is; what it is told and answers then is
// in control.h. It ends with standard input.
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/scale/control.h"

namespace gthulhu::scale {
namespace {

namespace asio = boost::asio;

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!text.empty()) return text;
  std::fprintf(stderr, "scale_load: cannot read %s\n", path);
  std::exit(2);
}

net::Awaitable<> obey(asio::posix::stream_descriptor* input,
                      Control* control,
                      net::TaskGroup* others,
                      asio::io_context* context) {
  std::string buffer;
  for (;;) {
    const auto space = asio::dynamic_buffer(buffer);
    const auto outcome = co_await asio::async_read_until(*input, space, '\n', net::as_tuple);
    if (std::get<0>(outcome)) break;
    std::string line = buffer.substr(0, std::get<1>(outcome));
    buffer.erase(0, line.size());
    const std::string said = co_await control->answer(std::move(line));
    std::printf("%s\n", said.c_str());
    std::fflush(stdout);
  }
  others->cancel();
  others->when_empty([context] { context->stop(); });
}

int run(char** arguments) {
  const Sizes sizes{std::strtoul(arguments[1], nullptr, 10),
                    std::strtoul(arguments[2], nullptr, 10),
                    std::strtoul(arguments[3], nullptr, 10)};
  Result<PodTemplate> pod_template = PodTemplate::parse(text_of(arguments[4]));
  if (!pod_template) {
    std::fprintf(stderr, "scale_load: %s\n", pod_template.error().text().c_str());
    return 2;
  }
  const std::string public_key = text_of(arguments[5]);
  asio::io_context context{1};
  const net::Executor executor = context.get_executor();
  const auto report = [](const Error& error) {
    std::fprintf(stderr, "scale_load: %s\n", error.text().c_str());
  };
  net::TaskGroup tasks(executor, report);
  Fleet fleet(executor, tasks, sizes.nodes, public_key);
  SimulatedCluster cluster(sizes, std::move(*pod_template), fleet.ports());
  ClusterService service(executor, cluster);
  const HttpPort port(executor, tasks, service);
  ExpectedSets sets(cluster);
  Churn churn(executor, cluster, fleet, sets);
  Control control({executor, tasks, cluster, service, sets, fleet, churn});
  net::TaskGroup standard_input(executor, report);
  asio::posix::stream_descriptor input(context, 0);
  standard_input.spawn(obey(&input, &control, &tasks, &context));
  std::printf("{\"api_port\":%u}\n", static_cast<unsigned>(port.port()));
  std::fflush(stdout);
  context.run();
  std::fflush(stdout);
  std::_Exit(0);  // what still waits need not be ended one by one
}

}  // namespace
}  // namespace gthulhu::scale

int main(int count, char** arguments) {
  if (count == 6) return gthulhu::scale::run(arguments);
  std::fprintf(stderr, "usage: scale_load NODES PODS GROUPS POD_FILE PUBLIC_KEY_FILE\n");
  return 2;
}
