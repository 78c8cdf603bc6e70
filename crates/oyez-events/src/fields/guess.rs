//! "Is the next key this one?" in one comparison of eight bytes.

use oyez_tables::key::Key;

/// For each key, how `name=` looks.
#[derive(Debug)]
pub(super) struct Guess {
    probes: Box<[Probe; Key::COUNT]>,
}

/// The first eight bytes of `name=`, which of them count, its last eight bytes where it is longer, and the name's length.
#[derive(Clone, Copy, Debug, Default)]
struct Probe {
    word: u64,
    mask: u64,
    last: u64,
    len: u32,
}

impl Guess {
    pub(super) fn new() -> Self {
        let probe = |index| Key::from_index(index).map_or_else(Probe::default, |key| Probe::of(key.name()));
        Guess { probes: Box::new(std::array::from_fn(probe)) }
    }

    /// The length of `name=` of `key` where that stands at the start of `rest`.
    #[inline]
    pub(super) fn is(&self, key: Key, rest: &[u8]) -> Option<usize> {
        let probe = &self.probes[key as usize];
        let len = probe.len as usize;
        let Some(chunk) = rest.first_chunk::<8>() else {
            return (rest.get(len) == Some(&b'=') && rest.starts_with(key.name().as_bytes())).then_some(len + 1);
        };
        if u64::from_le_bytes(*chunk) & probe.mask != probe.word {
            return None;
        }
        if len < 8 {
            return Some(len + 1);
        }
        let last = rest.get(len - 7..)?.first_chunk::<8>()?;
        let is_same = u64::from_le_bytes(*last) == probe.last && (len < 16 || rest.starts_with(key.name().as_bytes()));
        is_same.then_some(len + 1)
    }
}

impl Probe {
    fn of(name: &'static str) -> Self {
        let text = format!("{name}=");
        let text = text.as_bytes();
        let (mut word, mut mask) = ([0u8; 8], [0u8; 8]);
        for ((word, mask), byte) in word.iter_mut().zip(&mut mask).zip(text) {
            (*word, *mask) = (*byte, 0xff);
        }
        let last = text.last_chunk::<8>().map_or(0, |last| u64::from_le_bytes(*last));
        let len = u32::try_from(name.len()).unwrap_or_default();
        Probe { word: u64::from_le_bytes(word), mask: u64::from_le_bytes(mask), last, len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_itself_and_no_other() {
        let guess = Guess::new();
        for key in (0..Key::COUNT).filter_map(Key::from_index) {
            for text in [format!("{}=1", key.name()), format!("{}=a long value behind it", key.name())] {
                assert_eq!(guess.is(key, text.as_bytes()), Some(key.name().len() + 1), "{text}");
                let mut others = (0..Key::COUNT).filter_map(Key::from_index).filter(|other| *other != key);
                assert!(!others.any(|other| guess.is(other, text.as_bytes()).is_some()), "{text}");
            }
            assert_eq!(guess.is(key, key.name().as_bytes()), None);
        }
    }
}
