//! Patterns of file names for `oyez.glob` → regular expressions.
//!
//! `*` and `?` do not cross `/`, `**` does; `/**/` is also a single `/`, and `**/` in front also nothing. Sets, choices and
//! backslashes are refused.

/// The expression for `glob`, over bytes.
///
/// # Errors
/// It has something that is not supported.
pub(super) fn expression(glob: &str) -> Result<String, String> {
    let mut out = "(?s-u)\\A".to_owned();
    let mut rest = glob;
    if let Some(behind) = rest.strip_prefix("**/") {
        (out, rest) = (out + "(?:.*/)?", behind);
    }
    while let Some(letter) = rest.chars().next() {
        let words = [("/**/", "/(?:.*/)?"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]")];
        let found = words.iter().find_map(|(word, means)| Some((rest.strip_prefix(word)?, *means)));
        if let Some((behind, means)) = found {
            out.push_str(means);
            rest = behind;
        } else if matches!(letter, '[' | '{' | '\\') {
            return Err(format!("{letter} is not supported in a glob: use oyez.regex"));
        } else {
            out.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4])));
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    out.push_str("\\z");
    Ok(out)
}
