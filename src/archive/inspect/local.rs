//! Local headers: what stands before each entry's data, against what the central directory says (APPNOTE 4.3.7).

use super::bytes::{u16_at, u32_at, u64_at};
use super::directory::{Catalogue, DESCRIPTOR, ENCRYPTED, MASKED, PATCH, Record, STORED, STRONGLY_ENCRYPTED, UTF8};
use super::extra::{Extra, Wide};
use super::problems::{ProblemCode, Problems, shown};
use super::source::{Source, Window};
use crate::error::Error;

/// How a local header begins.
pub const LOCAL: u32 = 0x0403_4b50;
/// Bytes of a local header before its name.
pub const HEAD: usize = 30;
/// The newest version that what Lambda reads can need: that of Zip64. Readers look at it in either header.
const NEWEST: u8 = 45;
const DESCRIPTOR_SIGNATURE: u32 = 0x0807_4b50;
/// Flags that both headers must have alike. Others say how well it was deflated.
const FLAGS: u16 = ENCRYPTED | DESCRIPTOR | PATCH | STRONGLY_ENCRYPTED | UTF8 | MASKED;

/// Where an entry is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// The index of its record.
    pub index: usize,
    /// Where its local header begins.
    pub start: u64,
    /// Where its data begins and ends.
    pub data: u64,
    pub data_end: u64,
    /// The end of what belongs to it.
    pub end: u64,
}

/// All that were found, in the order in which they are in the file.
pub struct Locals {
    pub found: Vec<Local>,
    /// Whether some were not found, or lead out of the file.
    pub incomplete: bool,
}

/// Reads the local header of each entry.
pub fn read(source: &Source<'_>, catalogue: &Catalogue, problems: &mut Problems) -> Result<Locals, Error> {
    let mut order: Vec<_> = catalogue.records.iter().map(|record| (record.offset, record.index)).collect();
    order.sort_unstable();
    let mut reader = Reader { source, window: Window::new(source), extra_left: source.size };
    let mut locals = Locals { found: Vec::with_capacity(order.len()), incomplete: false };
    for record in order.iter().filter_map(|(_, index)| catalogue.records.get(*index)) {
        source.cancel.check()?;
        match reader.local(catalogue, record, problems)? {
            Some(local) => locals.found.push(local),
            None => locals.incomplete = true,
        }
    }
    Ok(locals)
}

struct Reader<'a, 'b> {
    source: &'a Source<'b>,
    window: Window<'a, 'b>,
    /// Bytes of extra fields that may still be read: entries that overlap could have the same ones read for ever.
    extra_left: u64,
}

impl Reader<'_, '_> {
    fn local(
        &mut self,
        catalogue: &Catalogue,
        record: &Record,
        problems: &mut Problems,
    ) -> Result<Option<Local>, Error> {
        let start = record.offset;
        let head = self.window.some(start, HEAD)?;
        let said = if u32_at(head, 0) == Some(LOCAL) { Said::read(head) } else { None };
        let Some(mut said) = said else {
            problems.entry(ProblemCode::LocalHeaderMissing, record, || format!("has no local header at {start}"));
            return Ok(None);
        };
        let name_at = start + HEAD as u64;
        let extra_at = name_at + u64::from(said.name_length);
        let data = extra_at + u64::from(said.extra_length);
        let version = said.version.max(record.version);
        if version > NEWEST {
            let phrase = || format!("needs version {}.{} of the format", version / 10, version % 10);
            problems.entry(ProblemCode::VersionUnsupported, record, phrase);
        }
        if let Some(left) = self.extra_left.checked_sub(said.extra_length.into()) {
            self.extra_left = left;
            let extra = Extra::parse(self.window.some(extra_at, said.extra_length.into())?);
            said.widen(&extra);
            if extra.broken {
                let phrase =
                    || "has extra fields in its local header that are cut short, or one of them twice".to_owned();
                problems.entry(ProblemCode::ExtraFieldBroken, record, phrase);
            }
        }
        let name = self.window.some(name_at, usize::from(said.name_length))?;
        let different = said.different(record, (name != catalogue.name(record)).then_some(name));
        if !different.is_empty() {
            let phrase = || format!("has a local header with {}", different.join(", "));
            problems.entry(ProblemCode::LocalHeaderDiffers, record, phrase);
        }
        let Some(data_end) = data.checked_add(record.compressed_size).filter(|end| *end <= self.source.size) else {
            problems.entry(ProblemCode::DataCutShort, record, || "has data beyond the end of the file".to_owned());
            return Ok(None);
        };
        let end = if said.flags & DESCRIPTOR == 0 { data_end } else { self.descriptor(record, data_end, problems)? };
        Ok(Some(Local { index: record.index, start, data, data_end, end }))
    }

