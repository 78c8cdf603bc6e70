//! Every key that auditd 3.0.9 to 4.2 knows (auditd.conf(5); src/auditd-config.c, `keywords`), and what becomes of it. The table of
//! docs/import.md is this one.

/// A key of auditd.conf.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) fate: Fate,
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// These keys, or what else is said of it, depending on its value.
    Becomes(&'static str),
    /// Nothing, and nothing is missed.
    Moot(&'static str),
    /// Nothing; this does it.
    Otherwise(&'static str),
    /// It is about records that come over the network: nothing is missed unless auditd listens.
    Network,
}

/// Why there is nothing about the network.
pub(super) const NETWORK: &str =
    "oyez takes no records from other hosts; let each send its events where they are wanted";

use Fate::{Becomes, Moot, Network, Otherwise};

/// All of them, in auditd's order.
pub(super) static KEYS: &[Key] = &[
    Key { name: "local_events", fate: Becomes("nothing; `no` has no counterpart: oyez is for this host's events") },
    Key { name: "write_logs", fate: Becomes("`no`: no output of type `file`") },
    Key { name: "log_file", fate: Becomes("`path` of an output of type `file`") },
    Key { name: "log_format", fate: Becomes("`format` of all outputs: `raw` or `enriched`") },
    Key { name: "log_group", fate: Becomes("`group` and `mode` of the file") },
    Key { name: "flush", fate: Becomes("`sync` of the file: `never`, `1s`, or `each` for `data` and `sync`") },
    Key { name: "freq", fate: Otherwise("oyez syncs after a time, not after a number of records") },
    Key { name: "num_logs", fate: Becomes("`keep.files`, less the one that is written to") },
    Key { name: "dispatcher", fate: Moot("auditd itself has not used it since 3.0") },
    Key { name: "name_format", fate: Becomes("`node`; `fqd` and `numeric` have no counterpart, `hostname` is taken") },
    Key { name: "name", fate: Becomes("`node`, where `name_format` is `user`") },
    Key { name: "disp_qos", fate: Moot("auditd itself has not used it since 3.0") },
    Key { name: "max_log_file", fate: Becomes("`rotate.size`") },
    Key {
        name: "max_log_file_action",
        fate: Becomes("`rotate.size` and `keep.files`, for `rotate` and `keep_logs`; no more for others"),
    },
    Key { name: "space_left", fate: Becomes("`space_left`") },
    Key { name: "space_left_action", fate: Becomes("`space_left_action`") },
    Key { name: "action_mail_acct", fate: Moot("oyez sends no mail; an action that would is told of") },
    Key { name: "verify_email", fate: Moot("oyez sends no mail; an action that would is told of") },
    Key { name: "admin_space_left", fate: Becomes("`admin_space_left`") },
    Key { name: "admin_space_left_action", fate: Becomes("`admin_space_left_action`") },
    Key { name: "disk_full_action", fate: Becomes("`disk_full_action`") },
    Key { name: "disk_error_action", fate: Becomes("`disk_error_action`") },
    Key {
        name: "priority_boost",
        fate: Otherwise("a priority is the service manager's to give: `Nice=` in oyez's unit"),
    },
    Key { name: "tcp_listen_port", fate: Network },
    Key { name: "tcp_listen_queue", fate: Network },
    Key { name: "tcp_max_per_addr", fate: Network },
    Key { name: "use_libwrap", fate: Network },
    Key { name: "tcp_client_ports", fate: Network },
    Key { name: "tcp_client_max_idle", fate: Network },
    Key { name: "transport", fate: Network },
    Key { name: "enable_krb5", fate: Network },
    Key { name: "krb5_principal", fate: Network },
    Key { name: "krb5_key_file", fate: Network },
    Key { name: "tls_cert_file", fate: Network },
    Key { name: "tls_key_file", fate: Network },
    Key { name: "tls_ca_file", fate: Network },
    Key { name: "tls_psk_file", fate: Network },
    Key { name: "tls_psk_identity", fate: Network },
    Key { name: "tls_cipher_suites", fate: Network },
    Key { name: "tls_key_exchange", fate: Network },
    Key { name: "tls_client_auth", fate: Network },
    Key { name: "tls_require_pqc", fate: Network },
    Key { name: "tls_auth", fate: Network },
    Key { name: "tls_crypto_profile", fate: Network },
    Key { name: "tls_allowed_clients", fate: Network },
    Key { name: "distribute_network", fate: Network },
    Key {
        name: "q_depth",
        fate: Becomes("`queue` of what plugins become, 1 KiB for each record, where that is more than the default"),
    },
    Key {
        name: "overflow_action",
        fate: Becomes(
            "nothing: what is dropped is always counted and told; `suspend`, `single` and `halt` have no counterpart",
        ),
    },
    Key {
        name: "max_restarts",
        fate: Otherwise("a program is started again for as long as oyez runs, later and later"),
    },
    Key { name: "plugin_dir", fate: Becomes("where plugins are read from, unless `--plugins-dir` says") },
    Key { name: "end_of_event_timeout", fate: Becomes("`group.log_timeout`") },
    Key { name: "report_interval", fate: Otherwise("`oyez status` shows it when it is asked for") },
];

/// The key with this name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
