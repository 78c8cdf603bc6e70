//! `cargo xtask fuzz`: builds the fuzz targets of `fuzz/` and runs each for a while.
//!
//! `fuzz/.cargo/config.toml` says how they are built; they need a C++ compiler. A target begins with its seeds
//! (`fuzz/seeds/TARGET`) and what earlier runs found worth keeping (`fuzz/corpus/TARGET`).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::run;
use crate::tables::workspace_root;
use crate::test::Outcome;

/// How long each target runs unless told otherwise, in seconds.
const SECONDS: u64 = 60;

/// Runs the command with the arguments after `fuzz`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (seconds, wanted) = match arguments {
        [flag, seconds, wanted @ ..] if flag == "--seconds" => {
            (seconds.parse().context("--seconds takes a number")?, wanted)
        }
        wanted => (SECONDS, wanted),
    };
    let known = targets()?;
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        bail!("no fuzz target {unknown:?}; there are: {}", known.join(", "));
    }
    fuzz(if wanted.is_empty() { &known } else { wanted }, seconds)
}

/// Runs every target for `seconds`, as a part of `cargo xtask test`.
pub(crate) fn all(seconds: u64) -> Result<Outcome> {
    if run::find("g++").or_else(|| run::find("c++")).is_none() {
        return Ok(Outcome::Skipped("there is no C++ compiler".into()));
    }
    let targets = targets()?;
    ensure!(!targets.is_empty(), "there are no fuzz targets");
    fuzz(&targets, seconds)?;
    Ok(Outcome::Passed(format!("{} targets, {seconds} s each", targets.len()), Vec::new()))
}

fn fuzz(targets: &[String], seconds: u64) -> Result<()> {
    let dir = workspace_root().join("fuzz");
    let built = run::target_dir().join("fuzz");
    let mut build = run::cargo(&["build", "--release", "--quiet"]);
    // The configuration in fuzz/ counts only from there; flags of our own caller would replace it.
    build.current_dir(&dir).env("CARGO_TARGET_DIR", &built).env_remove("RUSTFLAGS");
    run::succeed(&mut build)?;
    for target in targets {
        run_target(&dir, &program(&built, target)?, target, seconds).with_context(|| format!("target {target}"))?;
    }
    Ok(())
}

fn run_target(dir: &Path, program: &Path, target: &str, seconds: u64) -> Result<()> {
    let [corpus, found] = ["corpus", "artifacts"].map(|part| dir.join(part).join(target));
    for part in [&corpus, &found] {
        std::fs::create_dir_all(part).with_context(|| format!("cannot make {}", part.display()))?;
    }
    let mut command = Command::new(program);
    command.current_dir(dir).arg(format!("-max_total_time={seconds}")).args([
        "-timeout=10",
        "-print_final_stats=1",
        "-print_funcs=0",
        "-verbosity=0",
    ]);
    command.arg(format!("-artifact_prefix={}/", found.display())).arg(&corpus);
    let seeds = dir.join("seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    run::succeed(&mut command)
}

/// Where the build put a target; a build for a named platform has a directory of its own.
fn program(built: &Path, target: &str) -> Result<PathBuf> {
    let places = [built.join("release"), built.join("x86_64-unknown-linux-gnu/release")];
    let mut programs = places.iter().map(|place| place.join(target));
    programs.find(|path| path.is_file()).with_context(|| format!("the build made no {target}"))
}

fn targets() -> Result<Vec<String>> {
    let dir = workspace_root().join("fuzz/fuzz_targets");
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if let (Some(name), Some("rs")) = (path.file_stem(), path.extension().and_then(|extension| extension.to_str()))
        {
            targets.push(name.to_string_lossy().into_owned());
        }
    }
    targets.sort();
    Ok(targets)
}
