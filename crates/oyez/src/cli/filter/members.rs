//! Which members of an event differ: its JSON before and after in, their names out.

use serde_json::Value;

/// No more are named of one event.
const MOST: usize = 16;

/// The names of what is new (`+`), gone (`-`) or different, each once, by its way from the root: `process.argv[2]`.
pub(super) fn differing(before: &Value, after: &Value) -> Vec<String> {
    let mut names = Vec::new();
    walk(before, after, "", &mut names);
    if names.len() > MOST {
        let more = names.len() - MOST;
        names.truncate(MOST);
        names.push(format!("and {more} more"));
    }
    names
}

fn walk(before: &Value, after: &Value, at: &str, names: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let way = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
            for (name, value) in old {
                match new.get(name) {
                    Some(other) => walk(value, other, &way(name), names),
                    None => names.push(format!("-{}", way(name))),
                }
            }
            names.extend(new.keys().filter(|name| !old.contains_key(*name)).map(|name| format!("+{}", way(name))));
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                walk(old, new, &format!("{at}[{index}]"), names);
            }
        }
        (old, new) if old != new => names.push(at.to_owned()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_new_gone_or_different_is_named_by_its_way() {
        let before = json!({"a": 1, "b": {"c": [1, 2], "d": "x"}, "e": true, "f": [1]});
        let after = json!({"a": 1, "b": {"c": [1, 3], "g": null}, "f": [1, 2], "tags": ["t"]});
        assert_eq!(differing(&before, &after), ["b.c[1]", "-b.d", "+b.g", "-e", "f", "+tags"]);
        assert!(differing(&before, &before).is_empty());
    }

    #[test]
    fn what_differs_everywhere_is_not_named_in_full() {
        let many = |sign: i32| json!({"all": (1..100).map(|number| number * sign).collect::<Vec<_>>()});
        let names = differing(&many(1), &many(-1));
        assert_eq!((names.len(), names.last().unwrap().as_str()), (MOST + 1, "and 83 more"));
    }
}
