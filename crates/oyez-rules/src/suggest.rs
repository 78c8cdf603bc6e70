//! "Did you mean": the known name nearest to an unknown one, when it is near enough to be a slip.

/// The name among `known` that `word` was probably meant to be: at most one edit (a letter more, less, other or swapped)
/// per three letters away, case and the two kinds of dash aside.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = fold(word);
    let len = word.chars().count();
    let allowed = (len / 3).max(1);
    known
        .into_iter()
        // No fewer edits than letters more or less; and a long word costs nothing.
        .filter(|name| name.chars().count().abs_diff(len) <= allowed)
        .map(|name| (strsim::damerau_levenshtein(&word, &fold(name)), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_find_their_name_and_strangers_none() {
        let known = ["mode", "node", "backlog_limit", "omit_fields"];
        for (word, meant) in [
            ("mdoe", Some("mode")),
            ("Mode", Some("mode")),
            ("backlog-limit", Some("backlog_limit")),
            ("backloglimits", Some("backlog_limit")),
            ("omit_field", Some("omit_fields")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }

    #[test]
    fn a_word_of_any_length_is_compared_with_names_of_its_length_only() {
        let long = "a".repeat(1 << 20);
        assert_eq!(nearest(&long, ["open", "openat"]), None);
    }
}
