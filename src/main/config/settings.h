// SPDX-License-Identifier: Apache-2.0
//
// The configuration of both programs, checked and complete. load.h makes these structs; the
// members' initializers are the defaults. What each setting means to its reader:
// docs/configuration.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/system/tls_files.h"
#include "base/log.h"
#include "core/model/node.h"
#include "main/config/secret.h"
#include "net/answered.h"
#include "net/listen_address.h"

namespace gthulhu {

enum class StoreKind : std::uint8_t { sqlite, mongodb };
std::string_view name(StoreKind kind);

// `automatic` is written "auto": the best one that the node's kernel can do.
enum class EnforcerChoice : std::uint8_t { automatic, sched_ext, cfs, external, observe };
std::string_view name(EnforcerChoice kind);

// Likewise "auto".
enum class DiscoveryChoice : std::uint8_t { automatic, bpf, netlink, scan };
std::string_view name(DiscoveryChoice kind);

std::string_view name(net::LoggedAnswers kind);

// Of the MongoDB store; used only with StoreKind::mongodb.
struct MongoSettings {
  std::string host = "localhost";
  std::uint16_t port = 27017;
  std::string user;
  Secret password;
  std::string database = "manager";
  std::string options;  // the part of a connection URI after the question mark
  bool ca_pem_enable = false;
  std::string ca_pem;

  bool operator==(const MongoSettings&) const = default;
};

struct ManagerKeySettings {
  Secret rsa_private_key_pem;     // empty: the store's own key, made at the first start
  std::string dm_public_key_pem;  // empty: node links need no public key
  std::string client_id = "manager-client";
  std::chrono::hours access_token{3};
  std::vector<std::string> previous_public_keys_pem;  // one block each

  bool operator==(const ManagerKeySettings&) const = default;
};

// The administrator's account that a first start makes.
struct AccountSettings {
  std::string admin_email = "admin@localhost";
  Secret admin_password;  // empty: made up, shown once, and must be changed

  bool operator==(const AccountSettings&) const = default;
};

struct KubernetesSettings {
  std::string kube_config_path;
  bool in_cluster = false;
  std::string crd_namespace = "gthulhu-system";
  std::chrono::seconds audit_interval{1'800};
  std::string decision_maker_namespace;  // empty: that of the manager's own pod, else crd_namespace

  bool operator==(const KubernetesSettings&) const = default;
};

// When `enable` is on, the three PEM texts are there; whether they fit together only TLS can tell.
struct MutualTlsSettings {
  bool enable = false;
  std::string server_name;  // the name that the other side's certificate must have; manager only
  std::string cert_pem;
  Secret key_pem;
  std::string ca_pem;

  bool operator==(const MutualTlsSettings&) const = default;
};

// The manager's own authority for the node links, and the endpoint where decision makers get their
// certificates.
struct LinkSettings {
  std::string listen;  // empty: there is none
  std::string name = "gthulhu-manager";
  std::chrono::seconds certificate_lifetime{86'400};
  std::string audience = "gthulhu-manager";
  TlsFiles authority;  // empty: made at a first start

  bool operator==(const LinkSettings&) const = default;
};

struct ManagerConfig {
  net::ListenAddress listen{"", 8081};
  TlsFiles tls;  // empty: the API is served without TLS
  LogSettings logging;
  net::LoggedAnswers access_log = net::LoggedAnswers::changes;
  std::string data_dir;
  StoreKind store = StoreKind::sqlite;
  std::string
      store_reason;  // who chose the store: "mongodb.host (manager_config.toml:7:1)", "default"
  MongoSettings mongodb;
  ManagerKeySettings key;
  AccountSettings account;
  KubernetesSettings k8s;
  MutualTlsSettings mtls;
  LinkSettings link;
  bool allow_demo_keys = false;
};

struct AgentTokenSettings {
  Secret rsa_private_key_pem;  // empty: a key of its own, made at the first start
  std::chrono::hours duration{24};
  bool allow_public_key_exchange = false;

  bool operator==(const AgentTokenSettings&) const = default;
};

struct SchedulerSettings {
  bool keep_on_stop = false;
  bool refuse_limited_nodes = false;

  bool operator==(const SchedulerSettings&) const = default;
};

struct EnforcerSettings {
  EnforcerChoice kind = EnforcerChoice::automatic;
  bool kubelet_weights =
      false;  // whether cpu.weight of cgroups that the kubelet owns may be changed

  bool operator==(const EnforcerSettings&) const = default;
};

// Where a decision maker gets its certificate; used when there is a URL.
struct EnrolmentSettings {
  std::string url;  // of the manager's endpoint
  std::string ca_file = "/etc/gthulhu/ca.crt";
  std::string token_file = "/var/run/secrets/gthulhu/token";

  bool operator==(const EnrolmentSettings&) const = default;
};

struct AgentConfig {
  net::ListenAddress listen{"", 8080};
  TlsFiles tls;  // empty: the API is served without TLS, or as `mtls` says
  LogSettings logging;
  net::LoggedAnswers access_log = net::LoggedAnswers::changes;
  std::string data_dir;
  AgentTokenSettings token;
  MutualTlsSettings mtls;
  EnrolmentSettings manager;
  std::string probe_listen;  // empty: none
  std::chrono::seconds orphan_after{600};
  SchedulerSettings scheduler;
  EnforcerSettings enforcer;
  DiscoveryChoice discovery = DiscoveryChoice::automatic;
  bool count_waits = true;
  NodeName node;           // never empty
  std::string machine_id;  // empty: that of /etc/machine-id
  bool allow_demo_keys = false;
};

}  // namespace gthulhu
