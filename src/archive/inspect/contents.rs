//! The bytes of the entries: inflated piece by piece, counted, and held against their CRCs.

use flate2::{Decompress, FlushDecompress, Status};

use super::directory::{Catalogue, DEFLATED, ENCRYPTED, MASKED, PATCH, Record, STORED, STRONGLY_ENCRYPTED};
use super::kinds::Kind;
use super::links::Targets;
use super::local::{Local, Locals};
use super::names::LONGEST;
use super::problems::{ProblemCode, Problems};
use super::source::{Source, Window};
use crate::error::Error;
use crate::limits;

const PIECE: usize = 64 << 10;
/// Bytes of the texts of all links that are kept.
const TEXTS: usize = 16 << 20;

/// Reads the data of each entry, in the order of the file, and answers the texts of links. However the entries overlap,
/// no more is read than the file has, and no more comes out than Lambda takes.
pub fn check(
    source: &Source<'_>,
    catalogue: &Catalogue,
    locals: &Locals,
    problems: &mut Problems,
) -> Result<Targets, Error> {
    for record in &catalogue.records {
        source.cancel.check()?;
        check_method(record, problems);
    }
    let mut reader = Reader {
        window: Window::new(source),
        source,
        inflater: Decompress::new(false),
        piece: vec![0; PIECE],
        in_left: source.size,
        out_left: limits::UNZIPPED,
        texts_left: TEXTS,
    };
    let mut targets = Targets::new();
    let mut not_read = 0_u64;
    for local in &locals.found {
        source.cancel.check()?;
        let Some(record) = catalogue.records.get(local.index).filter(|record| readable(record)) else { continue };
        let stored = local.data_end - local.data;
        if stored > reader.in_left || reader.out_left == 0 && record.size > 0 {
            not_read += 1;
            continue;
        }
        reader.in_left -= stored;
        let link = catalogue.kind(record) == Kind::Link;
        let mut text = Vec::new();
        match reader.content(record, local, link.then_some(&mut text))? {
            Outcome::Good if !link => {}
            Outcome::Good if text.len() <= reader.texts_left => {
                reader.texts_left -= text.len();
                targets.insert(record.index, text);
            }
            Outcome::Good | Outcome::TooMuch => not_read += 1,
            Outcome::Bad(code, phrase) => problems.entry(code, record, || phrase),
        }
    }
    if not_read > 0 {
        let phrase = format!("was not read whole: {not_read} entries were left out, as the others gave too many bytes");
        problems.archive(ProblemCode::NotChecked, phrase);
    }
    Ok(targets)
}

fn readable(record: &Record) -> bool {
    matches!(record.method, STORED | DEFLATED) && record.flags & (ENCRYPTED | STRONGLY_ENCRYPTED | MASKED | PATCH) == 0
}

fn check_method(record: &Record, problems: &mut Problems) {
    if record.flags & (ENCRYPTED | STRONGLY_ENCRYPTED | MASKED) != 0 {
        problems.entry(ProblemCode::Encrypted, record, || "is encrypted".to_owned());
    } else if record.flags & PATCH != 0 {
        problems.entry(ProblemCode::MethodUnsupported, record, || "is a patch of another file".to_owned());
    } else if !readable(record) {
        let phrase = || format!("is stored by method {}, and Lambda reads 0 and 8", record.method);
        problems.entry(ProblemCode::MethodUnsupported, record, phrase);
    }
}

enum Outcome {
    Good,
    /// What may be read of the archive was read.
    TooMuch,
    Bad(ProblemCode, String),
}

struct Reader<'a, 'b> {
    source: &'a Source<'b>,
    window: Window<'a, 'b>,
    inflater: Decompress,
    piece: Vec<u8>,
    /// Bytes that may still be read.
    in_left: u64,
    /// Bytes that may still come out.
    out_left: u64,
    texts_left: usize,
}

