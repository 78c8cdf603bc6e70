//! `oyez filter`: tries filters on logs, and measures them, before they run.

pub(super) mod args;
mod bench;
mod link;
mod members;
mod table;
mod test;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oyez_filter::spec::Spec;

use self::args::FilterCommand;
use crate::config::filters::of_script;
use crate::config::{Loaded, Override, Problems, Source, given::Given, load};
use crate::exit::Exit;

/// Tests or measures.
///
/// # Errors
/// A filter that does not compile; standard output can't be written.
pub(super) fn run(command: &FilterCommand) -> anyhow::Result<Exit> {
    match command {
        FilterCommand::Test(args) => test::run(args),
        FilterCommand::Bench(args) => bench::run(args),
    }
}

/// The filters of these files, in their order: scripts, and configurations.
///
/// # Errors
/// [`Exit::Usage`] with everything that is wrong with them.
pub(super) fn named(files: &[PathBuf]) -> anyhow::Result<Vec<Spec>> {
    let (mut specs, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        match of_file(file) {
            Ok(found) => specs.extend(found),
            Err(Problems(found)) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        name_apart(&mut specs);
        return Ok(specs);
    }
    Err(Exit::Usage.because(Problems(problems).to_string()).into())
}

fn of_file(file: &Path) -> Result<Vec<Spec>, Problems> {
    if file.extension().is_some_and(|extension| extension == "toml") {
        return Ok(load(Source::File(file), &[without_rules()])?.filters.specs().to_vec());
    }
    of_script(file).map(|spec| vec![spec]).map_err(|problem| Problems(vec![problem]))
}

/// Rules are for the kernel: their files, which may be root's alone to read, are left.
fn without_rules() -> Override<'static> {
    Override { flag: "--filter", key: "rules_dir", given: Given::word("") }
}

/// A configuration's filters, then those of these files.
///
/// # Errors
/// As [`named`].
pub(super) fn with_named(loaded: &Loaded, files: &[PathBuf]) -> anyhow::Result<Vec<Spec>> {
    let mut specs = loaded.filters.specs().to_vec();
    specs.extend(named(files)?);
    name_apart(&mut specs);
    Ok(specs)
}

/// Files of one name in two folders make filters of one name: the later ones get a number.
fn name_apart(specs: &mut [Spec]) {
    let mut seen = std::collections::HashSet::new();
    for spec in specs {
        let (first, mut number) = (Arc::clone(&spec.name), 2);
        while !seen.insert(Arc::clone(&spec.name)) {
            spec.name = format!("{first} ({number})").into();
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_filter::Tree;
    use oyez_filter::spec::What;

    #[test]
    fn filters_of_one_name_are_told_apart() {
        let what = What::Match { condition: Tree::Object(Vec::new()), action: "drop".into() };
        let mut specs = ["x", "y", "x", "x (2)", "x"].map(|name| Spec { name: name.into(), what: what.clone() });
        name_apart(&mut specs);
        assert_eq!(specs.map(|spec| spec.name.to_string()), ["x", "y", "x (2)", "x (2) (2)", "x (3)"]);
    }
}
