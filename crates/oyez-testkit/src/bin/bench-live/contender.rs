//! The contenders: each is registered as the audit daemon, writes what it gets to a file, and ends on SIGTERM.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use oyez_testkit::live::status;
use rustix::process::{Pid, Signal, kill_process};

/// How long one may take to start, and to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// What reads the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// Nothing, and no rules: what the load does without audit.
    None,
    /// `bench-live floor`.
    Floor,
    /// The same, with the kernel dropping EOE records.
    FloorWithoutEoe,
    /// auditd with `log_format = RAW`.
    AuditdRaw,
    /// auditd with `log_format = ENRICHED`, which is Debian's default.
    AuditdEnriched,
    /// `oyez run`, full JSON to a file.
    Oyez(&'static Variant),
}

/// How records of a type that nobody needs are left out, if they are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    name: &'static str,
    /// Lines of oyez's configuration.
    config: &'static str,
    /// The rule that leaves them out in the kernel: for uid 5 alone, as all rules here.
    rule: Option<&'static str>,
}

/// Nothing is found out beyond what the records say.
const RECORDS_ALONE: &str =
    "enrich.names = false\nenrich.logins = false\nenrich.processes = false\nenrich.host = false\n";

/// The same and names of ids; and logins and the host; and processes, but by what events and /proc tell alone. With the process
/// connector that is what oyez does without being told.
const NAMES: &str = "enrich.logins = false\nenrich.processes = false\nenrich.host = false\n";
const LOGINS: &str = "enrich.processes = false\n";
const PROCESSES: &str = "enrich.connector = false\n";

/// oyez as it is first: its filter on the socket drops EOE.
const VARIANTS: [Variant; 11] = [
    variant("oyez", "", None),
    variant("oyez-records", RECORDS_ALONE, None),
    variant("oyez-names", NAMES, None),
    variant("oyez-logins", LOGINS, None),
    variant("oyez-processes", PROCESSES, None),
    variant("oyez-redact", "enrich.redact = true\n", None),
    variant("oyez-all", "enrich.redact = true\nenrich.hash = true\n", None),
    variant("oyez-with-eoe", "receive.filter_eoe = 'never'\n", None),
    variant("oyez-exclude-eoe", "", Some("-a always,exclude -F msgtype=EOE -F uid=5")),
    variant("oyez-ignore-cwd", "ignore_types = ['CWD']\n", None),
    variant("oyez-exclude-cwd", "", Some("-a always,exclude -F msgtype=CWD -F uid=5")),
];

const fn variant(name: &'static str, config: &'static str, rule: Option<&'static str>) -> Variant {
    Variant { name, config, rule }
}

impl Contender {
    /// The contender of this name.
    pub(crate) fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "none" => Self::None,
            "floor" => Self::Floor,
            "floor-without-eoe" => Self::FloorWithoutEoe,
            "auditd-raw" => Self::AuditdRaw,
            "auditd-enriched" => Self::AuditdEnriched,
            _ => match VARIANTS.iter().find(|variant| variant.name == name) {
                Some(variant) => Self::Oyez(variant),
                None => bail!("no contender {name:?}"),
            },
        })
    }

    /// Whether its output is oyez's.
    pub(crate) fn is_oyez(self) -> bool {
        matches!(self, Self::Oyez(_))
    }

    /// The rule that it has besides the load's.
    pub(crate) fn rule(self) -> Option<&'static str> {
        if let Self::Oyez(variant) = self { variant.rule } else { None }
    }

    /// Starts it below `home`, and waits until the kernel has it as its daemon.
    pub(crate) fn start(self, home: &Path, oyez: &Path) -> Result<Option<Running>> {
        let Some(words) = self.words(home, oyez)? else { return Ok(None) };
        let errors = home.join("errors");
        let log = File::create(&errors).context("cannot create a file for complaints")?;
        // It must not outlive this process, killed or not.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().context("cannot run setpriv")?;
        let mut running = Running { child, errors };
        running.await_registration()?;
        Ok(Some(running))
    }

    fn words(self, home: &Path, oyez: &Path) -> Result<Option<Vec<PathBuf>>> {
        let text = |words: &[&str]| words.iter().map(PathBuf::from).collect::<Vec<_>>();
        let own = std::env::current_exe().context("cannot find this program")?;
        let words = match self {
            Self::None => return Ok(None),
            Self::Floor => [vec![own, "floor".into()], vec![home.join("copy.log")]].concat(),
            Self::FloorWithoutEoe => [vec![own], text(&["floor", "--drop-eoe"]), vec![home.join("copy.log")]].concat(),
            Self::AuditdRaw | Self::AuditdEnriched => {
                let format = if self == Self::AuditdRaw { "RAW" } else { "ENRICHED" };
                configure_auditd(home, format)?;
                [text(&["auditd", "-c"]), vec![home.to_owned()], text(&["-n", "-s", "enable"])].concat()
            }
            Self::Oyez(Variant { config: lines, .. }) => {
                let config = home.join("oyez.toml");
                let paths = format!("state_file = '{0}/state.json'\npid_file = '{0}/oyez.pid'\n", home.display());
                fs::write(&config, paths + lines).context("cannot write oyez's configuration")?;
                let run = text(&["run", "--mode", "unicast", "--on-exit", "restore", "--output"]);
                [vec![oyez.to_owned()], run, vec![output(home), "--config".into(), config]].concat()
            }
        };
        Ok(Some(words))
    }
}

