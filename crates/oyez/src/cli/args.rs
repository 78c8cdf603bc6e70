//! The one definition of the command line: parser, `--help`, man pages and completions come from it. The words a flag
//! takes come from the configuration's table, so that flag and key never differ.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::given::Given;
use crate::config::kind::Kind;
use crate::config::{Override, Source, keys};
use crate::exit;

use super::filter::args::FilterCommand;
use super::report::args::ReportArgs;
use super::rules::args::{AuditctlArgs, RulesCommand};
use super::suggest::args::SuggestArgs;

/// Hears what the Linux kernel's audit system says and writes one JSON object per event.
#[derive(Debug, Parser)]
#[command(name = "oyez", version, max_term_width = 100, after_long_help = exit_codes())]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands, one file each in `cli/`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Attach to the kernel and write events as they happen (needs root)
    Run(RunArgs),
    /// Read audit logs and write their events
    ///
    /// Reads a configuration file only where --config names one, so that the same log gives the same events everywhere.
    Parse(ParseArgs),
    /// Count the events of audit logs, or of the kernel as they come: who, what, how often, what failed
    ///
    /// Without --table and --by it shows an overview and what came most often. Counts are those of aureport(8); docs/report.md
    /// says where they differ and why.
    Report(ReportArgs),
    /// Say what makes the volume of audit logs, and the filter or the kernel's rule that takes each of it out
    ///
    /// Each suggestion is counted on what those before it leave, so the shares add up; what must stay is in none. docs/suggest.md
    /// says what that is, and how the rest is chosen.
    Suggest(SuggestArgs),
    /// Show the state of the kernel's audit system and who listens to it (needs root)
    Status(StatusArgs),
    /// Say everything that is wrong with a configuration file
    Check(CheckArgs),
    /// List the types of outputs, or say all there is to say of one
    Outputs(OutputsArgs),
    /// Have the running daemon take its configuration again
    Reload(ReloadArgs),
    /// Show the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Try filters on audit logs, before they run
    #[command(subcommand)]
    Filter(FilterCommand),
    /// Check, load and show audit rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Turn the configuration of another audit daemon into oyez's
    #[command(subcommand)]
    Import(ImportCommand),
    /// Take the command line of auditctl(8), and do what it does
    ///
    /// A link to oyez that is named auditctl does the same. Exit codes are auditctl's: 0 done, 255 an error, 1 an error in a
    /// rules file or no words at all, 4 no right to control audit.
    Auditctl(AuditctlArgs),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the man page, or write all of them
    #[command(hide = true)]
    Man(ManArgs),
    /// Answer the daemon's questions for names of users and groups
    #[command(hide = true)]
    NssHelper,
}

/// `oyez run`.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    /// The flags that stand for keys of the configuration.
    #[command(flatten)]
    pub flags: RunFlags,

    /// Load a few audit rules for as long as oyez runs, so that there is something to see
    ///
    /// They record every command that is run (rules/10-exec.rules), and are taken out again at the end. Refused where the
    /// kernel has rules already, or the configuration has some.
    #[arg(long)]
    pub starter_rules: bool,
}

/// The flags of `oyez run`, and of `oyez config show`, which shows what `run` would do with the same flags.
#[derive(Debug, Clone, Default, Args)]
pub struct RunFlags {
    /// How to attach to the kernel
    #[arg(long, value_name = "MODE", value_parser = choices("mode"))]
    pub mode: Option<String>,

    /// Append events to this file, in the place of all outputs of the configuration; "-" is standard output
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// What becomes of the kernel's audit settings at the end
    #[arg(long, value_name = "WHAT", value_parser = choices("on_exit"))]
    pub on_exit: Option<String>,

    /// Flags shared with other commands.
    #[command(flatten)]
    pub events: EventFlags,
}

/// What every command that writes events takes.
#[derive(Debug, Clone, Default, Args)]
pub struct EventFlags {
    /// Read the configuration from this file
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// How to write an event
    #[arg(long, value_name = "FORMAT", value_parser = choices("format"))]
    pub format: Option<String>,

