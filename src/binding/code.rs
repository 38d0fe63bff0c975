//! The files of the code that differ, as JavaScript sees them.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use serde::Serialize;

use super::outcome::list;
use crate::deploy;

/// Which files of the code differ, by the directories of both archives. Folders do not count.
#[napi(object)]
pub struct CodeChanges {
    /// Files that are not deployed, by path.
    #[napi(ts_type = "Array<CodeFile>")]
    pub added: Buffer,
    /// Files that are deployed and would go, by path.
    #[napi(ts_type = "Array<CodeFile>")]
    pub removed: Buffer,
    /// Files that would be others, by path: of another size, CRC-32 or mode. The mode counts where both archives have one.
    #[napi(ts_type = "Array<CodeFile>")]
    pub changed: Buffer,
    /// How many files stay as they are.
    pub unchanged_count: f64,
}

/// A file or link that differs.
#[napi(object)]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeFile {
    /// Its path in the package.
    pub path: String,
    /// Bytes as it is deployed, unzipped; absent when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_before: Option<f64>,
    /// Bytes as it would be, unzipped; absent when it would go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_after: Option<f64>,
    /// Permission bits as it is deployed, like `0o644`; absent when they are no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode_before: Option<u32>,
    /// Permission bits as it would be; absent when they are no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode_after: Option<u32>,
}

impl From<deploy::CodeChanges> for CodeChanges {
    fn from(changes: deploy::CodeChanges) -> Self {
        let files = |files: Vec<deploy::CodeFile>| list(files.into_iter().map(CodeFile::from));
        Self {
            added: files(changes.added),
            removed: files(changes.removed),
            changed: files(changes.changed),
            unchanged_count: changes.unchanged_count as f64,
        }
    }
}

impl From<deploy::CodeFile> for CodeFile {
    fn from(file: deploy::CodeFile) -> Self {
        let deploy::CodeFile { path, size_before, size_after, mode_before, mode_after } = file;
        let bytes = |size: Option<u64>| size.map(|size| size as f64);
        Self { path, size_before: bytes(size_before), size_after: bytes(size_after), mode_before, mode_after }
    }
}
