//! A value that owns its parts: what a script gave, before anybody knows whether it is an event.
//!
//! Made by filters from what scripts return; read by whoever makes an event of it. Any tree can come.

/// A value and all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A place in a list that has no value, as `argv` has them where an argument is missing.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i128),
    /// Text, of any bytes.
    Text(Vec<u8>),
    /// Values in their order.
    List(Vec<Tree>),
    /// Members in any order; of a name that comes twice the first counts. An empty one may be meant as an empty list.
    Object(Vec<(Vec<u8>, Tree)>),
}

impl Tree {
    /// The member called `name`; `None` for what has none, or is no object.
    pub fn get(&self, name: &[u8]) -> Option<&Tree> {
        let Tree::Object(members) = self else { return None };
        members.iter().find(|(other, _)| other == name).map(|(_, tree)| tree)
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&[u8]> {
        let Tree::Text(bytes) = self else { return None };
        Some(bytes)
    }

    /// The number, where it is one.
    pub fn number(&self) -> Option<i128> {
        let Tree::Number(number) = self else { return None };
        Some(*number)
    }
}
