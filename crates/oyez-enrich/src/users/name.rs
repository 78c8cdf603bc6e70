//! Which bytes may be the name of a user or a group: any that people can read and no terminal obeys.
//!
//! Refused, so that the number stands alone, are what is empty, longer than [`MAX_LEN`] bytes or not UTF-8, and what holds a
//! control character, a colon, U+FFFD (what a decoder makes of bytes that are no text), or a character that turns the
//! direction of writing. Spaces, capitals and letters of any script are names: directory services have them.

/// The longest name, in bytes (`LOGIN_NAME_MAX`, limits.h).
pub(super) const MAX_LEN: usize = 256;

/// The name that `bytes` are.
pub(super) fn accept(bytes: &[u8]) -> Option<&str> {
    let name = str::from_utf8(bytes).ok()?;
    let is_name = !name.is_empty() && name.len() <= MAX_LEN && !name.contains(is_refused);
    is_name.then_some(name)
}

fn is_refused(character: char) -> bool {
    matches!(character, ':' | '\u{fffd}') || is_harmful(character)
}

/// Whether a terminal would obey the character instead of showing it, or show what follows elsewhere.
pub(crate) fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_can_read_is_a_name_and_nothing_else() {
        for name in ["root", "www-data", "DOM\\Jane Doe", "jörg", "用户", "a\"b", "host$"] {
            assert_eq!(accept(name.as_bytes()), Some(name));
        }
        let long = [b'a'; MAX_LEN + 1];
        for bytes in
            [&b""[..], b"a\nb", b"a\x1b[2J", b"caf\xe9", b"a:b", "a\u{202e}b".as_bytes(), "\u{fffd}".as_bytes(), &long]
        {
            assert_eq!(accept(bytes), None, "{bytes:?}");
        }
        assert!(accept(&long[..MAX_LEN]).is_some());
    }
}
