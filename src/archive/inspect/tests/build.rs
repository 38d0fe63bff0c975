//! Archives byte by byte: everything is as it should be, unless a test says otherwise.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// What one header says of an entry.
#[derive(Clone)]
pub struct Fields {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub compressed_size: u32,
    pub size: u32,
    pub extra: Vec<u8>,
}

/// An entry: two headers and what is around them.
#[derive(Clone)]
pub struct Entry {
    pub local: Fields,
    pub central: Fields,
    pub data: Vec<u8>,
    /// System in the high byte.
    pub made_by: u16,
    pub version: [u8; 2],
    pub attributes: u32,
    pub disk: u16,
    /// Before the local header, and after the data.
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    /// What the central directory says, if not the truth.
    pub offset: Option<u32>,
    /// Whether there is a record in the directory.
    pub listed: bool,
    /// Whether there is a local header with data.
    pub present: bool,
}

/// The whole archive.
#[derive(Clone, Default)]
pub struct Archive {
    pub before: Vec<u8>,
    pub entries: Vec<Entry>,
    /// Between the entries and the directory, between that and the end record, behind the comment.
    pub before_directory: Vec<u8>,
    pub after_directory: Vec<u8>,
    pub after: Vec<u8>,
    pub comment: Vec<u8>,
    /// What the end record says, if not the truth.
    pub count: Option<u16>,
    pub count_here: Option<u16>,
    pub size: Option<u32>,
    pub offset: Option<u32>,
    pub disk: u16,
    pub comment_length: Option<u16>,
    /// Bytes before the archive that no offset counts.
    pub uncounted: u32,
}

pub fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn entry(name: impl AsRef<[u8]>, content: &[u8], method: u16, data: Vec<u8>, mode: u32) -> Entry {
    let fields = Fields {
        name: name.as_ref().to_owned(),
        flags: if name.as_ref().is_ascii() || str::from_utf8(name.as_ref()).is_err() { 0 } else { 1 << 11 },
        method,
        crc: crc32fast::hash(content),
        compressed_size: u32::try_from(data.len()).unwrap(),
        size: u32::try_from(content.len()).unwrap(),
        extra: vec![],
    };
    Entry {
        local: fields.clone(),
        central: fields,
        data,
        made_by: 0x0314,
        version: [20, 20],
        attributes: mode << 16,
        disk: 0,
        before: vec![],
        after: vec![],
        offset: None,
        listed: true,
        present: true,
    }
}

/// A deflated file.
pub fn file(name: impl AsRef<[u8]>, content: &[u8]) -> Entry {
    entry(name, content, 8, deflated(content), 0o100_644)
}

/// A stored file.
pub fn stored(name: impl AsRef<[u8]>, content: &[u8]) -> Entry {
    entry(name, content, 0, content.to_owned(), 0o100_644)
}

/// A link.
pub fn link(name: &str, target: &str) -> Entry {
    entry(name, target.as_bytes(), 0, target.as_bytes().to_owned(), 0o120_777)
}

/// A folder.
pub fn folder(name: &str) -> Entry {
    entry(name, b"", 0, vec![], 0o040_755)
}

impl Entry {
    /// Changes both headers alike.
    pub fn both(mut self, change: impl Fn(&mut Fields)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }

    /// Changes anything.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// With another mode.
    pub fn mode(self, mode: u32) -> Self {
        self.with(|entry| entry.attributes = mode << 16)
    }

    /// With sizes and CRC behind the data.
    pub fn with_descriptor(mut self, signature: bool) -> Self {
        let Fields { crc, compressed_size, size, .. } = self.central;
        self.local = Fields { crc: 0, compressed_size: 0, size: 0, ..self.local };
        if signature {
            self.after.extend(0x0807_4b50_u32.to_le_bytes());
        }
        self.after.extend([crc, compressed_size, size].iter().flat_map(|value| value.to_le_bytes()));
        self.both(|fields| fields.flags |= 8)
    }
}

