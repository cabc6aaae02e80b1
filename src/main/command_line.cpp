// SPDX-License-Identifier: Apache-2.0
#include "main/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace gthulhu {

namespace {

// Collects into `command` what the subcommand that was given fills in.
class Parser {
 public:
  Parser() : app_("Tells the Linux CPU scheduler which pods and workloads matter.", "gthulhu") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "gthulhu " GTHULHU_VERSION);
    app_.get_formatter()->column_width(34);
    add_servers();
    add_run();
    add_login();
    add_strategies();
    add_lists();
    add_scheduler();
  }

  Command parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& done) {
      return Finished{app_.exit(done)};
    } catch (const CLI::ParseError& wrong) {
      app_.exit(wrong);
      return Finished{2};
    }
    return std::move(command_);
  }

 private:
  void add_servers() {
    auto* standalone = app_.add_subcommand(
        "standalone",
        "manager and decision maker of this machine in one process; no cluster needed");
    auto* manager = app_.add_subcommand("manager", "the manager of a cluster");
    auto* agent = app_.add_subcommand("decisionmaker", "the decision maker of a node");
    add_server(*standalone, ServerOptions::Mode::standalone);
    add_server(*manager, ServerOptions::Mode::manager);
    add_server(*agent, ServerOptions::Mode::decision_maker);

    override_both(*standalone, "--data-dir", "data_dir", "DIR", "where state is kept");
    override_manager(*standalone, "--manager-listen", "server.host", "HOST:PORT",
                     "where the manager listens (default :8081)");
    override_agent(*standalone, "--decisionmaker-listen", "server.host", "HOST:PORT",
                   "where the decision maker listens (default :8080)");
    override_manager(*manager, "--data-dir", "data_dir", "DIR", "where state is kept");
    override_agent(*agent, "--data-dir", "data_dir", "DIR", "where state is kept");
    override_manager(*manager, "--listen", "server.host", "HOST:PORT",
                     "where the manager listens (default :8081)");
    override_agent(*agent, "--listen", "server.host", "HOST:PORT",
                   "where the decision maker listens (default :8080)");
    for (auto* server : {standalone, manager}) {
      override_manager(*server, "--store", "store", "sqlite|mongodb",
                       "where strategies and accounts are kept");
      server
          ->add_option(
              "--admin-password-file", server_.admin_password_file,
              "file with the password of the administrator's account that a first start makes")
          ->option_text("FILE");
      server->add_flag("--rotate-key", server_.rotate_key,
                       "sign with a new key from now on; tokens of the old one stay good until "
                       "they end");
      server->add_flag(
          "--forget-old-keys", server_.forget_old_keys,
          "take no token of an earlier key any more, for when one was stolen: everybody "
          "logs in again");
    }
    flag(*standalone, "--allow-demo-keys", {&server_.manager_overrides, &server_.agent_overrides},
         "allow_demo_keys",
         "accept the published demo keys of the Go system (never in production)");
    flag(*manager, "--allow-demo-keys", {&server_.manager_overrides}, "allow_demo_keys",
         "accept the published demo keys of the Go system (never in production)");
    flag(*agent, "--allow-demo-keys", {&server_.agent_overrides}, "allow_demo_keys",
         "accept the published demo keys of the Go system (never in production)");
    for (auto* server : {standalone, agent}) {
      flag(*server, "--allow-public-key-exchange", {&server_.agent_overrides},
           "token.allow_public_key_exchange",
           "give a token to whoever presents the decision maker's public key, as the Go system "
           "does");
      override_agent(*server, "--refuse-limited-nodes", "scheduler.refuse_limited_nodes",
                     "true|false",
                     "do without our scheduler in the kernel while a cgroup has a CPU limit");
      server->add_flag_callback(
          "--observe", [this] { server_.agent_overrides["enforcer.kind"] = "observe"; },
          "show what would be done, and touch nothing");
    }
  }

  void add_server(CLI::App& server, ServerOptions::Mode mode) {
    server
        .add_option("-c,--config-name", server_.config_name,
                    "configuration file's name without .toml")
        ->option_text("NAME");
    server
        .add_option("-d,--config-dir", server_.config_directory, "folder of the configuration file")
        ->option_text("DIR");
    server.callback([this, mode] {
      server_.mode = mode;
      command_ = server_;
    });
  }

  using Overrides = ServerOptions::Overrides;

  static void override_in(CLI::App& server,
                          std::vector<Overrides*> targets,
                          const std::string& option,
                          const std::string& key,
                          const std::string& value,
                          const std::string& text) {
    server
        .add_option_function<std::string>(
            option,
            [targets = std::move(targets), key](const std::string& given) {
              for (Overrides* target : targets) (*target)[key] = given;
            },
            text)
        ->option_text(value);
  }
  void override_manager(
      CLI::App& server, const char* option, const char* key, const char* value, const char* text) {
    override_in(server, {&server_.manager_overrides}, option, key, value, text);
  }
  void override_agent(
      CLI::App& server, const char* option, const char* key, const char* value, const char* text) {
    override_in(server, {&server_.agent_overrides}, option, key, value, text);
  }
  void override_both(
      CLI::App& server, const char* option, const char* key, const char* value, const char* text) {
    override_in(server, {&server_.manager_overrides, &server_.agent_overrides}, option, key, value,
                text);
  }
  static void flag(CLI::App& server,
                   const std::string& option,
                   std::vector<Overrides*> targets,
                   const std::string& key,
                   const std::string& text) {
    server.add_flag_callback(
        option,
        [targets = std::move(targets), key] {
          for (Overrides* target : targets) (*target)[key] = "true";
        },
        text);
  }

  void add_run() {
    auto* run = app_.add_subcommand("run", "run a command as a labelled workload of this machine");
    run->add_option("--label", workload_.labels, "a label of the workload; may be given again")
        ->option_text("KEY=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    run->add_option("--name", workload_.name, "the workload's name (default: the command's)")
        ->option_text("NAME");
    run->add_option("command", workload_.command, "the command and its arguments, after --")
        ->required();
    run->positionals_at_end();
    run->callback([this] { command_ = workload_; });
  }

  void add_login() {
    auto* login =
        app_.add_subcommand("login", "log in to a manager; later commands use the session");
    login->add_option("--server", login_.server, "the manager's address")
        ->capture_default_str()
        ->option_text("URL");
    login->add_option("-U,--username", login_.username, "who")
        ->capture_default_str()
        ->option_text("NAME");
    login
        ->add_option("--password-file", login_.password_file,
                     "file with the password (- for standard input); asked for otherwise")
        ->option_text("FILE");
    login
        ->add_option(
            "--new-password-file", login_.new_password_file,
            "file with the new password for an account that must change it; asked for otherwise")
        ->option_text("FILE");
    login->callback([this] { command_ = login_; });
  }

  void add_strategies() {
    auto* strategy = app_.add_subcommand("strategy", "what matters, and how much");
    strategy->require_subcommand(1);
    auto* create = strategy->add_subcommand("create", "declare a strategy");
    create
        ->add_option("-f,--file", create_.file,
                     "a JSON file with the whole strategy (- for standard input)")
        ->option_text("FILE");
    create
        ->add_option(
            "--label", create_.labels,
            "label of the pods, KEY=VALUE, or KEY for any value; may be given again: all must hold")
        ->option_text("KEY[=VALUE]")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    create
        ->add_option("--k8s-namespace", create_.namespaces,
                     "namespace of the pods; may be given again")
        ->option_text("NAME")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    create
        ->add_option("--cgroup-path", create_.cgroup_paths,
                     "glob over the cgroup paths of local workloads; may be given again")
        ->option_text("GLOB")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    create
        ->add_option("--command", create_.command,
                     "regular expression over the names of the processes (default: all)")
        ->option_text("REGEX");
    create
        ->add_option(
            "--command-match", create_.command_match,
            "what --command is matched against: comm (the process's name), exe (the path of "
            "its program), cmdline (its arguments), thread (each thread's name)")
        ->option_text("WHAT")
        ->check(CLI::IsMember({"comm", "exe", "cmdline", "thread"}));
    create
        ->add_option("--priority", create_.priority,
                     "-20 (idle) to 20 (strongest); each step is a factor of 1.25")
        ->option_text("N");
    create
        ->add_option("--slice,--exec-time", create_.slice,
                     "time slice, 100us to 100ms; 0 for the default")
        ->option_text("DURATION");
    create->add_option("--rank", create_.rank, "the higher wins where strategies overlap")
        ->option_text("N");
    create->add_option("--name", create_.name, "a name for people")->option_text("TEXT");
    create->add_option("--description", create_.description, "why it is there")
        ->option_text("TEXT");
    create
        ->add_option("--exclude-namespace", create_.excluded_namespaces,
                     "no pods of this namespace; may be given again")
        ->option_text("NAME")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    create->add_option("--container", create_.container, "pods with a container of this name")
        ->option_text("NAME");
    create->add_flag("--include-protected", create_.includes_protected,
                     "also kube-system and the system's own pods");
    create->add_flag("--confirm-all", create_.confirms_all,
                     "yes, a strategy that may select every pod");
    create->add_option("--namespace", create_.strategy_namespace, "the strategy's own namespace")
        ->option_text("NAME");
    output_of(*create, create_.output);
    create->callback([this] { command_ = create_; });

    auto* list = strategy->add_subcommand("list", "list your strategies");
    output_of(*list, strategies_.output);
    list->callback([this] { command_ = strategies_; });

    auto* remove = strategy->add_subcommand("delete", "delete strategies");
    remove->add_option("id", delete_.ids, "ids of the strategies")->required();
    remove->callback([this] { command_ = delete_; });
  }

  void add_lists() {
    auto* intent = app_.add_subcommand("intent", "strategies as they apply to single pods");
    intent->require_subcommand(1);
    auto* list = intent->add_subcommand(
        "list", "list the intents of your strategies and what became of them");
    output_of(*list, intents_.output);
    list->callback([this] { command_ = intents_; });

    auto* status = app_.add_subcommand("status", "how the manager and its nodes are");
    output_of(*status, status_.output);
    status->callback([this] { command_ = status_; });
  }

  void add_scheduler() {
    auto* scheduler = app_.add_subcommand(
        "scheduler",
        "our scheduler in this node's kernel, through the node's decision maker and with its key; "
        "or without one");
    scheduler->require_subcommand(1);
    using Action = SchedulerOptions::Action;
    add_scheduler_action(*scheduler, Action::status, "status", "what it is doing, and why");
    add_scheduler_action(*scheduler, Action::dump, "dump",
                         "what the kernel told of CPUs and tasks when it last threw it out");
    auto& top =
        add_scheduler_action(*scheduler, Action::top, "top",
                             "the threads with rules and what the kernel goes by, once a second");
    top.add_flag("--once", scheduler_.once, "look once and end");
    add_scheduler_action(*scheduler, Action::stop, "stop",
                         "let it go; it stays off until reset, or until the decision maker starts "
                         "anew");
    add_scheduler_action(*scheduler, Action::reset, "reset",
                         "try it again, after a stop, quarantine or SysRq-S");
    auto* run = scheduler->add_subcommand(
        "run", "run it here, without a decision maker, until this program is ended");
    run->add_option("--rule", run_scheduler_.rules,
                    "what is to hold in a cgroup and those below it, such as "
                    "/system.slice/nginx.service=10,2ms: a priority from -20 to 20, and a slice; "
                    "more than once for several")
        ->option_text("CGROUP=PRIORITY[,SLICE]");
    run->add_option("--refuse-limited-nodes", run_scheduler_.refuse_limited_nodes,
                    "do without it while a cgroup has a CPU limit (false)")
        ->option_text("BOOL");
    run->callback([this] { command_ = run_scheduler_; });
  }

  CLI::App& add_scheduler_action(CLI::App& scheduler,
                                 SchedulerOptions::Action action,
                                 const char* name,
                                 const char* text) {
    CLI::App* const command = scheduler.add_subcommand(name, text);
    command->add_option("--server", scheduler_.server, "the decision maker's address")
        ->capture_default_str()
        ->option_text("URL");
    command
        ->add_option("--data-dir", scheduler_.data_dir,
                     "where the decision maker keeps its state and its key")
        ->option_text("DIR");
    command
        ->add_option("--key-file", scheduler_.key_file,
                     "its key, where the configuration names one (token.rsa_private_key_pem)")
        ->option_text("FILE");
    command
        ->add_option("--ca-file", scheduler_.ca_file,
                     "whose certificates are trusted at an https address")
        ->option_text("FILE");
    output_of(*command, scheduler_.output);
    command->callback([this, action] {
      scheduler_.action = action;
      command_ = scheduler_;
    });
    return *command;
  }

  static void output_of(CLI::App& app, OutputFormat& output) {
    const std::map<std::string, OutputFormat> formats{{"table", OutputFormat::table},
                                                      {"json", OutputFormat::json}};
    app.add_option("-o,--output", output, "table or json")
        ->transform(CLI::CheckedTransformer(formats).description(""))
        ->option_text("FORMAT");
  }

  CLI::App app_;
  Command command_ = Finished{2};
  ServerOptions server_;
  RunOptions workload_;
  LoginOptions login_;
  StrategyCreateOptions create_;
  StrategyListOptions strategies_;
  StrategyDeleteOptions delete_;
  IntentListOptions intents_;
  StatusOptions status_;
  SchedulerOptions scheduler_;
  RunSchedulerOptions run_scheduler_;
};

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  return Parser().parse(argc, argv);
}

}  // namespace gthulhu
