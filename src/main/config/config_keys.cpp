// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "main/config/config_key.h"

namespace gthulhu {
namespace {

template <class Class, class Member>
Class class_of(Member Class::*);

// The place at the end of a path of members.
template <auto first, auto... rest>
constexpr auto at =
    [](decltype(class_of(first))& config) -> auto& { return ((config.*first).*....*rest); };

constexpr ValueRule pem{.pem = true};

using Manager = ManagerConfig;
using Mongo = MongoSettings;
using ManagerKeys = ManagerKeySettings;
using Kubernetes = KubernetesSettings;
using Tls = MutualTlsSettings;
using Link = LinkSettings;

constexpr std::array manager_list{
    ConfigKey<Manager>{"server.host", at<&Manager::listen>, ":8081",
                       "where the API and the web pages are served; without HOST on all addresses"},
    ConfigKey<Manager>{"server.tls_cert_file", at<&Manager::tls, &TlsFiles::certificate>, "",
                       "PEM file of a certificate: the API and the web pages are served over TLS; "
                       "read again when it changes"},
    ConfigKey<Manager>{"server.tls_key_file", at<&Manager::tls, &TlsFiles::key>, "",
                       "PEM file of that certificate's private key"},
    ConfigKey<Manager>{"logging.level", at<&Manager::logging, &LogSettings::level>, "info",
                       "the least important lines that are written"},
    ConfigKey<Manager>{"logging.console", at<&Manager::logging, &LogSettings::console>, "true",
                       "whether lines go to standard error"},
    ConfigKey<Manager>{"logging.file_path", at<&Manager::logging, &LogSettings::file_path>, "",
                       "a file that lines are also appended to"},
    ConfigKey<Manager>{"logging.access", at<&Manager::access_log>, "changes",
                       "which requests get a line each; `changes` is all but successful reads"},
    ConfigKey<Manager>{"logging.path", NotRead{}, "",
                       "in the Go program's sample, which does not read it either"},
    ConfigKey<Manager>{
        "data_dir", at<&Manager::data_dir>, "",
        "the directory of the store and of generated keys; see below for the default"},
    ConfigKey<Manager>{"store", at<&Manager::store>, "",
                       "where strategies and accounts are kept: `sqlite`, or `mongodb` when a "
                       "`mongodb.*` key is given"},
    ConfigKey<Manager>{"mongodb.host", at<&Manager::mongodb, &Mongo::host>, "localhost",
                       "name or address of the MongoDB server"},
    ConfigKey<Manager>{"mongodb.port", at<&Manager::mongodb, &Mongo::port>, "27017",
                       "its port, as a number or as text"},
    ConfigKey<Manager>{"mongodb.user", at<&Manager::mongodb, &Mongo::user>, "",
                       "the database user"},
    ConfigKey<Manager>{"mongodb.password", at<&Manager::mongodb, &Mongo::password>, "",
                       "the database user's password"},
    ConfigKey<Manager>{"mongodb.database", at<&Manager::mongodb, &Mongo::database>, "manager",
                       "the name of the database"},
    ConfigKey<Manager>{"mongodb.options", at<&Manager::mongodb, &Mongo::options>, "",
                       "options of the connection, as after the question mark of a MongoDB URI"},
    ConfigKey<Manager>{"mongodb.ca_pem_enable", at<&Manager::mongodb, &Mongo::ca_pem_enable>,
                       "false", "whether the connection uses TLS and trusts `mongodb.ca_pem` only"},
    ConfigKey<Manager>{"mongodb.ca_pem", at<&Manager::mongodb, &Mongo::ca_pem>, "",
                       "certificate of the authority that signed the MongoDB server's", pem},
    ConfigKey<Manager>{"key.rsa_private_key_pem",
                       at<&Manager::key, &ManagerKeys::rsa_private_key_pem>, "",
                       "signs users' tokens; without it a first start makes a key of its own", pem},
    ConfigKey<Manager>{
        "key.dm_public_key_pem", at<&Manager::key, &ManagerKeys::dm_public_key_pem>, "",
        "what the manager presents to decision makers that exchange it for a token", pem},
    ConfigKey<Manager>{"key.client_id", at<&Manager::key, &ManagerKeys::client_id>,
                       "manager-client", "the manager's name in tokens of decision makers"},
    ConfigKey<Manager>{"key.access_token_hr", at<&Manager::key, &ManagerKeys::access_token>, "3",
                       "how long a user's access token lives", ValueRule{.least = 1, .most = 24}},
    ConfigKey<Manager>{"key.previous_public_keys_pem",
                       at<&Manager::key, &ManagerKeys::previous_public_keys_pem>, "",
                       "public keys whose tokens are still accepted after a change of key", pem},
    ConfigKey<Manager>{"account.admin_email", at<&Manager::account, &AccountSettings::admin_email>,
                       "admin@localhost",
                       "name of the administrator's account that a first start makes"},
    ConfigKey<Manager>{"account.admin_password",
                       at<&Manager::account, &AccountSettings::admin_password>, "",
                       "its password; without it one is made up, shown once, and must be changed"},
    ConfigKey<Manager>{"k8s.kube_config_path", at<&Manager::k8s, &Kubernetes::kube_config_path>, "",
                       "the kubeconfig file of the cluster"},
    ConfigKey<Manager>{"k8s.in_cluster", at<&Manager::k8s, &Kubernetes::in_cluster>, "false",
                       "whether to use the service account of the pod that the manager runs in"},
    ConfigKey<Manager>{"k8s.crd_namespace", at<&Manager::k8s, &Kubernetes::crd_namespace>,
                       "gthulhu-system", "namespace of custom resources"},
    ConfigKey<Manager>{"k8s.audit_interval", at<&Manager::k8s, &Kubernetes::audit_interval>, "30m",
                       "how often what the cluster's watches have shown is held against a list",
                       ValueRule{.least = 10, .most = 86'400}},
    ConfigKey<Manager>{"k8s.decision_maker_namespace",
                       at<&Manager::k8s, &Kubernetes::decision_maker_namespace>, "",
                       "the only namespace whose pods can be decision makers; see below for the "
                       "default"},
    ConfigKey<Manager>{
        "mtls.enable", at<&Manager::mtls, &Tls::enable>, "false",
        "whether decision makers are called over TLS with certificates on both sides"},
    ConfigKey<Manager>{"mtls.server_name", at<&Manager::mtls, &Tls::server_name>, "",
                       "the name that a decision maker's certificate must have"},
    ConfigKey<Manager>{"mtls.cert_pem", at<&Manager::mtls, &Tls::cert_pem>, "",
                       "the manager's certificate", pem},
    ConfigKey<Manager>{"mtls.key_pem", at<&Manager::mtls, &Tls::key_pem>, "",
                       "the private key of that certificate", pem},
    ConfigKey<Manager>{"mtls.ca_pem", at<&Manager::mtls, &Tls::ca_pem>, "",
                       "certificate of the authority that signed the decision makers'", pem},
    ConfigKey<Manager>{"link.host", at<&Manager::link, &Link::listen>, "",
                       "where decision makers get certificates of the manager's own authority; "
                       "empty: nowhere"},
    ConfigKey<Manager>{"link.name", at<&Manager::link, &Link::name>, "gthulhu-manager",
                       "the name or address by which decision makers call that endpoint"},
    ConfigKey<Manager>{"link.certificate_lifetime", at<&Manager::link, &Link::certificate_lifetime>,
                       "24h",
                       "how long the certificates of both ends are good; renewed after two thirds",
                       ValueRule{.least = 30, .most = 2'592'000}},
    ConfigKey<Manager>{"link.audience", at<&Manager::link, &Link::audience>, "gthulhu-manager",
                       "the audience of the tokens that decision makers show for it"},
    ConfigKey<Manager>{"link.ca_cert_file",
                       at<&Manager::link, &Link::authority, &TlsFiles::certificate>, "",
                       "PEM file of the authority's certificate; without it a first start makes an "
                       "authority of its own"},
    ConfigKey<Manager>{"link.ca_key_file", at<&Manager::link, &Link::authority, &TlsFiles::key>, "",
                       "PEM file of the authority's private key, P-256"},
    ConfigKey<Manager>{"allow_demo_keys", at<&Manager::allow_demo_keys>, "false",
                       "whether the published keys of the Go program's samples may be used"},
};

using Agent = AgentConfig;
using Token = AgentTokenSettings;
using Enrolment = EnrolmentSettings;

constexpr std::array agent_list{
    ConfigKey<Agent>{"server.host", at<&Agent::listen>, ":8080",
                     "where the API is served; without HOST on all addresses"},
    ConfigKey<Agent>{
        "server.tls_cert_file", at<&Agent::tls, &TlsFiles::certificate>, "",
        "PEM file of a certificate: the API is served over TLS; read again when it changes"},
    ConfigKey<Agent>{"server.tls_key_file", at<&Agent::tls, &TlsFiles::key>, "",
                     "PEM file of that certificate's private key"},
    ConfigKey<Agent>{"logging.level", at<&Agent::logging, &LogSettings::level>, "info",
                     "the least important lines that are written"},
    ConfigKey<Agent>{"logging.console", at<&Agent::logging, &LogSettings::console>, "true",
                     "whether lines go to standard error"},
    ConfigKey<Agent>{"logging.file_path", at<&Agent::logging, &LogSettings::file_path>, "",
                     "a file that lines are also appended to"},
    ConfigKey<Agent>{"logging.access", at<&Agent::access_log>, "changes",
                     "which requests get a line each; `changes` is all but successful reads"},
    ConfigKey<Agent>{"logging.path", NotRead{}, "",
                     "in the Go program's sample, which does not read it either"},
    ConfigKey<Agent>{"data_dir", at<&Agent::data_dir>, "",
                     "the directory of intents, journal and generated keys; see below for the "
                     "default"},
    ConfigKey<Agent>{"token.rsa_private_key_pem", at<&Agent::token, &Token::rsa_private_key_pem>,
                     "", "signs managers' tokens; without it a first start makes a key of its own",
                     pem},
    ConfigKey<Agent>{"token.token_duration_hr", at<&Agent::token, &Token::duration>, "24",
                     "how long a manager's token lives", ValueRule{.least = 1, .most = 720}},
    ConfigKey<Agent>{"token.enable", NotRead{}, "",
                     "in the Go program's sample, which does not read it either"},
    ConfigKey<Agent>{"token.allow_public_key_exchange",
                     at<&Agent::token, &Token::allow_public_key_exchange>, "false",
                     "whether whoever presents the public half of the key gets a token, as in the "
                     "Go program"},
    ConfigKey<Agent>{"mtls.enable", at<&Agent::mtls, &Tls::enable>, "false",
                     "whether the API is served over TLS and asks for clients' certificates"},
    ConfigKey<Agent>{"mtls.server_name", NotRead{}, "", "accepted because the manager has it"},
    ConfigKey<Agent>{"mtls.cert_pem", at<&Agent::mtls, &Tls::cert_pem>, "",
                     "the decision maker's certificate", pem},
    ConfigKey<Agent>{"mtls.key_pem", at<&Agent::mtls, &Tls::key_pem>, "",
                     "the private key of that certificate", pem},
    ConfigKey<Agent>{"mtls.ca_pem", at<&Agent::mtls, &Tls::ca_pem>, "",
                     "certificate of the authority that signed the clients'", pem},
    ConfigKey<Agent>{"manager.url", at<&Agent::manager, &Enrolment::url>, "",
                     "the manager's endpoint for certificates, https://; empty: none is asked for"},
    ConfigKey<Agent>{"manager.ca_file", at<&Agent::manager, &Enrolment::ca_file>,
                     "/etc/gthulhu/ca.crt",
                     "PEM file of the authority of the node links, by which the manager is known"},
    ConfigKey<Agent>{"manager.token_file", at<&Agent::manager, &Enrolment::token_file>,
                     "/var/run/secrets/gthulhu/token",
                     "the projected token of the pod's service account, read for each request"},
    ConfigKey<Agent>{"probe.host", at<&Agent::probe_listen>, "",
                     "where /health, /version and /metrics are served without certificates; empty: "
                     "nowhere besides the API"},
    ConfigKey<Agent>{"daemon.endpoint", NotRead{}, "",
                     "of the Go program's scheduler daemon, which does not exist here"},
    ConfigKey<Agent>{"daemon.timeout_sec", NotRead{}, "",
                     "of the Go program's scheduler daemon, which does not exist here"},
    ConfigKey<Agent>{"orphan_after", at<&Agent::orphan_after>, "10m",
                     "how long rules of our scheduler hold in the kernel without a decision maker",
                     ValueRule{.least = 10, .most = 1800}},
    ConfigKey<Agent>{"scheduler.keep_on_stop",
                     at<&Agent::scheduler, &SchedulerSettings::keep_on_stop>, "false",
                     "whether an orderly stop leaves the scheduler and its policies in the kernel"},
    ConfigKey<Agent>{
        "scheduler.refuse_limited_nodes",
        at<&Agent::scheduler, &SchedulerSettings::refuse_limited_nodes>, "false",
        "whether the kernel's own scheduler is left alone while a cgroup has a CPU limit"},
    ConfigKey<Agent>{"enforcer.kind", at<&Agent::enforcer, &EnforcerSettings::kind>, "auto",
                     "what makes the kernel obey; `auto` is the best that the kernel can do"},
    ConfigKey<Agent>{"enforcer.kubelet_weights",
                     at<&Agent::enforcer, &EnforcerSettings::kubelet_weights>, "false",
                     "whether CPU weights of cgroups that the kubelet owns may be changed"},
    ConfigKey<Agent>{"discovery.source", at<&Agent::discovery>, "auto",
                     "how processes are found; `auto` is the best that the node allows"},
    ConfigKey<Agent>{"metrics.run_queue_waits", at<&Agent::count_waits>, "true",
                     "whether the kernel counts how long pods' tasks wait for a CPU and run"},
    ConfigKey<Agent>{.name = "node_name",
                     .place = at<&Agent::node>,
                     .standard = "",
                     .meaning = "the node's name in Kubernetes; the machine's host name otherwise",
                     .plain_variable = "NODE_NAME"},
    ConfigKey<Agent>{.name = "machine_id",
                     .place = at<&Agent::machine_id>,
                     .standard = "",
                     .meaning = "the label of metrics; the content of `/etc/machine-id` otherwise",
                     .plain_variable = "MACHINE_ID"},
    ConfigKey<Agent>{"allow_demo_keys", at<&Agent::allow_demo_keys>, "false",
                     "whether the published keys of the Go program's samples may be used"},
};

}  // namespace

std::span<const ConfigKey<ManagerConfig>> manager_keys() {
  return manager_list;
}
std::span<const ConfigKey<AgentConfig>> agent_keys() {
  return agent_list;
}

std::string variable_name(std::string_view prefix, std::string_view key) {
  std::string variable(prefix);
  for (const char letter : key) {
    const bool lower = letter >= 'a' && letter <= 'z';
    variable += letter == '.' ? '_' : lower ? static_cast<char>(letter - 'a' + 'A') : letter;
  }
  return variable;
}

}  // namespace gthulhu