fn put(bytes: &mut Vec<u8>, fields: &Fields) {
    bytes.extend(fields.flags.to_le_bytes());
    bytes.extend(fields.method.to_le_bytes());
    bytes.extend([0, 0, 0x21, 0]);
    for value in [fields.crc, fields.compressed_size, fields.size] {
        bytes.extend(value.to_le_bytes());
    }
    for length in [fields.name.len(), fields.extra.len()] {
        bytes.extend(u16::try_from(length).unwrap().to_le_bytes());
    }
}

/// An archive of these entries.
pub fn of(entries: impl IntoIterator<Item = Entry>) -> Archive {
    Archive { entries: entries.into_iter().collect(), ..Archive::default() }
}

impl Archive {
    /// Changes anything.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.before.clone();
        let place = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().wrapping_sub(self.uncounted);
        let (mut directory, mut listed) = (Vec::new(), 0_u16);
        for entry in &self.entries {
            if entry.present {
                bytes.extend(&entry.before);
            }
            let offset = place(&bytes);
            if entry.present {
                bytes.extend([0x50, 0x4b, 3, 4, entry.version[0], 0]);
                put(&mut bytes, &entry.local);
                bytes.extend([&entry.local.name[..], &entry.local.extra, &entry.data, &entry.after].concat());
            }
            if entry.listed {
                listed += 1;
                directory.extend([0x50, 0x4b, 1, 2]);
                directory.extend(entry.made_by.to_le_bytes());
                directory.extend([entry.version[1], 0]);
                put(&mut directory, &entry.central);
                directory.extend([0, 0]);
                directory.extend(entry.disk.to_le_bytes());
                directory.extend([0, 0]);
                directory.extend(entry.attributes.to_le_bytes());
                directory.extend(entry.offset.unwrap_or(offset).to_le_bytes());
                directory.extend([&entry.central.name[..], &entry.central.extra].concat());
            }
        }
        bytes.extend(&self.before_directory);
        let (offset, size) = (place(&bytes), u32::try_from(directory.len()).unwrap());
        bytes.extend([directory, self.after_directory.clone()].concat());
        bytes.extend([0x50, 0x4b, 5, 6]);
        bytes.extend([self.disk, self.disk].iter().flat_map(|value| value.to_le_bytes()));
        let count = self.count.unwrap_or(listed);
        bytes.extend(self.count_here.unwrap_or(count).to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(self.size.unwrap_or(size).to_le_bytes());
        bytes.extend(self.offset.unwrap_or(offset).to_le_bytes());
        let comment_length = u16::try_from(self.comment.len()).unwrap();
        bytes.extend(self.comment_length.unwrap_or(comment_length).to_le_bytes());
        bytes.extend([&self.comment[..], &self.after].concat());
        bytes
    }

    /// Where the end record begins.
    pub fn end_at(&self) -> usize {
        self.bytes().len() - self.after.len() - self.comment.len() - 22
    }

    /// A Zip64 end record and its locator, as they would be right behind the directory. `change` gets the values of the
    /// record: disk, disk of the directory, count here, count, size, offset; and the locator's offset.
    pub fn zip64(mut self, change: impl FnOnce(&mut [u64; 7])) -> Self {
        let at = self.end_at() as u64;
        let count = self.entries.iter().filter(|entry| entry.listed).count() as u64;
        let plain = self.bytes();
        let end = self.end_at();
        let number = |from: usize| u64::from(u32::from_le_bytes(plain[from..from + 4].try_into().unwrap()));
        let mut values = [0, 0, count, count, number(end + 12), number(end + 16), at];
        change(&mut values);
        let mut bytes = 0x0606_4b50_u32.to_le_bytes().to_vec();
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 3, 45, 0]);
        for disk in &values[..2] {
            bytes.extend(u32::try_from(*disk).unwrap().to_le_bytes());
        }
        bytes.extend(values[2..6].iter().flat_map(|value| value.to_le_bytes()));
        bytes.extend(0x0706_4b50_u32.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(values[6].to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        self.after_directory.extend(bytes);
        self
    }
}