    /// Whether to colour text
    #[arg(long, value_name = "WHEN", value_parser = choices("color"))]
    pub color: Option<String>,

    /// The host's name, for events that carry none
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,

    /// Leave these fields out, by the names the kernel gives them, separated by commas
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    pub omit_fields: Option<Vec<String>>,
}

/// `oyez parse`.
#[derive(Debug, Clone, Default, Args)]
pub struct ParseArgs {
    /// The logs, read one after the other, plain or .gz or .zst; "-" or none is standard input
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,

    /// At the end of the last log wait for more, across rotation
    ///
    /// An error that passes, such as a directory in the log's place for a while, is told and forgiven; one that lasts to the
    /// end gives exit code 3.
    #[arg(long, short)]
    pub follow: bool,

    /// Apply this filter: a script (.lua), or a file with `filter` tables (.toml); may be given more than once
    ///
    /// They come behind the filters of the file that --config names. Standard error tells how many events were dropped.
    #[arg(long = "filter", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub filters: Vec<PathBuf>,

    /// Exit with 1 when a log is in doubt
    ///
    /// That is when a record was lost or malformed, or a log is not empty and holds no audit record, or something that is not
    /// gzip follows its gzip data. All of it is told on standard error in any case.
    #[arg(long)]
    pub strict: bool,

    /// Flags shared with other commands.
    #[command(flatten)]
    pub events: EventFlags,
}

/// `oyez status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The configuration file the daemon was started with
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `oyez check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The file, instead of /etc/oyez/oyez.toml
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub file: Option<PathBuf>,

    /// Also reach each output's receiver: resolve, connect, authenticate, and send nothing
    ///
    /// Files are opened as the daemon opens them, which makes those that are not there. Programs are not started, and no socket
    /// for readers is made. Exit code 3: an output cannot be reached.
    #[arg(long)]
    pub connect: bool,
}

/// `oyez outputs`.
#[derive(Debug, Args)]
pub struct OutputsArgs {
    /// Say all there is to say of this type
    #[arg(value_name = "TYPE")]
    pub of: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `oyez reload`.
#[derive(Debug, Args)]
pub struct ReloadArgs {
    /// The configuration file the daemon was started with
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
}

/// `oyez import`.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Print an oyez.toml that does what auditd does by its auditd.conf and its plugins
    ///
    /// Standard error tells of every key that has no counterpart, or another than one might think, and why. Exit code 1: something
    /// that auditd did will not be done. docs/import.md says what becomes of each key.
    Auditd(ImportAuditdArgs),
}

/// `oyez import auditd`.
#[derive(Debug, Args)]
pub struct ImportAuditdArgs {
    /// auditd's configuration
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, default_value = "/etc/audit/auditd.conf")]
    pub auditd_conf: PathBuf,

    /// The directory of its plugins, instead of the one that auditd.conf names
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub plugins_dir: Option<PathBuf>,
}

/// `oyez config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print a configuration file with every key, its default and what it means
    Default,
    /// Print the values in force and where each came from
    Show(ShowArgs),
    /// Print docs/configuration.md
    #[command(hide = true)]
    Docs,
}

/// `oyez config show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,

    /// The flags of `oyez run`.
    #[command(flatten)]
    pub flags: RunFlags,
}

/// `oyez completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// `oyez man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write oyez.1 and a page per command here
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
}

impl RunFlags {
    /// Which configuration file to read.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        config_file(self.events.config.as_deref())
    }

    /// The flags that were given.
    #[must_use]
    pub fn overrides(&self) -> Vec<Override<'_>> {
        let mut flags = self.events.overrides();
        push_word(&mut flags, "--mode", "mode", self.mode.as_deref());
        push_word(&mut flags, "--on-exit", "on_exit", self.on_exit.as_deref());
        if let Some(path) = self.output.as_deref() {
            flags.push(Override { flag: "--output", key: "output", given: Given::path(&from_here(path)) });
        }
        flags
    }
}

