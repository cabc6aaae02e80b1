// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/kubeconfig.h"

#include <filesystem>

#include "adapters/kube/small_file.h"
#include "base/base64.h"
#include "base/text.h"

namespace gthulhu {
namespace {

Error invalid(const std::string& file, const std::string& what) {
  return {Errc::invalid_argument, file + ": " + what, ""};
}

// "a, b, c", of all entries of the list.
Result<std::string> names_in(const YamlFields& document, std::string_view list) {
  constexpr std::size_t names_most = 50;
  std::vector<std::string> names;
  for (const YamlFields& entry : TRY(document.each(list))) {
    if (names.size() == names_most) {
      names.emplace_back("…");
      break;
    }
    names.push_back(TRY(entry.text("name")));
  }
  return names.empty() ? "none" : join(names, ", ");
}

// The entry of that name in the list `kind`s; its fields are in its field `kind`.
Result<YamlFields> entry_named(const YamlFields& document,
                               const std::string& kind,
                               const std::string& name,
                               const std::string& wanted_by) {
  std::optional<YamlFields> found;
  for (const YamlFields& entry : TRY(document.each(kind + "s"))) {
    if (TRY(entry.text("name")) != name) continue;
    if (found) return invalid(document.file(), "there are two " + kind + "s \"" + name + "\"");
    found = TRY(entry.fields(kind));
  }
  if (found) return *std::move(found);
  return invalid(document.file(), "there is no " + kind + " \"" + name + "\"" + wanted_by + "; " +
                                      kind + "s there: " + TRY(names_in(document, kind + "s")));
}

Result<std::string> context_name(const YamlFields& document, const KubeconfigChoice& choice) {
  if (!choice.context.empty()) return choice.context;
  std::string current = TRY(document.text("current-context"));
  if (!current.empty()) return current;
  return invalid(document.file(),
                 "there is no current-context, and none was asked for; contexts "
                 "there: " +
                     TRY(names_in(document, "contexts")));
}

}  // namespace

std::string path_below(const std::string& folder, const std::string& path) {
  return path.empty() ? path : (std::filesystem::path(folder) / path).string();
}

Result<PemSource> read_pem_source(const YamlFields& fields,
                                  const std::string& name,
                                  const std::string& folder) {
  PemSource source;
  const std::string data_name = name + "-data";
  const std::string data = TRY(fields.text(data_name));
  const auto decoded = decode_padded_base64(data);
  if (!decoded) return fields.refused(data_name, "is not Base64");
  source.text = *decoded;
  source.field = fields.refused(source.text.empty() ? name : data_name, "").field;
  source.file = path_below(folder, TRY(fields.text(name)));
  // As in kubectl: the data wins.
  if (!source.text.empty()) source.file.clear();
  return source;
}

Result<KubeContext> read_kubeconfig(const KubeconfigChoice& choice) {
  const std::string content = TRY(read_small_file(choice.path, "the kubeconfig"));
  const YamlFields document = TRY(YamlFields::parse(content, choice.path));
  const std::string folder = std::filesystem::path(choice.path).parent_path();

  KubeContext context;
  context.name = TRY(context_name(document, choice));
  const YamlFields chosen = TRY(entry_named(document, "context", context.name, ""));
  const std::string wanted_by = ", which context \"" + context.name + "\" names";
  const std::string cluster = TRY(chosen.text("cluster"));
  if (cluster.empty()) return chosen.refused("cluster", "is missing");
  const YamlFields cluster_fields = TRY(entry_named(document, "cluster", cluster, wanted_by));
  context.cluster = TRY(read_kube_cluster(cluster_fields, folder));
  // Without one we are nobody, which a cluster may take.
  const std::string user = TRY(chosen.text("user"));
  if (!user.empty()) {
    const YamlFields user_fields = TRY(entry_named(document, "user", user, wanted_by));
    context.user = TRY(read_kube_user(user_fields, folder));
    context.user.name = user;
  }
  // A token would travel in the open, and a certificate not at all.
  if (context.cluster.server.starts_with("http://") && context.user.has_credential()) {
    return invalid(document.file(), "the server of cluster \"" + cluster +
                                        "\" is http://, but user \"" + user +
                                        "\" has a credential, which must not travel in the open; "
                                        "give an https:// server, or a user without credential");
  }
  return context;
}

}  // namespace gthulhu
