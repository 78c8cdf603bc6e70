//! The members of a table that are known beyond the records: of `process`, its ancestors, `login`, `container` and `host`.

use oyez_events::context::{LoginKind, Process};

use super::invalid::{At, Invalid};
use super::pairs::{Pair, elements, pairs, sibling, texts};
use super::parts::Part;
use super::time;
use super::{Edit, derived};
use crate::document::Item;
use crate::tree::Tree;

/// Longest text of a part, in bytes; records have far shorter ones.
const MAX_TEXT: usize = 64 << 10;

impl Edit<'_> {
    /// A member of `process` that no record tells.
    pub(super) fn known_of_process(
        &mut self,
        pair: &Pair<'_, '_>,
        object: Option<Item<'_>>,
        at: &At<'_>,
    ) -> Result<(), Invalid> {
        let tree = pair.tree;
        match pair.name {
            b"parent" | b"ancestors" => return self.lineage(pair, object, at),
            b"unit" => return self.unit(tree, at),
            _ => {}
        }
        let process = self.parts.process(self.context).ok_or_else(|| at.unknown())?;
        match pair.name {
            b"started" => process.started_ms = moment(tree, at)?,
            b"script" => process.script = bytes(tree, at)?,
            b"sha256" => process.sha256 = tree.map(|tree| digest(tree, at)).transpose()?,
            _ => {
                let items = tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
                let label = |(place, tree): (usize, &Tree)| {
                    let at = at.place(place);
                    text(Some(tree), &at)?.ok_or_else(|| at.expected("text"))
                };
                process.labels = items.iter().enumerate().map(label).collect::<Result<Vec<_>, _>>()?.into();
            }
        }
        Ok(())
    }

    /// The unit, and its name in the control group, which another format tells.
    fn unit(&mut self, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        let new = text(tree, at)?;
        let place = self.parts.place(self.context).ok_or_else(|| at.unknown())?;
        let old = std::mem::replace(&mut place.unit, new);
        let (old, new) = (old.as_deref().unwrap_or_default(), place.unit.as_deref().unwrap_or_default());
        place.cgroup = renamed(&place.cgroup, old, new);
        Ok(())
    }

    /// `process.parent`, which is the first ancestor, and `process.ancestors`, which are the others.
    fn lineage(&mut self, pair: &Pair<'_, '_>, object: Option<Item<'_>>, at: &At<'_>) -> Result<(), Invalid> {
        if pair.item.is_none() {
            return Err(at.unknown());
        }
        if pair.name == b"parent" {
            let Some(tree) = pair.tree else { return self.no_parent(object, at) };
            return self.ancestor(0, pair.item, tree, at);
        }
        let items = pair.tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        let old: Vec<_> = pair.item.into_iter().flat_map(Item::children).collect();
        let matched = super::lists::matched(&old, items);
        let mut gone = Vec::new();
        for (place, (old_place, tree)) in matched.iter().enumerate() {
            match (old_place, tree) {
                (Some(old_place), Some(tree)) => {
                    self.ancestor(old_place + 1, old.get(*old_place).copied(), tree, &at.place(place))?;
                }
                (Some(old_place), None) => gone.push(old_place + 1),
                _ => return Err(at.place(place).unknown()),
            }
        }
        for index in gone.into_iter().rev() {
            let lineage = self.parts.lineage(self.context);
            if index < lineage.len() {
                lineage.remove(index);
            }
        }
        Ok(())
    }

    fn no_parent(&mut self, object: Option<Item<'_>>, at: &At<'_>) -> Result<(), Invalid> {
        let others = sibling(object, b"ancestors", b"");
        if others.is_some() && !self.lacks_ancestors {
            return Err(
                at.invalid("cannot be removed while process.ancestors stay: the first of these would be the parent")
            );
        }
        self.parts.ancestors = Some(Vec::new());
        Ok(())
    }

    fn ancestor(&mut self, index: usize, item: Option<Item<'_>>, tree: &Tree, at: &At<'_>) -> Result<(), Invalid> {
        for pair in pairs(item, Some(tree), at)? {
            if pair.is_same(item) {
                continue;
            }
            let (at, is_parent) = (at.name(pair.name), index == 0);
            let name = pair.name;
            let is_known =
                matches!(name, b"pid" | b"comm" | b"exe") || is_parent && matches!(name, b"argv" | b"script");
            if !is_known {
                derived::member(&pair, item, &at)?;
                continue;
            }
            let process = self.parts.ancestor(self.context, index).ok_or_else(|| at.unknown())?;
            match name {
                b"pid" => process.key.pid = number(pair.tree, &at)?.ok_or_else(|| at.expected("a number"))?,
                b"comm" => process.comm = bytes(pair.tree, &at)?.unwrap_or_default(),
                b"exe" => process.exe = bytes(pair.tree, &at)?.unwrap_or_default(),
                b"script" => process.script = bytes(pair.tree, &at)?,
                _ => {
                    let items = pair.tree.map_or(Ok(&[][..]), |tree| elements(tree, &at))?;
                    let args = texts(pair.item, sibling(item, name, b"_hex"), items, &at)?;
                    set_argv(process, &args, &at)?;
                }
            }
        }
        Ok(())
    }

    /// `login`.
    pub(super) fn login(&mut self, item: Option<Item<'_>>, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        if tree.is_none() {
            self.parts.login = Part::Gone;
            return Ok(());
        }
        for pair in pairs(item, tree, at)? {
            if pair.is_same(item) {
                continue;
            }
            let (at, tree) = (at.name(pair.name), pair.tree);
            let login = self.parts.login(self.context).ok_or_else(|| at.unknown())?;
            match pair.name {
                b"started" => login.started_ms = moment(tree, &at)?,
                b"ended" => login.ended_ms = moment(tree, &at)?,
                b"kind" => {
                    login.kind = match tree {
                        None => LoginKind::User,
                        Some(Tree::Text(word)) if word == b"job" => LoginKind::Job,
                        Some(_) => return Err(at.expected("\"job\", or nothing")),
                    }
                }
                b"acct" => login.acct = text(tree, &at)?,
                b"by" => login.by = text(tree, &at)?,
                b"terminal" => login.terminal = text(tree, &at)?,
                b"addr" => login.addr = text(tree, &at)?,
                b"pid" => login.pid = number(tree, &at)?,
                _ => return Err(at.unknown()),
            }
        }
        Ok(())
    }

    /// `container`.
    pub(super) fn container(
        &mut self,
        item: Option<Item<'_>>,
        tree: Option<&Tree>,
        at: &At<'_>,
    ) -> Result<(), Invalid> {
        for pair in pairs(item, tree, at)? {
            if pair.is_same(item) || tree.is_none() {
                continue;
            }
            let at = at.name(pair.name);
            let new = text(pair.tree, &at)?;
            let place = self.parts.place(self.context).ok_or_else(|| at.unknown())?;
            let container = place.container.as_mut().ok_or_else(|| at.unknown())?;
            match pair.name {
                b"id" => {
                    let new = new.ok_or_else(|| at.expected("text; without an id remove the whole container"))?;
                    let old = std::mem::replace(&mut container.id, new);
                    place.cgroup = place.cgroup.replace(&*old, &container.id).into();
                }
                b"runtime" => container.runtime = new,
                b"pod_uid" => {
                    container.pod_uid = new;
                    place.cgroup = Box::default();
                }
                _ => return Err(at.unknown()),
            }
        }
        if tree.is_none()
            && !self.parts.process.is_gone()
            && let Some(place) = self.parts.place(self.context)
        {
            (place.container, place.cgroup) = (None, Box::default());
        }
        Ok(())
    }

    /// `host`.
    pub(super) fn host(&mut self, item: Option<Item<'_>>, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        if tree.is_none() {
            self.parts.host = Part::Gone;
            return Ok(());
        }
        for pair in pairs(item, tree, at)? {
            if pair.is_same(item) {
                continue;
            }
            let at = at.name(pair.name);
            let new = text(pair.tree, &at)?;
            let host = self.parts.host(self.context).ok_or_else(|| at.unknown())?;
            match pair.name {
                b"machine" => host.machine = new,
                b"instance" => host.instance = new,
                _ => return Err(at.unknown()),
            }
        }
        Ok(())
    }
}

