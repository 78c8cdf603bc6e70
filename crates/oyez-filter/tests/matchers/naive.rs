//! The compiled block judges as an evaluation of all rules one by one, by a reading of the tables that shares nothing with it.

use std::collections::HashMap;
use std::sync::LazyLock;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_filter::field::{self, Kind};
use oyez_filter::matcher::{Action, Condition, Judgement, Matchers, Rule};
use oyez_filter::{Field, Read as _, Tree, Value};
use proptest::prelude::*;
use proptest::sample::select;

use super::support::{corpus, judge, reader};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Owned {
    Text(Vec<u8>),
    Number(i128),
    Flag(bool),
}

type Values = HashMap<Field, Vec<Owned>>;

/// All events, with all they say.
static EVENTS: LazyLock<Vec<(Event, Values)>> = LazyLock::new(|| {
    let (mut reader, context) = (reader(), Context::default());
    let told = |event: Event| {
        let mut view = reader.view(&event, &context);
        let mut values = Values::new();
        for field in fields() {
            let of = values.entry(field.clone()).or_default();
            view.any(&field, &mut |value| {
                of.push(match value {
                    Value::Text(text) => Owned::Text(text.to_vec()),
                    Value::Number(number) => Owned::Number(number),
                    Value::Flag(flag) => Owned::Flag(flag),
                });
                false
            });
        }
        (event, values)
    };
    corpus().into_iter().map(told).collect()
});

fn fields() -> impl Iterator<Item = Field> {
    field::all().chain(["claimed.acct", "claimed.terminal", "details.op"].map(|name| Field::find(name).unwrap()))
}

/// Fields that some event has, with the values they have.
static POOL: LazyLock<Vec<(Field, Vec<Owned>)>> = LazyLock::new(|| {
    let mut pool: Vec<(Field, Vec<Owned>)> = Vec::new();
    for field in fields().filter(|field| field.def().name != "tags") {
        let all = EVENTS.iter().filter_map(|(_, values)| values.get(&field)).flatten();
        let mut distinct: Vec<Owned> = Vec::new();
        for value in all {
            if !distinct.contains(value) && distinct.len() < 30 {
                distinct.push(value.clone());
            }
        }
        if !distinct.is_empty() {
            pool.push((field, distinct));
        }
    }
    pool
});

fn member(name: &str, tree: Tree) -> Tree {
    Tree::Object(vec![(name.as_bytes().to_vec(), tree)])
}

/// A value that matches `value`, or nearly so, in one of the forms in which it can be written.
fn form_of(value: Owned) -> BoxedStrategy<Tree> {
    let text = match value {
        Owned::Flag(flag) => return select(vec![flag, !flag]).prop_map(Tree::Flag).boxed(),
        Owned::Number(number) => {
            return select(vec![
                Tree::Number(number),
                Tree::Text(number.to_string().into_bytes()),
                member("range", Tree::Text(format!("{}-{}", number - 2, number + 3).into_bytes())),
                member("range", Tree::Text(format!(">{number}").into_bytes())),
                member("range", Tree::Text(format!("<={number}").into_bytes())),
                member("not", Tree::Number(number)),
            ])
            .boxed();
        }
        Owned::Text(text) => String::from_utf8_lossy(&text).into_owned(),
    };
    let letters: Vec<char> = text.chars().collect();
    (0..=letters.len(), 0..=letters.len(), 0..14_u8)
        .prop_map(move |(one, other, form)| {
            let (from, to) = (one.min(other), one.max(other));
            let part = |range: std::ops::Range<usize>| letters[range].iter().collect::<String>();
            let (front, middle, back) = (part(0..from), part(from..to), part(to..letters.len()));
            let text = |text: String| Tree::Text(text.into_bytes());
            let escaped = |text: &str| {
                text.chars()
                    .flat_map(|letter| ("*?[]{},\\".contains(letter).then_some('\\')).into_iter().chain([letter]))
                    .collect()
            };
            let (a, m, z): (String, String, String) = (escaped(&front), escaped(&middle), escaped(&back));
            match form {
                0 => member("is", text(front + &middle + &back)),
                1 => text(format!("{a}*{z}")),
                2 => text(format!("{a}**{z}")),
                3 => text(format!("{a}?{z}")),
                4 => text(format!("*{m}*")),
                5 => text(format!("**{m}**")),
                6 => member("starts", text(front)),
                7 => member("ends", text(back)),
                8 => member("contains", text(middle)),
                9 => member("not", text(format!("{a}*"))),
                10 => text(format!("{a}{{{m},x*}}{z}")),
                11 => {
                    let whole = front.clone() + &middle + &back;
                    member("is", Tree::List([front, middle, back, whole].map(text).into()))
                }
                12 => member("exists", Tree::Flag(!front.is_empty())),
                _ => Tree::Object(vec![(b"starts".to_vec(), text(front)), (b"ends".to_vec(), text(back))]),
            }
        })
        .boxed()
}