    /// What stands behind the data. Its form is not said anywhere: with a signature or without, with sizes of four
    /// bytes or of eight. Answers where it ends.
    fn descriptor(&self, record: &Record, at: u64, problems: &mut Problems) -> Result<u64, Error> {
        if record.method == STORED && record.size > 0 {
            problems.entry(ProblemCode::StoredWithDescriptor, record, || {
                "is stored with its size behind it, which readers of streams refuse, like Java's ZipInputStream"
                    .to_owned()
            });
        }
        let bytes = self.source.some(at, 24)?;
        let crc = Some(record.crc);
        let sizes = (Some(record.compressed_size), Some(record.size));
        let narrow = |at| (u32_at(&bytes, at).map(u64::from), u32_at(&bytes, at + 4).map(u64::from));
        let wide = |at| (u64_at(&bytes, at), u64_at(&bytes, at + 8));
        let signed = u32_at(&bytes, 0) == Some(DESCRIPTOR_SIGNATURE) && u32_at(&bytes, 4) == crc;
        let length = if signed && narrow(8) == sizes {
            16
        } else if signed && wide(8) == sizes {
            24
        } else if u32_at(&bytes, 0) == crc && narrow(4) == sizes {
            12
        } else if u32_at(&bytes, 0) == crc && wide(4) == sizes {
            20
        } else {
            problems.entry(ProblemCode::DataDescriptorWrong, record, || {
                "is not followed by its own CRC and sizes, as it says".to_owned()
            });
            0
        };
        Ok(at + length)
    }
}

/// What a local header says.
struct Said {
    version: u8,
    flags: u16,
    method: u16,
    crc: u32,
    /// Unzipped and in the archive.
    sizes: [u64; 2],
    name_length: u16,
    extra_length: u16,
}

impl Said {
    fn read(head: &[u8]) -> Option<Self> {
        Some(Self {
            version: *head.get(4)?,
            flags: u16_at(head, 6)?,
            method: u16_at(head, 8)?,
            crc: u32_at(head, 14)?,
            sizes: [u32_at(head, 22)?.into(), u32_at(head, 18)?.into()],
            name_length: u16_at(head, 26)?,
            extra_length: u16_at(head, 28)?,
        })
    }

    fn widen(&mut self, extra: &Extra<'_>) {
        let [size, compressed_size] = self.sizes;
        let (wide, _) = Wide { size, compressed_size, offset: 0 }.widened(extra.zip64);
        self.sizes = [wide.size, wide.compressed_size];
    }

    /// In what it is unlike the record.
    fn different(&self, record: &Record, name: Option<&[u8]>) -> Vec<String> {
        // With a descriptor the values come later, and are nothing or right here.
        let later = |value: u64| self.flags & DESCRIPTOR != 0 && value == 0;
        let [size, compressed_size] = self.sizes;
        let unlike = |own: u64, listed: u64| own != listed && !later(own);
        let mut different = Vec::new();
        different.extend(name.map(|name| format!("the name {}", shown(name))));
        if self.method != record.method {
            different.push(format!("the method {} instead of {}", self.method, record.method));
        }
        if (self.flags ^ record.flags) & FLAGS != 0 {
            different.push(format!("the flags {:#06x} instead of {:#06x}", self.flags, record.flags));
        }
        if unlike(size, record.size) {
            different.push(format!("the size {size} instead of {}", record.size));
        }
        if unlike(compressed_size, record.compressed_size) {
            different.push(format!("the compressed size {compressed_size} instead of {}", record.compressed_size));
        }
        if unlike(self.crc.into(), record.crc.into()) {
            different.push(format!("the CRC {:08x} instead of {:08x}", self.crc, record.crc));
        }
        different
    }
}
