//! `oyez report` without its command line: whoever takes events and counts them ([`Counted`]), the report shown again and
//! again ([`Screen`]), and the kernel's running stream ([`live`]).

mod counted;
pub(crate) mod live;
mod screen;

pub(crate) use counted::Counted;
pub(crate) use screen::Screen;