/// Where oyez writes.
pub(crate) fn output(home: &Path) -> PathBuf {
    home.join("events.json")
}

/// The configuration that Debian ships but for what would stop it or write elsewhere: it is in a place of its own, and
/// rotates instead of asking for space.
fn configure_auditd(home: &Path, format: &str) -> Result<()> {
    for dir in ["log", "plugins.d"] {
        fs::create_dir(home.join(dir)).with_context(|| format!("cannot make auditd's {dir}"))?;
        fs::set_permissions(home.join(dir), Permissions::from_mode(0o700))
            .context("cannot close auditd's directory")?;
    }
    let home_dir = home.display();
    let text = format!(
        "local_events = yes\nwrite_logs = yes\nlog_file = {home_dir}/log/audit.log\nlog_group = root\n\
         log_format = {format}\nflush = INCREMENTAL_ASYNC\nfreq = 50\nmax_log_file = 200\nnum_logs = 5\n\
         max_log_file_action = ROTATE\npriority_boost = 4\nname_format = NONE\nverify_email = no\n\
         action_mail_acct = root\nspace_left = 75\nspace_left_action = IGNORE\nadmin_space_left = 50\n\
         admin_space_left_action = IGNORE\ndisk_full_action = IGNORE\ndisk_error_action = IGNORE\nq_depth = 2000\n\
         plugin_dir = {home_dir}/plugins.d\n"
    );
    let path = home.join("auditd.conf");
    fs::write(&path, text).context("cannot write auditd.conf")?;
    fs::set_permissions(&path, Permissions::from_mode(0o640)).context("cannot close auditd.conf")
}

/// One that runs; killed with this.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    errors: PathBuf,
}

impl Running {
    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn await_registration(&mut self) -> Result<()> {
        let start = Instant::now();
        while registered()? != u64::from(self.pid()) {
            self.ensure_up()?;
            ensure!(start.elapsed() < PATIENCE, "it did not register; {}", self.complaints());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// An error unless it still runs.
    pub(crate) fn ensure_up(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait().context("cannot look at the contender")? {
            bail!("it ended with {status}; {}", self.complaints());
        }
        Ok(())
    }

    fn complaints(&self) -> String {
        fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// Ends it, and waits for that.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(pid, Signal::TERM).context("cannot end the contender")?;
        let start = Instant::now();
        while self.child.try_wait().context("cannot wait for the contender")?.is_none() {
            ensure!(start.elapsed() < PATIENCE, "it does not end; {}", self.complaints());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn registered() -> Result<u64> {
    let status = status().map_err(anyhow::Error::msg)?;
    Ok(status.get("pid").copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_for_uid_5_alone() {
        for variant in &VARIANTS {
            assert!(variant.rule.is_none_or(|rule| rule.ends_with(" -F uid=5")), "{variant:?}");
            assert_eq!(Contender::named(variant.name).unwrap().rule(), variant.rule);
        }
        assert!(Contender::named("oyez-without").is_err());
    }
}
