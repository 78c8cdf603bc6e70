//! The command line of `oyez rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `oyez rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Say everything that is wrong with rules files (needs no root)
    Check(CheckRulesArgs),
    /// Say what is wrong with rules that can be loaded, and what they cost (needs no root)
    ///
    /// All files are judged together, in the order in which they would be loaded: give it all that a host has. Every code is
    /// explained in docs/lint.md. Exits with 1 where there is an error or a warning.
    Lint(LintArgs),
    /// Bring the kernel's rules to what files say, unchanged rules untouched (needs root)
    ///
    /// Files are put together as augenrules does. Everything is read first; one error, and nothing is changed. With -D in a
    /// file, the files are the whole truth; without, rules that are in no file stay.
    Load(LoadArgs),
    /// Show the kernel's rules as text that loads back (needs root)
    List(ListArgs),
    /// Add rules to the kernel's (needs root)
    Add(RuleArgs),
    /// Delete rules from the kernel's (needs root)
    Delete(RuleArgs),
    /// Delete all rules, or all with a key (needs root)
    Clear(ClearArgs),
    /// Say what load would change, and exit with 1 if it is something (needs root)
    Diff(DiffArgs),
    /// Write the kernel's rules to a file that loads back (needs root)
    Save(SaveArgs),
    /// Print docs/lint.md
    #[command(hide = true)]
    Docs,
}

/// Which rules files.
#[derive(Debug, Clone, Default, Args)]
pub struct Files {
    /// Rules files, or folders of files named *.rules; none: /etc/oyez/rules.d, or else /etc/audit/rules.d
    #[arg(value_name = "FILE|DIR", value_hint = clap::ValueHint::AnyPath)]
    pub named: Vec<PathBuf>,
}

/// `oyez rules check`.
#[derive(Debug, Args)]
pub struct CheckRulesArgs {
    /// The files.
    #[command(flatten)]
    pub files: Files,

    /// Check for a host of this architecture, such as aarch64
    #[arg(long, value_name = "ARCH")]
    pub arch: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `oyez rules lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// The files.
    #[command(flatten)]
    pub files: Files,

    /// Judge for a host of this architecture, such as aarch64, whatever lies on this one
    #[arg(long, value_name = "ARCH")]
    pub arch: Option<String>,

    /// Show every note, and not only the first of each kind
    #[arg(long)]
    pub all: bool,

    /// Say what each rule costs, and why
    #[arg(long)]
    pub cost: bool,

    /// Print one JSON object: findings, and rules with what they cost
    #[arg(long)]
    pub json: bool,
}

/// `oyez rules load`.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// The files.
    #[command(flatten)]
    pub files: Files,

    /// Put everything back when the kernel refuses something
    #[arg(long)]
    pub atomic: bool,

    /// Print the steps and do none
    #[arg(long)]
    pub dry_run: bool,
}

/// `oyez rules list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Show names of users, groups and architectures
    #[arg(short, long)]
    pub interpret: bool,

    /// Only rules with this key
    #[arg(short, long, value_name = "KEY")]
    pub key: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `oyez rules add` and `delete`.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// Each rule as one word ('-w /etc/passwd -p wa -k passwd'), or one rule as it is
    #[arg(value_name = "RULE", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<std::ffi::OsString>,
}

/// `oyez rules clear`.
#[derive(Debug, Args)]
pub struct ClearArgs {
    /// Only rules with this key
    #[arg(short, long, value_name = "KEY")]
    pub key: Option<String>,
}

/// `oyez rules diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The files.
    #[command(flatten)]
    pub files: Files,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `oyez rules save`.
#[derive(Debug, Args)]
pub struct SaveArgs {
    /// The file, which is replaced in one step
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath, default_value = "/etc/oyez/rules.d/saved.rules")]
    pub file: PathBuf,
}

/// `oyez auditctl`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct AuditctlArgs {
    /// The words of auditctl(8)
    #[arg(value_name = "OPTION", trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<std::ffi::OsString>,
}
