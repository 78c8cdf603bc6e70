//! The filters in `filters/`: what each drops, keeps and changes of sample events.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its setting fails")]

mod samples;
mod scripts;
mod tables;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use oyez_filter::Tree;
use oyez_filter::chain::{Filters, Settings};
use oyez_filter::spec::{OnError, Script, Spec, What};
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_testkit::corpus;
use samples::Sample;
use serde_json::Value;

/// An example file.
fn path(name: &str) -> PathBuf {
    corpus::workspace().join("filters").join(name)
}

/// The chain of an example's filters; a script gets `config`.
fn chain(name: &str, config: Tree) -> Filters {
    let text = std::fs::read_to_string(path(name)).unwrap();
    let is_script = path(name).extension().is_some_and(|extension| extension == "lua");
    let specs = if is_script { vec![spec(name, text.as_bytes(), config)] } else { specs(&text) };
    Filters::compile(&specs, &Settings::default()).unwrap_or_else(|wrongs| panic!("{name}: {wrongs:?}"))
}

/// The filter that is a script.
fn spec(name: &str, source: &[u8], config: Tree) -> Spec {
    let script = Script {
        source: source.into(),
        config,
        on_error: OnError::Drop,
        time_limit: Duration::from_secs(1),
        memory_limit: 16 << 20,
        max_errors: None,
    };
    Spec { name: name.into(), what: What::Script(script) }
}

/// The filters of a configuration that has nothing but matchers.
fn specs(text: &str) -> Vec<Spec> {
    let file: toml::Table = text.parse().unwrap();
    assert_eq!(file.keys().collect::<Vec<_>>(), ["filter"]);
    let filters = file["filter"].as_array().unwrap().iter().map(|filter| {
        let filter = filter.as_table().unwrap();
        assert_eq!(filter.keys().collect::<Vec<_>>(), ["action", "match", "name"]);
        let text = |name: &str| filter[name].as_str().unwrap();
        let what = What::Match { condition: tree(&filter["match"]), action: text("action").to_owned() };
        Spec { name: Arc::from(text("name")), what }
    });
    filters.collect()
}

fn tree(value: &toml::Value) -> Tree {
    match value {
        toml::Value::String(text) => Tree::Text(text.as_bytes().to_vec()),
        toml::Value::Integer(number) => Tree::Number((*number).into()),
        toml::Value::Boolean(flag) => Tree::Flag(*flag),
        toml::Value::Array(values) => Tree::List(values.iter().map(tree).collect()),
        toml::Value::Table(members) => {
            Tree::Object(members.iter().map(|(name, value)| (name.as_bytes().to_vec(), tree(value))).collect())
        }
        other => panic!("{other:?}"),
    }
}

/// What of a sample goes on, as its JSON says it; `None` where it is dropped. No filter may fail.
fn left(filters: &mut Filters, sample: &Sample) -> Option<Value> {
    let mut json = None;
    sample.with(|event, context| {
        let outcome = filters.late(event, context, event.id().millis(), &mut |_| {});
        assert!(!outcome.did.is_failed, "{sample:?}");
        json = outcome.left.map(|(event, context)| {
            let mut line = Vec::new();
            JsonFormat::new(JsonOptions::default()).event(event, &context, &mut line);
            serde_json::from_slice(&line).unwrap()
        });
    });
    json
}

/// The sample as it is without filters.
fn whole(sample: &Sample) -> Value {
    left(&mut Filters::none(), sample).unwrap()
}

/// Asserts which samples go on, each as it was, and which are dropped.
fn sorts(name: &str, stay: &[Sample], go: &[Sample]) {
    let mut filters = chain(name, Tree::Object(Vec::new()));
    for sample in stay {
        assert_eq!(left(&mut filters, sample), Some(whole(sample)), "{name} {sample:?}");
    }
    for sample in go {
        assert_eq!(left(&mut filters, sample), None, "{name} {sample:?}");
    }
}

#[test]
fn every_example_is_in_the_readme_and_has_a_test() {
    let readme = std::fs::read_to_string(path("README.md")).unwrap();
    let tests = [include_str!("tables.rs"), include_str!("scripts.rs")].concat();
    let mut count = 0;
    for entry in path("").read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name != "README.md" {
            assert!(readme.contains(&format!("[{name}]({name})")) && tests.contains(&format!("\"{name}\"")), "{name}");
            count += 1;
        }
    }
    assert_eq!(count, 7);
}