fn one_field() -> impl Strategy<Value = Tree> {
    let field = (0..POOL.len()).prop_flat_map(|at| {
        let (field, values) = POOL[at].clone();
        let name = if field.def().alias.is_empty() { field.name() } else { field.def().alias.to_owned() };
        select(values).prop_flat_map(form_of).prop_map(move |tree| member(&name, tree))
    });
    prop_oneof![9 => field, 1 => select(vec!["a", "b"]).prop_map(|tag| member("tag", Tree::Text(tag.into())))]
}

fn table() -> impl Strategy<Value = Tree> {
    one_field().prop_recursive(3, 8, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            list.clone().prop_map(|trees| member("any", Tree::List(trees))),
            list.prop_map(|trees| member("all", Tree::List(trees))),
            inner.prop_map(|tree| member("not", tree)),
        ]
    })
}

fn rule() -> impl Strategy<Value = (Tree, &'static str)> {
    let action = select(vec![
        "drop",
        "drop",
        "keep",
        "tag:a",
        "tag:b",
        "sample:1/3",
        "limit:2/s",
        "limit:3/s per exe,tag",
        "suppress:1s per comm",
        "suppress:3s per path,key",
    ]);
    (table(), action)
}

fn has(tree: &Tree, values: &Values, tags: &[String]) -> bool {
    let Tree::Object(members) = tree else { panic!("{tree:?}") };
    members.iter().all(|(name, tree)| match (name.as_slice(), tree) {
        (b"any", Tree::List(trees)) => trees.iter().any(|tree| has(tree, values, tags)),
        (b"all", Tree::List(trees)) => trees.iter().all(|tree| has(tree, values, tags)),
        (b"not", tree) => !has(tree, values, tags),
        (name, tree) => {
            let field = Field::find(str::from_utf8(name).unwrap()).unwrap();
            let mut of = values.get(&field).cloned().unwrap_or_default();
            if field.def().name == "tags" {
                of.extend(tags.iter().map(|tag| Owned::Text(tag.clone().into_bytes())));
            }
            is(tree, &of, &field)
        }
    })
}

fn is(tree: &Tree, of: &[Owned], field: &Field) -> bool {
    let Tree::Object(members) = tree else { return of.iter().any(|value| plain(tree, value, field)) };
    members.iter().all(|(operator, tree)| {
        let text = |value: &Owned, test: &dyn Fn(&[u8], &[u8]) -> bool| match (value, tree) {
            (Owned::Text(value), Tree::Text(wanted)) => test(value, wanted),
            (Owned::Number(value), Tree::Text(wanted)) => test(value.to_string().as_bytes(), wanted),
            _ => false,
        };
        match operator.as_slice() {
            b"not" => !is(tree, of, field),
            b"exists" => of.is_empty() != (*tree == Tree::Flag(true)),
            b"is" => of.iter().any(|value| match tree {
                Tree::List(trees) => trees.iter().any(|tree| same(tree, value)),
                _ => same(tree, value),
            }),
            b"range" => of.iter().any(|value| in_range(tree, value, is_id(field))),
            b"starts" => of.iter().any(|value| text(value, &|value, wanted| value.starts_with(wanted))),
            b"ends" => of.iter().any(|value| text(value, &|value, wanted| value.ends_with(wanted))),
            b"contains" => of
                .iter()
                .any(|value| text(value, &|value, wanted| value.windows(wanted.len()).any(|part| part == wanted))),
            other => panic!("{other:?}"),
        }
    })
}