/// Gives a process these arguments.
pub(super) fn set_argv(process: &mut Process, args: &[Option<Vec<u8>>], at: &At<'_>) -> Result<(), Invalid> {
    let mut argv = Vec::new();
    for (place, arg) in args.iter().enumerate() {
        let arg = arg.as_ref().filter(|arg| !arg.contains(&0));
        argv.extend_from_slice(arg.ok_or_else(|| at.place(place).expected("text without zero bytes"))?);
        argv.push(0);
    }
    process.argv = argv.into();
    Ok(())
}

/// A control group's path whose part `old` is called `new`; without it where that is nothing.
fn renamed(cgroup: &str, old: &str, new: &str) -> Box<str> {
    if old.is_empty() {
        return cgroup.into();
    }
    let parts = cgroup.split('/').filter(|part| *part != old || !new.is_empty());
    let parts: Vec<_> = parts.map(|part| if part == old { new } else { part }).collect();
    parts.join("/").into()
}

fn bytes(tree: Option<&Tree>, at: &At<'_>) -> Result<Option<Box<[u8]>>, Invalid> {
    match tree {
        None => Ok(None),
        Some(Tree::Text(text)) if text.len() > MAX_TEXT => {
            Err(at.invalid(format!("text has at most {MAX_TEXT} bytes")))
        }
        Some(Tree::Text(text)) if text.is_empty() => Ok(None),
        Some(Tree::Text(text)) => Ok(Some(text.clone().into())),
        Some(_) => Err(at.expected("text")),
    }
}

fn text(tree: Option<&Tree>, at: &At<'_>) -> Result<Option<Box<str>>, Invalid> {
    let Some(bytes) = bytes(tree, at)? else { return Ok(None) };
    let text = String::from_utf8(bytes.into());
    text.map(|text| Some(text.into())).map_err(|_| at.expected("text in UTF-8"))
}

fn number(tree: Option<&Tree>, at: &At<'_>) -> Result<Option<u32>, Invalid> {
    let Some(tree) = tree else { return Ok(None) };
    let number = tree.number().and_then(|number| u32::try_from(number).ok());
    number.map(Some).ok_or_else(|| at.expected("a whole number from 0 to 4294967295"))
}

fn moment(tree: Option<&Tree>, at: &At<'_>) -> Result<Option<u64>, Invalid> {
    let Some(tree) = tree else { return Ok(None) };
    let ms = tree.text().and_then(time::millis);
    ms.map(Some).ok_or_else(|| at.expected("a time like 2026-11-23T04:20:11.360Z"))
}

fn digest(tree: &Tree, at: &At<'_>) -> Result<[u8; 32], Invalid> {
    let (mut digest, wanted) = ([0; 32], "64 hex digits in lower case");
    let digits = tree.text().filter(|digits| digits.len() == 64).ok_or_else(|| at.expected(wanted))?;
    for (byte, digits) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let is_lower = digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let digits = str::from_utf8(digits).ok().filter(|_| is_lower);
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        *byte = value.ok_or_else(|| at.expected(wanted))?;
    }
    Ok(digest)
}