impl Reader<'_, '_> {
    fn content(&mut self, record: &Record, local: &Local, text: Option<&mut Vec<u8>>) -> Result<Outcome, Error> {
        let mut content = Content { crc: crc32fast::Hasher::new(), size: 0, text };
        let outcome = if record.method == STORED {
            self.copy(record, local, &mut content)?
        } else {
            self.inflate(record, local, &mut content)?
        };
        self.out_left = self.out_left.saturating_sub(content.size);
        if !matches!(outcome, Outcome::Good) {
            return Ok(outcome);
        }
        let crc = content.crc.finalize();
        Ok(if content.size < record.size {
            Outcome::Bad(ProblemCode::SizeWrong, format!("has {} bytes and declares {}", content.size, record.size))
        } else if crc != record.crc {
            Outcome::Bad(ProblemCode::CrcWrong, format!("has the CRC {crc:08x} and declares {:08x}", record.crc))
        } else {
            Outcome::Good
        })
    }

    fn copy(&mut self, record: &Record, local: &Local, content: &mut Content<'_>) -> Result<Outcome, Error> {
        let stored = local.data_end - local.data;
        if stored != record.size {
            let phrase = format!("is stored with {stored} bytes and declares {}", record.size);
            return Ok(Outcome::Bad(ProblemCode::SizeWrong, phrase));
        }
        if stored > self.out_left {
            self.out_left = 0;
            return Ok(Outcome::TooMuch);
        }
        let mut at = local.data;
        while at < local.data_end {
            self.source.cancel.check()?;
            let wanted = usize::try_from(local.data_end - at).unwrap_or(PIECE).min(PIECE);
            let bytes = self.window.some(at, wanted)?;
            content.take(bytes);
            at += bytes.len() as u64;
        }
        Ok(Outcome::Good)
    }

    fn inflate(&mut self, record: &Record, local: &Local, content: &mut Content<'_>) -> Result<Outcome, Error> {
        let bad = |code, phrase: String| Ok(Outcome::Bad(code, phrase));
        self.inflater.reset(false);
        let mut at = local.data;
        loop {
            self.source.cancel.check()?;
            let wanted = usize::try_from(local.data_end - at).unwrap_or(PIECE).min(PIECE);
            let input = self.window.some(at, wanted)?;
            // One byte more than declared, or than may come out, says enough.
            let most = record.size.min(self.out_left).saturating_add(1) - content.size;
            let room = usize::try_from(most).unwrap_or(PIECE).min(PIECE);
            let before = (self.inflater.total_in(), self.inflater.total_out());
            let status = self.inflater.decompress(input, &mut self.piece[..room], FlushDecompress::None);
            let used = self.inflater.total_in() - before.0;
            let made = usize::try_from(self.inflater.total_out() - before.1).unwrap_or(room).min(room);
            at += used;
            content.take(&self.piece[..made]);
            if content.size > record.size {
                let phrase = format!("inflates to more than the {} bytes that it declares", record.size);
                return bad(ProblemCode::SizeWrong, phrase);
            }
            if content.size > self.out_left {
                return Ok(Outcome::TooMuch);
            }
            match status {
                Ok(Status::StreamEnd) if at < local.data_end => {
                    let phrase = format!("has {} bytes behind the end of its stream", local.data_end - at);
                    return bad(ProblemCode::DataAfterStream, phrase);
                }
                Ok(Status::StreamEnd) => return Ok(Outcome::Good),
                Ok(_) if used > 0 || made > 0 => {}
                Ok(_) => return bad(ProblemCode::DataBroken, "ends in the middle of its stream".to_owned()),
                Err(_) => {
                    return bad(
                        ProblemCode::DataBroken,
                        format!("is no deflate stream from byte {} on", at - local.data),
                    );
                }
            }
        }
    }
}

/// What came out so far.
struct Content<'a> {
    crc: crc32fast::Hasher,
    size: u64,
    /// Where to keep the text of a link, as far as it can be one.
    text: Option<&'a mut Vec<u8>>,
}

impl Content<'_> {
    fn take(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        self.size += bytes.len() as u64;
        if let Some(text) = &mut self.text {
            let room = (LONGEST + 1).saturating_sub(text.len());
            text.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }
}
