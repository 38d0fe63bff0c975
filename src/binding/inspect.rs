//! `inspect()`: its options and its result as JavaScript sees them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use napi::Env;
use napi::bindgen_prelude::{Buffer, PromiseRaw};
use napi_derive::napi;
use serde::Serialize;

use super::call::{Call, blocking};
use super::outcome::{Outcome, list};
use crate::archive::{self, Summary, inspect as found};
use crate::error::Error;

/// What to look into.
#[napi(object, object_to_js = false)]
pub struct InspectOptions {
    /// The archive.
    pub package: String,
}

/// What an archive holds, and what is wrong with it.
#[napi(object, object_from_js = false)]
pub struct InspectResult {
    /// The archive, absolute.
    pub path: String,
    /// Its SHA-256 in base64, as AWS names it.
    pub code_sha256: String,
    /// Its bytes.
    pub size: f64,
    /// Bytes of all its files, unzipped, as it declares them.
    pub unzipped_size: f64,
    /// Files and links in it; folders do not count.
    pub file_count: f64,
    /// Whether there is no problem of severity `error`.
    pub ok: bool,
    /// What is wrong with it, errors first.
    #[napi(ts_type = "Array<ArchiveProblem>")]
    pub problems: Buffer,
    /// What it holds, in the order of its directory.
    #[napi(ts_type = "Array<ArchiveEntry>")]
    pub entries: Buffer,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// One entry of an archive, as its directory declares it.
#[napi(object, object_from_js = false)]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveEntry {
    /// Its name; of one that is not UTF-8 such bytes are written as `\\xNN`.
    pub name: String,
    /// What it becomes when it is unpacked; `other` is a device, FIFO or socket.
    #[napi(js_name = "type", ts_type = "'file' | 'folder' | 'link' | 'other'")]
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where a link leads; absent when that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Permission bits, like `0o644`; absent when it was made on a system without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// How its bytes are stored; `other` is a method that Lambda does not read.
    #[napi(ts_type = "'stored' | 'deflated' | 'other'")]
    pub method: &'static str,
    /// Bytes, unzipped.
    pub size: f64,
    /// Bytes in the archive.
    pub compressed_size: f64,
    /// CRC-32 of the unzipped bytes.
    pub crc32: u32,
}

/// Something that is wrong with an archive.
#[napi(object, object_from_js = false)]
#[derive(Serialize)]
pub struct ArchiveProblem {
    /// A stable name for it; docs/archives.md tells what each means.
    #[napi(ts_type = "ArchiveProblemCode")]
    pub code: &'static str,
    /// `error`: unpacking it does harm or fails, or Lambda cannot use it; `warning`: unusual.
    #[napi(ts_type = "'error' | 'warning'")]
    pub severity: &'static str,
    /// A sentence for people.
    pub message: String,
    /// The name of the entry that it is about; absent when it is about the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// Reads a ZIP archive, whoever made it, and tells what it holds and what is wrong with it. It is safe with any bytes:
/// what is wrong is told, and is no failure.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options: InspectOptions", ts_return_type = "Promise<InspectResult>")]
pub fn inspect<'env>(
    env: &'env Env,
    options: InspectOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<InspectResult>>> {
    call.run(env, |_, cancel| async move {
        let started = std::time::Instant::now();
        if options.package.is_empty() {
            return Err(Error::option("package", "the path of an archive", "''"));
        }
        let path = std::path::PathBuf::from(options.package);
        let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        let told = blocking(move || archive::inspect(&path, &cancel).map(InspectResult::from)).await?;
        let path = absolute.to_string_lossy().into_owned();
        Ok(InspectResult { path, duration_ms: started.elapsed().as_secs_f64() * 1000.0, ..told })
    })
}

impl From<found::Inspection> for InspectResult {
    fn from(told: found::Inspection) -> Self {
        let Summary { sha256, size, unzipped_size, file_count } = told.summary;
        Self {
            path: String::new(),
            code_sha256: STANDARD.encode(sha256),
            size: size as f64,
            unzipped_size: unzipped_size as f64,
            file_count: file_count as f64,
            ok: told.problems.iter().all(|problem| problem.severity != found::Severity::Error),
            problems: list(told.problems.into_iter().map(ArchiveProblem::from)),
            entries: list(told.entries.into_iter().map(ArchiveEntry::from)),
            duration_ms: 0.0,
        }
    }
}

impl From<found::InspectedEntry> for ArchiveEntry {
    fn from(entry: found::InspectedEntry) -> Self {
        let (kind, target) = match entry.kind {
            found::EntryKind::File => ("file", None),
            found::EntryKind::Folder => ("folder", None),
            found::EntryKind::Link { target } => ("link", target),
            found::EntryKind::Other => ("other", None),
        };
        let method = match entry.method {
            found::EntryMethod::Stored => "stored",
            found::EntryMethod::Deflated => "deflated",
            found::EntryMethod::Other(_) => "other",
        };
        let (size, compressed_size) = (entry.size as f64, entry.compressed_size as f64);
        Self { name: entry.name, kind, target, mode: entry.mode, method, size, compressed_size, crc32: entry.crc32 }
    }
}

impl From<found::Problem> for ArchiveProblem {
    fn from(problem: found::Problem) -> Self {
        let severity = match problem.severity {
            found::Severity::Error => "error",
            found::Severity::Warning => "warning",
        };
        Self { code: problem.code.as_str(), severity, message: problem.message, entry: problem.entry }
    }
}