impl EventFlags {
    /// The flags that were given.
    #[must_use]
    pub fn overrides(&self) -> Vec<Override<'_>> {
        let mut flags = Vec::new();
        push_word(&mut flags, "--format", "format", self.format.as_deref());
        push_word(&mut flags, "--color", "color", self.color.as_deref());
        push_word(&mut flags, "--node", "node", self.node.as_deref());
        if let Some(fields) = &self.omit_fields {
            flags.push(Override { flag: "--omit-fields", key: "omit_fields", given: Given::words(fields) });
        }
        flags
    }
}

impl ParseArgs {
    /// Which configuration file to read: the one that is named, or none.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        self.events.config.as_deref().map_or(Source::Nothing, Source::File)
    }

    /// The flags that were given. Rules are for the kernel: their files, which may be root's alone to read, are left.
    #[must_use]
    pub fn overrides(&self) -> Vec<Override<'_>> {
        let mut flags = self.events.overrides();
        flags.push(Override { flag: "oyez parse", key: "rules_dir", given: Given::word("") });
        flags
    }
}

/// The configuration file a daemon's command reads: the one that is named, or the default one.
#[must_use]
pub fn config_file(named: Option<&Path>) -> Source<'_> {
    named.map_or(Source::Default, Source::File)
}

fn push_word<'a>(flags: &mut Vec<Override<'a>>, flag: &'static str, key: &'static str, word: Option<&'a str>) {
    flags.extend(word.map(|word| Override { flag, key, given: Given::word(word) }));
}

/// The file takes absolute paths only; a flag is meant from where the user stands.
fn from_here(path: &Path) -> Cow<'_, Path> {
    if path == Path::new("-") || path.as_os_str().is_empty() {
        return path.into();
    }
    std::path::absolute(path).map_or(path.into(), Cow::Owned)
}

/// The words of a key of the configuration, as the words of its flag.
fn choices(path: &str) -> PossibleValuesParser {
    let choices = match keys::find(path).map(|key| &key.kind) {
        Some(Kind::Choice { of, .. }) => *of,
        _ => &[],
    };
    PossibleValuesParser::new(choices.iter().map(|choice| PossibleValue::new(choice.name).help(choice.doc)))
}

fn exit_codes() -> String {
    let codes = exit::TABLE.iter().map(|(exit, words)| format!("\n  {:>2}  {words}", exit.number()));
    format!("Exit codes:{}", codes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_stands_for_a_key_that_takes_its_words() {
        let line = "oyez run --mode unicast -o out.json --on-exit keep --format json --color never --node web-1 --omit-fields a2,a3";
        let Command::Run(RunArgs { flags, .. }) = Cli::parse_from(line.split(' ')).command else { panic!("not run") };
        let loaded = crate::config::check(None, &flags.overrides()).unwrap();
        let by_flag = |value: &&crate::config::Effective| matches!(value.origin, crate::config::Origin::Flag(_));
        assert_eq!(loaded.values.iter().filter(by_flag).count(), 6);
        let [output] = &loaded.outputs.all().collect::<Vec<_>>()[..] else { panic!("not one output") };
        let path = output.iter().find(|value| value.path == "path").unwrap();
        let here = std::env::current_dir().unwrap().join("out.json");
        assert_eq!(path.value, Some(format!("{here:?}")));
        assert_eq!(path.origin, crate::config::Origin::Flag("--output"));
        assert_eq!(loaded.settings.omit_fields.len(), 2);
    }

    #[test]
    fn a_path_to_write_to_may_be_of_any_bytes() {
        let path = OsStr::from_bytes(b"/var/log/caf\xe9.json");
        let line = [OsStr::new("oyez"), OsStr::new("run"), OsStr::new("-o"), path];
        let Command::Run(RunArgs { flags, .. }) = Cli::try_parse_from(line).unwrap().command else { panic!("not run") };
        let loaded = crate::config::check(None, &flags.overrides()).unwrap();
        let [output] = loaded.outputs.specs() else { panic!("not one output") };
        let settings = oyez_output::file::Settings::at(path);
        let other: &dyn std::any::Any = &settings;
        assert!(output.kind.is_same(other), "{:?}", output.kind);
    }
}
