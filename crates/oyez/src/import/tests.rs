use std::collections::BTreeSet;
use std::io::Read as _;

use flate2::read::GzDecoder;
use oyez_testkit::corpus::skipped;
use proptest::prelude::*;

use super::keys::{Fate, KEYS, find};
use super::remarks::Weight;
use super::{Entries, Files, auditd, is_plugin};

fn files(conf: &str, plugins: &[(&str, &str)]) -> Files {
    let plugins = plugins.iter().map(|(name, text)| Entries::read(name, text)).collect();
    Files { conf: Entries::read("auditd.conf", conf), plugins }
}

/// What comes of this auditd.conf, as its lines without comments, and what is said of it.
fn made(conf: &str, plugins: &[(&str, &str)]) -> (String, Vec<(Weight, String)>) {
    let imported = auditd(&files(conf, plugins));
    let lines: Vec<_> = imported.toml.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let remarks = imported.remarks.iter().map(|remark| (remark.weight, remark.to_string())).collect();
    (lines.join("\n"), remarks)
}

/// auditd.conf of Debian's auditd 3.0.9, without comments.
const DEBIAN: &str = "local_events = yes\nwrite_logs = yes\nlog_file = /var/log/audit/audit.log\nlog_group = adm\n\
    log_format = ENRICHED\nflush = INCREMENTAL_ASYNC\nfreq = 50\nmax_log_file = 8\nnum_logs = 5\npriority_boost = 4\n\
    name_format = NONE\nmax_log_file_action = ROTATE\nspace_left = 75\nspace_left_action = SYSLOG\nverify_email = yes\n\
    action_mail_acct = root\nadmin_space_left = 50\nadmin_space_left_action = SUSPEND\ndisk_full_action = SUSPEND\n\
    disk_error_action = SUSPEND\nuse_libwrap = yes\ntcp_listen_queue = 5\ntcp_max_per_addr = 1\ntcp_client_max_idle = 0\n\
    transport = TCP\nkrb5_principal = auditd\ndistribute_network = no\nq_depth = 2000\noverflow_action = SYSLOG\n\
    max_restarts = 10\nplugin_dir = /etc/audit/plugins.d\nend_of_event_timeout = 2\n";

#[test]
fn debians_configuration_has_a_counterpart() {
    let (toml, remarks) = made(DEBIAN, &[]);
    let expected = "[[output]]\nname = \"log\"\ntype = \"file\"\npath = \"/var/log/audit/audit.log\"\nformat = \"enriched\"\n\
        group = \"adm\"\nmode = \"0640\"\nrotate.size = \"8MiB\"\nrotate.names = \"number\"\nkeep.files = 4\n\
        space_left = \"75MiB\"\nspace_left_action = \"warn\"\nadmin_space_left = \"50MiB\"\n\
        admin_space_left_action = \"stop\"\ndisk_full_action = \"stop\"\ndisk_error_action = \"stop\"\nsync = \"1s\"";
    assert_eq!(toml, expected);
    assert!(remarks.iter().all(|(weight, _)| *weight < Weight::Missing), "{remarks:#?}");
}

#[test]
fn a_configuration_that_says_nothing_is_auditds_default() {
    let (toml, remarks) = made("", &[]);
    let expected = "[[output]]\nname = \"log\"\ntype = \"file\"\npath = \"/var/log/audit/audit.log\"\nformat = \"enriched\"\n\
        mode = \"0600\"\ndisk_full_action = \"drop\"\ndisk_error_action = \"drop\"\nsync = \"never\"";
    assert_eq!((toml.as_str(), &remarks[..]), (expected, &[][..]));
}

