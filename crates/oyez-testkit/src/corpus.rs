//! Logs to test on: the project's own, committed ones, and a shared corpus of public and recorded logs that lies beside the
//! repository where there is one.

use std::io;
use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_owned()
}

/// A file or folder of the shared corpus: in `$OYEZ_SHARED`, else in `../shared` beside the workspace.
/// `None` where it is not there; a test that needs it says so with [`skipped`].
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("OYEZ_SHARED").map_or_else(|| workspace().join("../shared"), PathBuf::from);
    Some(root.join(name)).filter(|path| path.exists())
}

/// The files below `folder` whose path ends with `ending`, sorted.
///
/// # Errors
/// A folder can't be read.
pub fn files(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir()? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The bytes of a log; those of a `.zst` file unpacked.
///
/// # Errors
/// The file can't be read or unpacked.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = std::fs::read(path)?;
    if path.extension().is_some_and(|ending| ending == "zst") { zstd::decode_all(bytes.as_slice()) } else { Ok(bytes) }
}

/// Says that a test can't run here, and why. It counts as passed.
#[expect(
    clippy::print_stdout,
    reason = "the harness shows what a test prints; a skipped one must not look like a run one"
)]
pub fn skipped(why: &str) {
    println!("skipped: {why}");
}
