//! Who acted, read once for the many events of a process that say so in the same words.
//!
//! An event in, an [`Actor`] out, the same that [`Reader`] reads. From ` ppid=` to the end of its `exe=` a process writes into
//! each of its `SYSCALL` records the same text, as long as it runs the same program as the same user: what was read of it is
//! kept for [`SLOTS`] such texts, compared in full, of up to [`MAX_TEXT`] bytes each.

use memchr::memmem;
use oyez_events::Event;

use super::record::{Actor, Acts, Reader, main_syscall};

/// Texts that are kept, a power of two: as many as processes act by turns on a busy host.
const SLOTS: usize = 128;
/// Longer ones are read anew each time.
const MAX_TEXT: usize = 512;

/// A text that was read, and what it says.
#[derive(Clone, Debug, Default)]
struct Known {
    /// From ` ppid=` to the space behind the value of `exe=`; empty where nothing is kept.
    text: Vec<u8>,
    acts: Acts,
}

/// Finds out who acted.
#[derive(Debug)]
pub struct Actors {
    reader: Reader,
    known: Box<[Known]>,
}

impl Default for Actors {
    fn default() -> Self {
        Actors { reader: Reader::default(), known: vec![Known::default(); SLOTS].into() }
    }
}

impl Actors {
    /// Who acted in `event`; `None` where no record says.
    #[inline]
    pub fn of<'a>(&mut self, event: &'a Event) -> Option<Actor<'a>> {
        let (Some(place), is_exec) = main_syscall(event) else { return self.reader.actor(event) };
        let body = event.record(place)?.body();
        let text = body.get(self.reader.ppid_at(body)?..)?;
        let known = self.known.get_mut(slot(text))?;
        if known.text.is_empty() || !text.starts_with(&known.text) {
            known.keep(text, self.reader.acts(text)?);
        }
        let Acts { pid, ppid, ses, ref exe } = known.acts;
        let exe = exe.clone().and_then(|exe| text.get(exe));
        Some(Actor { pid, ppid: Some(ppid), ses, exe, body, is_syscall: true, is_exec })
    }
}

impl Known {
    /// Takes what was read; the text too, if nothing behind it can change that.
    fn keep(&mut self, text: &[u8], acts: Acts) {
        self.text.clear();
        if let Some(exe) = acts.exe.clone().filter(|exe| exe.end < MAX_TEXT && text.get(exe.end) == Some(&b' '))
            && memmem::find(text.get(..exe.start).unwrap_or_default(), b" ses=").is_some()
        {
            self.text.extend_from_slice(text.get(..=exe.end).unwrap_or_default());
        }
        self.acts = acts;
    }
}

/// Where a text is kept: by its digits behind ` ppid=`, mostly those of both numbers.
fn slot(text: &[u8]) -> usize {
    let eight = |at: usize| text.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    let mixed = (eight(6) ^ eight(14).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> (64 - SLOTS.ilog2())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fakes::event;
    use super::*;

    proptest! {
        #[test]
        fn what_was_read_before_changes_nothing(bodies in prop::collection::vec(
            "(arch=1|a0=1)( ses=[12])?( ppid=[12] pid=[12]( ses=[12]{1,2})?( comm=\"a\")?( exe=\"[ab]\"| exe=| exe=\\(null\\)| exe=6162)?( ses=3)?( key=.{0,3})?)?",
            1..60
        )) {
            let (mut actors, reader) = (Actors::default(), Reader::default());
            for body in bodies {
                let event = event(0, &[(1302, "item=0"), (1300, &body)]);
                prop_assert_eq!(actors.of(&event), reader.actor(&event), "{}", body);
            }
        }
    }

    #[test]
    fn a_process_that_says_the_same_again_is_known_by_it() {
        let body =
            |a0: u32, key: &str| format!("arch=c000003e syscall=2 a0={a0} ppid=1 pid=2 ses=4 exe=\"/bin/a\" key={key}");
        let mut actors = Actors::default();
        for (a0, key) in [(1, "\"x\""), (22, "(null)"), (333, "\"x\"")] {
            let event = event(0, &[(1300, &body(a0, key))]);
            let actor = actors.of(&event).unwrap();
            assert_eq!((actor.pid, actor.ppid, actor.ses, actor.exe), (2, Some(1), Some(4), Some(&b"\"/bin/a\""[..])));
        }
        let kept: Vec<_> = actors.known.iter().filter(|known| !known.text.is_empty()).collect();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].text, b" ppid=1 pid=2 ses=4 exe=\"/bin/a\" ");
    }

    #[test]
    fn processes_that_act_by_turns_mostly_have_places_of_their_own() {
        let places = |pids: std::ops::Range<u32>| {
            let mut places: Vec<_> = pids.map(|pid| slot(format!(" ppid=705 pid={pid} auid=0 ").as_bytes())).collect();
            places.sort_unstable();
            places.dedup();
            places.len()
        };
        assert!(places(700..716) >= 14 && places(1_234_000..1_234_016) >= 14);
    }
}
