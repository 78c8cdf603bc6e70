//! Patterns of file names for `oyez.glob` → regular expressions.

/// The expression for `glob`: `*` and `?` do not cross `/`, `**` does; `[…]` is a set.
///
/// # Errors
/// A set does not end.
pub(super) fn expression(glob: &str) -> Result<String, String> {
    let mut out = "(?s-u)\\A".to_owned();
    let mut letters = glob.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' if letters.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            _ => out.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
        }
    }
    out.push_str("\\z");
    Ok(out)
}
