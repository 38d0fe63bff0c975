//! Extra fields: those of Zip64 and of Unicode names are read, all others are passed over.

use super::bytes::{u16_at, u32_at, u64_at};

const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;

/// What the extra fields of one header say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Extra<'a> {
    /// The field of Zip64, without its head.
    pub zip64: Option<&'a [u8]>,
    /// CRC-32 of the name that it belongs to, and the name in UTF-8.
    pub unicode_path: Option<(u32, &'a [u8])>,
    /// A field is longer than what is left, or a field of the two above is there twice or too short.
    pub broken: bool,
}

impl<'a> Extra<'a> {
    /// Reads all fields of a header.
    pub fn parse(mut bytes: &'a [u8]) -> Self {
        let mut extra = Self::default();
        while let (Some(id), Some(length)) = (u16_at(bytes, 0), u16_at(bytes, 2)) {
            let Some(field) = bytes.get(4..4 + usize::from(length)) else {
                extra.broken = true;
                return extra;
            };
            match id {
                ZIP64 => extra.broken |= extra.zip64.replace(field).is_some(),
                // Its first byte is a version. There is but one, and readers do not look.
                UNICODE_PATH => match (u32_at(field, 1), field.get(5..)) {
                    (Some(crc), Some(name)) => extra.broken |= extra.unicode_path.replace((crc, name)).is_some(),
                    _ => extra.broken = true,
                },
                _ => {}
            }
            bytes = &bytes[4 + field.len()..];
        }
        // Tools that align data fill up with up to three zeros.
        extra.broken |= bytes.iter().any(|byte| *byte != 0);
        extra
    }
}

/// The values that a field of Zip64 gives for those that do not fit in their old places, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wide {
    pub size: u64,
    pub compressed_size: u64,
    pub offset: u64,
}

/// What is wrong with a field of Zip64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WideProblem {
    /// A value that it should have is not in it.
    Missing,
    /// A value that it need not have differs from the old one.
    Disagrees,
}

impl Wide {
    /// Takes from the field what the old places leave to it. A field that gives all its values, needed or not, must
    /// have the same ones.
    pub fn widened(self, field: Option<&[u8]>) -> (Self, Option<WideProblem>) {
        let mut wide = self;
        let (mut at, mut problem) = (0, None);
        for value in [&mut wide.size, &mut wide.compressed_size, &mut wide.offset] {
            if *value == u64::from(u32::MAX) {
                match field.and_then(|field| u64_at(field, at)) {
                    Some(found) => *value = found,
                    None => problem = Some(WideProblem::Missing),
                }
                at += 8;
            }
        }
        let all = [wide.size, wide.compressed_size, wide.offset];
        let rest = field.unwrap_or_default();
        if problem.is_none() && rest.len() > at + 4 {
            let differs = |(place, value): (usize, &u64)| u64_at(rest, 8 * place).is_some_and(|found| found != *value);
            if all.iter().enumerate().any(differs) {
                problem = Some(WideProblem::Disagrees);
            }
        }
        (wide, problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Wide = Wide { size: 1, compressed_size: 2, offset: 3 };

    #[test]
    fn fields_are_found_among_others_and_padding_is_none() {
        let bytes = [7, 0, 1, 0, 9, 1, 0, 2, 0, 5, 6, 0, 0, 0];
        assert_eq!(Extra::parse(&bytes), Extra { zip64: Some(&[5, 6]), ..Extra::default() });
        assert!(Extra::parse(&bytes[..10]).broken);
        assert!(Extra::parse(&[1, 0, 0, 0, 1, 0, 0, 0]).broken, "twice");
    }

    #[test]
    fn only_what_does_not_fit_is_taken_from_the_field() {
        let field: Vec<u8> = [77_u64].iter().flat_map(|value| value.to_le_bytes()).collect();
        let wide = Wide { offset: u64::from(u32::MAX), ..NARROW };
        assert_eq!(wide.widened(Some(&field)), (Wide { offset: 77, ..NARROW }, None));
        assert_eq!(wide.widened(None).1, Some(WideProblem::Missing));
        assert_eq!(NARROW.widened(None), (NARROW, None));
        let all: Vec<u8> = [1_u64, 2, 3].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(NARROW.widened(Some(&all)), (NARROW, None));
        assert_eq!(NARROW.widened(Some(&field)).1, Some(WideProblem::Disagrees));
    }
}