/// For each key: lines of auditd.conf, what is in the configuration then (or is not, with `!`), and how much is changed by it.
const CASES: &[(&str, &str, Option<Weight>)] = {
    use Weight::{Missing, Moot, Otherwise};
    &[
        ("local_events = yes", "", None),
        ("local_events = no", "", Some(Missing)),
        ("write_logs = no", "!\"file\"", Some(Missing)),
        ("log_file = /srv/audit.log", "path = \"/srv/audit.log\"", None),
        ("log_format = RAW", "format = \"raw\"", None),
        ("log_format = NOLOG", "!\"file\"", Some(Missing)),
        ("log_format = xml", "format = \"enriched\"", Some(Missing)),
        ("log_group = root", "mode = \"0600\"", None),
        ("log_group = audit", "group = \"audit\"\nmode = \"0640\"", None),
        ("flush = none", "sync = \"never\"", None),
        ("flush = incremental", "sync = \"1s\"", None),
        ("flush = data", "sync = \"each\"", None),
        ("flush = SYNC", "sync = \"each\"", None),
        ("freq = 50", "", Some(Otherwise)),
        ("num_logs = 5\nmax_log_file = 8\nmax_log_file_action = rotate", "keep.files = 4", None),
        ("num_logs = 1\nmax_log_file = 8\nmax_log_file_action = rotate", "!rotate", Some(Moot)),
        ("num_logs = 5\nmax_log_file = 8\nmax_log_file_action = keep_logs", "!keep.files", None),
        ("num_logs = 5\nmax_log_file = 8\nmax_log_file_action = keep_logs", "rotate.size = \"8MiB\"", None),
        ("max_log_file_action = rotate", "!rotate", Some(Otherwise)),
        ("max_log_file = 8\nmax_log_file_action = suspend", "!rotate", Some(Missing)),
        ("max_log_file = 8\nmax_log_file_action = exec /x", "!rotate", Some(Missing)),
        ("dispatcher = /sbin/audispd", "", Some(Moot)),
        ("disp_qos = lossy", "", Some(Moot)),
        ("name_format = hostname", "node = \"hostname\"", None),
        ("name_format = fqd", "node = \"hostname\"", Some(Missing)),
        ("name_format = numeric", "node = \"hostname\"", Some(Missing)),
        ("name_format = user\nname = web-1", "node = \"web-1\"", None),
        ("name_format = user", "!node", Some(Missing)),
        ("name = web-1", "!node", None),
        ("space_left = 5%\nspace_left_action = rotate", "space_left = \"5%\"\nspace_left_action = \"rotate\"", None),
        ("space_left = 75\nspace_left_action = email", "space_left_action = \"warn\"", Some(Missing)),
        ("space_left = 75\nspace_left_action = exec /x", "space_left_action = \"warn\"", Some(Missing)),
        ("space_left = 75\nspace_left_action = halt", "space_left_action = \"stop\"", Some(Missing)),
        ("space_left = 75\nspace_left_action = ignore", "!space_left", None),
        ("space_left_action = syslog", "!space_left", Some(Otherwise)),
        (
            "admin_space_left = 1%\nadmin_space_left_action = single",
            "admin_space_left_action = \"stop\"",
            Some(Missing),
        ),
        ("action_mail_acct = root", "", Some(Moot)),
        ("verify_email = yes", "", Some(Moot)),
        ("disk_full_action = rotate", "disk_full_action = \"rotate\"", None),
        ("disk_full_action = exec /x", "disk_full_action = \"stop\"", Some(Missing)),
        ("disk_full_action = halt", "disk_full_action = \"stop\"", Some(Missing)),
        ("disk_full_action = ignore", "disk_full_action = \"drop\"", None),
        ("disk_error_action = syslog", "disk_error_action = \"drop\"", None),
        ("disk_error_action = rotate", "!disk_error_action", Some(Missing)),
        ("disk_error_action = single", "disk_error_action = \"stop\"", Some(Missing)),
        ("priority_boost = 4", "", Some(Otherwise)),
        ("tcp_listen_port = 60", "", Some(Missing)),
        ("tcp_listen_queue = 5", "", Some(Moot)),
        ("tcp_listen_port = 60\ntransport = TLS", "", Some(Missing)),
        ("distribute_network = yes", "", Some(Moot)),
        ("q_depth = 2000", "!queue", None),
        ("overflow_action = syslog", "", None),
        ("overflow_action = suspend", "", Some(Missing)),
        ("overflow_action = halt", "", Some(Missing)),
        ("max_restarts = 10", "", Some(Otherwise)),
        ("plugin_dir = /etc/audit/plugins.d", "", None),
        ("end_of_event_timeout = 5", "[group]\nlog_timeout = \"5s\"", None),
        ("end_of_event_timeout = 2", "![group]", None),
        ("end_of_event_timeout = 0", "![group]", Some(Missing)),
        ("report_interval = 15m", "", Some(Otherwise)),
        ("no_such_key = 1", "", Some(Missing)),
        ("log_file=/srv/audit.log", "path = \"/var/log/audit/audit.log\"", Some(Missing)),
    ]
};

#[test]
fn each_key_becomes_what_it_should() {
    for (conf, expected, weight) in CASES {
        let (toml, remarks) = made(conf, &[]);
        match expected.strip_prefix('!') {
            Some(absent) => assert!(!toml.contains(absent), "{conf}\n{toml}"),
            None => assert!(toml.contains(expected), "{conf}\n{toml}"),
        }
        assert_eq!(remarks.iter().map(|remark| remark.0).max(), *weight, "{conf}: {remarks:?}");
    }
}

#[test]
fn every_key_has_a_case_or_is_about_the_network() {
    let cases: BTreeSet<_> =
        CASES.iter().flat_map(|case| case.0.lines()).filter_map(|line| line.split(' ').next()).collect();
    for key in KEYS {
        assert!(cases.contains(key.name) || key.fate == Fate::Network, "{}", key.name);
        let (_, remarks) = made(&format!("{} = 1", key.name), &[]);
        let is_told = remarks.iter().any(|remark| remark.1.starts_with(&format!("auditd.conf:1: {} = 1: ", key.name)));
        assert!(is_told || matches!(key.fate, Fate::Becomes(_)), "{}: {remarks:?}", key.name);
    }
}