fn same(tree: &Tree, value: &Owned) -> bool {
    match (tree, value) {
        (Tree::Text(wanted), Owned::Text(value)) => wanted == value,
        (Tree::Text(wanted), Owned::Number(value)) => *wanted == value.to_string().into_bytes(),
        (Tree::Number(wanted), Owned::Number(value)) => wanted == value,
        (Tree::Flag(wanted), Owned::Flag(value)) => wanted == value,
        _ => false,
    }
}

fn plain(tree: &Tree, value: &Owned, field: &Field) -> bool {
    match (tree, value) {
        (Tree::Text(wanted), Owned::Text(value)) if wanted.iter().any(|byte| b"*?[{".contains(byte)) => {
            let name = field.name();
            let is_path = ["exe", "cwd", "path", "script", "primary", "secondary", "how", "by"]
                .iter()
                .any(|last| name.rsplit('.').next() == Some(last))
                || name == "paths.name";
            let is_path = is_path && field.def().kind != Kind::Any;
            choices(wanted).iter().any(|wanted| {
                // `**/` in front may be nothing.
                glob(wanted, value, is_path)
                    || wanted.strip_prefix(b"**/").is_some_and(|wanted| glob(wanted, value, is_path))
            })
        }
        _ => same(tree, value),
    }
}

/// Whether 4294967295 stands for none in a field.
fn is_id(field: &Field) -> bool {
    let name = field.name();
    let parts = ["session", "user.", "actor.", "ouid", "ogid", "frootid"];
    parts.iter().any(|part| name.contains(part))
}

fn in_range(tree: &Tree, value: &Owned, is_id: bool) -> bool {
    let (Tree::Text(text), Owned::Number(value)) = (tree, value) else { return false };
    let text = str::from_utf8(text).unwrap();
    if let Some(least) = text.strip_prefix('>') {
        return *value > least.parse().unwrap() && !(is_id && *value == 0xffff_ffff);
    }
    if let Some(most) = text.strip_prefix("<=") {
        return *value <= most.parse().unwrap() && !(is_id && *value == 0xffff_ffff);
    }
    let dash = text[1..].find('-').unwrap() + 1;
    (text[..dash].parse().unwrap()..=text[dash + 1..].parse().unwrap()).contains(value)
}

/// The globs without braces that one with a pair of them stands for.
fn choices(glob: &[u8]) -> Vec<Vec<u8>> {
    let bare = |byte: u8| {
        let mut at = 0;
        while at < glob.len() && glob[at] != byte {
            at += if glob[at] == b'\\' { 2 } else { 1 };
        }
        at
    };
    let open = bare(b'{');
    if open >= glob.len() {
        return vec![glob.to_vec()];
    }
    let close = bare(b'}');
    let (mut parts, mut at) = (vec![Vec::new()], open + 1);
    while at < close {
        if glob[at] == b',' {
            parts.push(Vec::new());
        } else {
            let len = if glob[at] == b'\\' { 2 } else { 1 };
            parts.last_mut().unwrap().extend_from_slice(&glob[at..at + len]);
            at += len - 1;
        }
        at += 1;
    }
    parts.iter().map(|part| [&glob[..open], part, &glob[close + 1..]].concat()).collect()
}

