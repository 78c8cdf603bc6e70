//! Smaller requests: a body in, the same compressed out.

use std::io::{self, Write as _};

use flate2::write::GzEncoder;

/// How bodies of requests are compressed (RFC 9110, 8.4; RFC 8878 for zstd).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, at its fastest.
    Gzip,
    /// zstd, at level 1.
    Zstd,
}

impl Compression {
    /// What `Content-Encoding` calls it.
    pub fn coding(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// The body as it is sent; `packed` lends its memory.
    pub(super) fn pack<'a>(self, body: &'a [u8], packed: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        packed.clear();
        match self {
            Self::None => return Ok(body),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(&mut *packed, flate2::Compression::fast());
                encoder.write_all(body)?;
                encoder.finish()?;
            }
            Self::Zstd => zstd::stream::copy_encode(body, &mut *packed, 1)?,
        }
        Ok(packed)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_packed_is_smaller_and_comes_out_again() {
        let body = b"{\"action\":\"executed\"}\n".repeat(100);
        let mut packed = b"old".to_vec();
        assert_eq!(Compression::None.pack(&body, &mut packed).unwrap(), body);
        let gzip = Compression::Gzip.pack(&body, &mut packed).unwrap();
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(gzip).read_to_end(&mut plain).unwrap();
        assert!(gzip.len() < body.len() / 4 && plain == body);
        let zstd = Compression::Zstd.pack(&body, &mut packed).unwrap();
        assert!(zstd.len() < body.len() / 4 && zstd::stream::decode_all(zstd).unwrap() == body);
    }
}