#[test]
fn every_key_is_documented() {
    let doc = include_str!("../../../../docs/import.md");
    let row = |key: &super::keys::Key| {
        let becomes = match key.fate {
            Fate::Becomes(what) => what.to_owned(),
            Fate::Moot(why) | Fate::Otherwise(why) => format!("– {why}"),
            Fate::Network if key.name == "tcp_listen_port" => format!("– {}", super::keys::NETWORK),
            Fate::Network => "– as `tcp_listen_port`".to_owned(),
        };
        format!("| `{}` | {becomes} |", key.name)
    };
    let rows: Vec<_> = KEYS.iter().map(row).collect();
    let missing: Vec<_> = rows.iter().filter(|row| !doc.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/import.md lacks:\n{}", rows.join("\n"));
}

/// Names stand in a line of their own, `.I name`, behind `.TP`.
#[test]
fn the_keys_are_those_of_the_installed_manual() {
    let Ok(file) = std::fs::File::open("/usr/share/man/man5/auditd.conf.5.gz") else {
        return skipped("no manual of auditd.conf here (package auditd)");
    };
    let mut manual = String::new();
    GzDecoder::new(file).read_to_string(&mut manual).unwrap();
    let mut lines = manual.lines();
    let mut count = 0;
    while lines.any(|line| line == ".TP") {
        let Some(name) = lines.next().and_then(|line| line.strip_prefix(".I ")) else { continue };
        // Below them are files.
        if !name.starts_with('/') {
            assert!(find(name).is_some(), "{name}");
            count += 1;
        }
    }
    assert!(count >= 36, "{count}");
}

#[test]
fn plugins_become_outputs() {
    let plugins = [
        (
            "a.conf",
            "active = yes\ndirection = out\npath = /sbin/audisp-syslog\ntype = always\nargs = LOG_INFO LOG_LOCAL3\nformat = string",
        ),
        (
            "b.conf",
            "active = yes\npath = builtin_af_unix\ntype = builtin\nargs = 0640 /var/run/audispd_events\nformat = string",
        ),
        ("c.conf", "active = yes\npath = /sbin/audisp-af_unix\nargs = /run/x 0660 binary\nformat = binary"),
        ("d.conf", "active = yes\npath = builtin_syslog\nargs = LOG_INFO LOG_LOCAL1"),
        ("a", "active = YES\npath = /sbin/other\nformat = binary"),
        ("off.conf", "active = no\npath = /sbin/off"),
    ];
    let (toml, remarks) = made("write_logs = no\nlog_format = RAW\nq_depth = 32768", &plugins);
    let tail = "format = \"raw\"\nnotices = false\nqueue = \"32768KiB\"";
    let expected = [
        "[[output]]\nname = \"a\"\ntype = \"program\"\ncommand = [\"/sbin/audisp-syslog\", \"LOG_INFO\", \"LOG_LOCAL3\"]\n\
         protocol = \"audispd\"\nhangup = true",
        "[[output]]\nname = \"b\"\ntype = \"unix\"\npath = \"/var/run/audispd_events\"\nmode = \"0640\"\nprotocol = \"audispd\"",
        "[[output]]\nname = \"c\"\ntype = \"unix\"\npath = \"/run/x\"\nmode = \"0660\"\nprotocol = \"audispd-binary\"",
        "[[output]]\nname = \"d\"\ntype = \"syslog\"\naddress = \"/dev/log\"\nfacility = \"local1\"\napp_name = \"audispd\"",
        "[[output]]\nname = \"a-2\"\ntype = \"program\"\ncommand = [\"/sbin/other\"]\nprotocol = \"audispd-binary\"\nhangup = true",
    ];
    assert_eq!(toml, expected.map(|output| format!("{output}\n{tail}")).join("\n"));
    assert!(remarks.iter().all(|remark| remark.0 == Weight::Otherwise), "{remarks:?}");
}

#[test]
fn what_is_wrong_with_a_plugin_is_said_with_its_file() {
    for (text, expected) in [
        ("active = yes\npath = sbin/x", "x.conf:2: path = sbin/x: no counterpart"),
        ("active = yes", "x.conf: path (not set): no counterpart"),
        ("active = yes\ndirection = in\npath = /x", "x.conf:2: direction = in: no counterpart"),
        ("active = yes\npath = /x\ncolour = red", "x.conf:3: colour = red: no counterpart"),
        ("active = yes\npath = /x\nargs", "x.conf:3: args: no counterpart"),
    ] {
        let (_, remarks) = made("", &[("x.conf", text)]);
        assert!(remarks.iter().any(|remark| remark.1.starts_with(expected)), "{remarks:?}");
    }
    let names = ["af_unix.conf", ".hidden", "x.conf.bak", "x"].map(is_plugin);
    assert_eq!(names, [true, false, false, true]);
}

proptest! {
    #[test]
    fn any_text_gives_toml(conf in "(?s).{0,200}", key in 0..KEYS.len(), value in "(?s).{1,40}", plugin in "(?s).{0,40}") {
        let conf = format!("{conf}\n{} = {value}\nlog_file = {value}\nname_format = user", KEYS[key].name);
        let plugin = format!("active = yes\npath = /{plugin}\nargs = {plugin}");
        let toml = auditd(&files(&conf, &[(&value, &plugin)])).toml;
        prop_assert!(toml::de::DeTable::parse(&toml).is_ok(), "{}", toml);
    }
}