/// Slow and plain.
fn glob(glob: &[u8], text: &[u8], is_path: bool) -> bool {
    let crosses = |text: &[u8]| !is_path || text.first() != Some(&b'/');
    match glob {
        [] => text.is_empty(),
        [b'*', b'*', b'*', rest @ ..] => self::glob(&[b"**", rest].concat(), text, is_path),
        [b'/', b'*', b'*', b'/', rest @ ..] => {
            text.first() == Some(&b'/')
                && (1..=text.len()).any(|at| text[at - 1] == b'/' && self::glob(rest, &text[at..], is_path))
        }
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|at| self::glob(rest, &text[at..], is_path)),
        [b'*', rest @ ..] => (0..=text.len())
            .take_while(|at| *at == 0 || crosses(&text[at - 1..]))
            .any(|at| self::glob(rest, &text[at..], is_path)),
        [b'?', rest @ ..] => !text.is_empty() && crosses(text) && self::glob(rest, &text[1..], is_path),
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => {
            text.first() == Some(byte) && self::glob(rest, &text[1..], is_path)
        }
    }
}

/// What an action remembers, kept without bounds.
#[derive(Default)]
struct Memory {
    sampled: u64,
    /// What is in each bucket, in thousandths of an event, and when it was filled.
    buckets: HashMap<Vec<Vec<Owned>>, (u64, u64)>,
    windows: HashMap<Vec<Vec<Owned>>, u64>,
}

fn acts(action: &Action, memory: &mut Memory, values: &Values, tags: &mut Vec<String>, now: u64) -> Judgement {
    let of = |per: &[Field]| -> Vec<Vec<Owned>> {
        let of_one = |field: &Field| match field.def().name {
            "tags" => tags.iter().map(|tag| Owned::Text(tag.clone().into_bytes())).collect(),
            _ => values.get(field).cloned().unwrap_or_default(),
        };
        per.iter().map(of_one).collect()
    };
    let passes = match action {
        Action::Drop => false,
        Action::Keep => return Judgement::Keep,
        Action::Tag(tag) => {
            if !tags.contains(&tag.to_string()) {
                tags.push(tag.to_string());
            }
            true
        }
        Action::Sample { of, .. } => {
            memory.sampled += 1;
            (memory.sampled - 1).is_multiple_of((*of).into())
        }
        Action::Limit { count, unit, per } => {
            let (count, full) = (u64::from(*count), u64::from(*count) * unit);
            let (level, at) = memory.buckets.entry(of(per)).or_insert((full, now));
            *level = (*level + (now - *at) * count).min(full);
            *at = now;
            let passes = *level >= *unit;
            *level -= if passes { *unit } else { 0 };
            passes
        }
        Action::Suppress { window, per } => {
            let ends = memory.windows.entry(of(per)).or_insert(0);
            let passes = *ends <= now;
            *ends = if passes { now + window } else { *ends };
            passes
        }
    };
    if passes { Judgement::Pass } else { Judgement::Drop }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_block_judges_as_all_rules_one_by_one(rules in prop::collection::vec(rule(), 1..40), step in 0..700_u64) {
        let parse = |(tree, action): &(Tree, &str)| {
            let condition = Condition::parse(tree, &mut Vec::new())?;
            Some((tree.clone(), Rule { name: "x".into(), condition, action: Action::parse(action).unwrap() }))
        };
        // What never or always matches is refused.
        let (trees, rules): (Vec<Tree>, Vec<Rule>) = rules.iter().filter_map(parse).unzip();
        let actions: Vec<Action> = rules.iter().map(|rule| rule.action.clone()).collect();
        let mut memories: Vec<Memory> = actions.iter().map(|_| Memory::default()).collect();
        let mut block = Matchers::new(rules).unwrap();
        for (place, (event, values)) in (0_u64..).zip(EVENTS.iter()) {
            let (now, mut tags, mut naive) = (1_000_000 + place * step, Vec::new(), Judgement::Pass);
            for ((tree, action), memory) in trees.iter().zip(&actions).zip(&mut memories) {
                if naive == Judgement::Pass && has(tree, values, &tags) {
                    naive = acts(action, memory, values, &mut tags, now);
                }
            }
            let (judged, tagged) = judge(&mut block, event, now);
            prop_assert_eq!(judged, naive, "event {}", place);
            prop_assert_eq!(tagged.iter().map(ToString::to_string).collect::<Vec<_>>(), tags);
        }
    }
}
