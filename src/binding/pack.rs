//! `pack()`: its options and its result as JavaScript sees them.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use napi::Env;
use napi::bindgen_prelude::{Buffer, Either, PromiseRaw};
use napi_derive::napi;
use serde::Serialize;

use super::call::{Call, blocking};
use super::options::whole;
use super::outcome::{Outcome, list};
use crate::error::Error;
use crate::pack;
use crate::warning::{self, Severity, WarningCode};

/// What to pack, and how.
#[napi(object, object_to_js = false)]
pub struct PackOptions {
    /// The function's folder. **Default** the working directory.
    pub root: Option<String>,
    /// The archive to write, relative to the working directory. Missing folders are made. Only an archive is ever
    /// replaced. **Default** `function.zip`; `deploy()` uses a temporary file unless it is named.
    pub out: Option<String>,
    /// What goes in: gitignore patterns that start at the root; a folder stands for all that is in it.
    /// **Default** everything.
    pub include: Option<Vec<String>>,
    /// What stays out: gitignore patterns, after those of the root's `.lambdaignore`; `!` brings back, and `./` starts
    /// at the root.
    /// **Default** none.
    pub ignore: Option<Vec<String>>,
    /// Which packages of `node_modules` go in: those that `production` needs, by the installed package.json files,
    /// or `all`. A folder without package.json is packed whole. **Default** `production`.
    #[napi(ts_type = "'production' | 'all'")]
    pub mode: Option<String>,
    /// How much time goes into a smaller archive: `fast`, `max` (a few percent smaller, and up to 15 times slower), or one
    /// for all files, from 1, the quickest, to 12, the smallest. **Default** for each file what gains the most for its
    /// time, about 6.
    #[napi(ts_type = "number | 'fast' | 'max'")]
    pub level: Option<Either<f64, String>>,
    /// A folder in the archive that everything is put under, like `nodejs` for a layer. **Default** none.
    pub prefix: Option<String>,
    /// Symbolic links: `keep` keeps links inside the root and refuses those that leave it; `external` packs what
    /// leaving links lead to in their place; `dereference` does so with every link (not for pnpm's trees, whose
    /// packages find each other by their links). **Default** `keep`.
    #[napi(ts_type = "'keep' | 'external' | 'dereference'")]
    pub symlinks: Option<String>,
    /// Files that are made executable whatever the disk says: gitignore patterns that start at the root.
    /// **Default** none; the owner's execute bit counts, on Windows programs and scripts are known by their content.
    pub executable: Option<Vec<String>>,
    /// Threads that compress, from 1 to 256, at most four for each core. The archive's bytes do not depend on it.
    /// **Default** the cores that this process may use.
    pub threads: Option<f64>,
    /// A folder in which to remember what was compressed, in a folder of its own, or `false` to remember nothing. It
    /// saves time and changes nothing else. **Default** `node_modules/.cache/lambda-pack-native` of the root, else the same in the user's folder
    /// for caches.
    #[napi(ts_type = "false | string")]
    pub cache: Option<Either<bool, String>>,
}

/// What `pack()` made.
#[napi(object, object_from_js = false)]
pub struct PackResult {
    /// The archive, absolute.
    pub path: String,
    /// The archive's SHA-256 in base64, as AWS names it.
    pub code_sha256: String,
    /// The archive's bytes.
    pub size: f64,
    /// Bytes of all files in it, unzipped.
    pub unzipped_size: f64,
    /// Files and links in it; folders do not count.
    pub file_count: f64,
    /// Files that had to be compressed, those of the same content counted once; of all others the result was known.
    pub compressed_count: f64,
    /// Whether the archive at `out` was the same already. Nothing was written then.
    pub reused: bool,
    /// What stayed out, sorted by path; a folder stands for all that is in it. What no `include` pattern names is
    /// not listed.
    #[napi(ts_type = "Array<Excluded>")]
    pub excluded: Buffer,
    /// What you should know.
    pub warnings: Vec<Warning>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// A path that stayed out.
#[napi(object, object_from_js = false)]
#[derive(Serialize)]
pub struct Excluded {
    /// Relative to the root.
    pub path: String,
    /// `always`: secrets, `.git` and our own files; `ignore`: a pattern of yours; `production`: production does not
    /// need it; `archive`: it is the archive itself; `link`: a link to something that stayed out.
    #[napi(ts_type = "'always' | 'ignore' | 'production' | 'archive' | 'link'")]
    pub reason: String,
    /// The pattern or rule.
    pub rule: String,
}

/// Something that is no failure, and that you should know.
#[napi(object)]
pub struct Warning {
    /// A stable name for it.
    #[napi(
        ts_type = "'NEEDS_S3' | 'NO_CONSOLE_EDITOR' | 'LINK_LEFT_OUT' | 'NAMES_DIFFER_BY_CASE' | 'NAMES_DIFFER_BY_NORMALIZATION' | 'CACHE_UNUSABLE' | 'DEPENDENCY_NOT_INSTALLED' | 'RUNTIME_DEPRECATED' | 'OVER_ORDINARY_LIMIT' | 'CODE_NOT_COMPARED' | 'SECRETS_WRITTEN' | 'ENVIRONMENT_UNREADABLE' | 'TAGS_UNREADABLE' | 'NOT_REMOVED'"
    )]
    pub code: String,
    /// `warning` may be wrong, `note` is good to know.
    #[napi(ts_type = "'warning' | 'note'")]
    pub severity: String,
    /// A sentence for people.
    pub message: String,
    /// The file, folder or package that it is about.
    pub path: Option<String>,
}

/// Packs a function's folder into one ZIP archive for Lambda. The same content gives the same bytes on every
/// machine. Whatever is at `out` stays whole until the new archive takes its place.
///
/// Rejects with `LambdaPackError`; the codes are in docs/errors.md.
#[napi(ts_args_type = "options?: PackOptions", ts_return_type = "Promise<PackResult>")]
pub fn pack<'env>(
    env: &'env Env,
    options: PackOptions,
    call: &Call,
) -> napi::Result<PromiseRaw<'env, Outcome<PackResult>>> {
    call.run(env, |reporter, cancel| async move {
        let options = pack::PackOptions::try_from(options)?;
        blocking(move || pack::pack(options, &*reporter, &cancel)).await.map(PackResult::from)
    })
}

impl PackOptions {
    /// A finished archive takes no options of packing: they would be ignored without a word.
    pub(super) fn refuse_beside_package(&self) -> Result<(), Error> {
        let given = [
            ("root", self.root.is_some()),
            ("out", self.out.is_some()),
            ("include", self.include.is_some()),
            ("ignore", self.ignore.is_some()),
            ("mode", self.mode.is_some()),
            ("level", self.level.is_some()),
            ("prefix", self.prefix.is_some()),
            ("symlinks", self.symlinks.is_some()),
            ("executable", self.executable.is_some()),
            ("threads", self.threads.is_some()),
            ("cache", self.cache.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Error::option(option, "nothing beside `package`", "a value")),
            None => Ok(()),
        }
    }
}

impl TryFrom<PackOptions> for pack::PackOptions {
    type Error = Error;

    fn try_from(given: PackOptions) -> Result<Self, Error> {
        let default = Self::default();
        let cache = match given.cache {
            None => default.cache,
            Some(Either::A(false)) => pack::CachePlace::Nowhere,
            Some(Either::A(true)) => return Err(Error::option("cache", "false or the path of a folder", "true")),
            Some(Either::B(folder)) if folder.is_empty() => {
                return Err(Error::option("cache", "false or the path of a folder", "''"));
            }
            Some(Either::B(folder)) => pack::CachePlace::Folder(PathBuf::from(folder)),
        };
        let threads = given.threads.map(|threads| whole("threads", threads, 1..=256)).transpose()?;
        Ok(Self {
            root: given.root.map_or(default.root, PathBuf::from),
            out: given.out.map_or(default.out, PathBuf::from),
            include: given.include.unwrap_or_default(),
            ignore: given.ignore.unwrap_or_default(),
            executable: given.executable.unwrap_or_default(),
            mode: match given.mode.as_deref() {
                None | Some("production") => pack::Mode::Production,
                Some("all") => pack::Mode::All,
                Some(other) => return Err(one_of("mode", "'production' or 'all'", other)),
            },
            level: given.level.map(level).transpose()?.unwrap_or(default.level),
            prefix: given.prefix.unwrap_or_default(),
            symlinks: match given.symlinks.as_deref() {
                None | Some("keep") => pack::Symlinks::Keep,
                Some("external") => pack::Symlinks::External,
                Some("dereference") => pack::Symlinks::Dereference,
                Some(other) => return Err(one_of("symlinks", "'keep', 'external' or 'dereference'", other)),
            },
            threads: threads.and_then(|threads| usize::try_from(threads).ok()).and_then(NonZeroUsize::new),
            cache,
            transient: false,
        })
    }
}

fn level(given: Either<f64, String>) -> Result<pack::Level, Error> {
    match given {
        Either::A(level) => {
            let level = whole("level", level, 1..=12)?;
            Ok(pack::Level::Exactly(u8::try_from(level).unwrap_or(u8::MAX)))
        }
        Either::B(word) => match word.as_str() {
            "fast" => Ok(pack::Level::Fast),
            "max" => Ok(pack::Level::Max),
            other => Err(one_of("level", "'fast', 'max' or a whole number from 1 to 12", other)),
        },
    }
}

pub(super) fn one_of(option: &str, expected: &str, received: &str) -> Error {
    Error::option(option, expected, format!("'{received}'"))
}

impl From<pack::PackReport> for PackResult {
    fn from(report: pack::PackReport) -> Self {
        Self {
            path: report.path.to_string_lossy().into_owned(),
            code_sha256: STANDARD.encode(report.sha256),
            size: report.size as f64,
            unzipped_size: report.unzipped_size as f64,
            file_count: report.file_count as f64,
            compressed_count: report.compressed_count as f64,
            reused: report.reused,
            excluded: list(report.excluded.into_iter().map(Excluded::from)),
            warnings: report.warnings.into_iter().map(Warning::from).collect(),
            duration_ms: report.duration.as_secs_f64() * 1000.0,
        }
    }
}

impl From<pack::Excluded> for Excluded {
    fn from(excluded: pack::Excluded) -> Self {
        let reason = match excluded.reason {
            pack::Reason::Always => "always",
            pack::Reason::Ignore => "ignore",
            pack::Reason::Production => "production",
            pack::Reason::Archive => "archive",
            pack::Reason::Link => "link",
        };
        Self { path: excluded.path, reason: reason.to_owned(), rule: excluded.rule }
    }
}

impl From<warning::Warning> for Warning {
    fn from(warning: warning::Warning) -> Self {
        let code = match warning.code {
            WarningCode::NeedsS3 => "NEEDS_S3",
            WarningCode::NoConsoleEditor => "NO_CONSOLE_EDITOR",
            WarningCode::LinkLeftOut => "LINK_LEFT_OUT",
            WarningCode::NamesDifferByCase => "NAMES_DIFFER_BY_CASE",
            WarningCode::NamesDifferByNormalization => "NAMES_DIFFER_BY_NORMALIZATION",
            WarningCode::CacheUnusable => "CACHE_UNUSABLE",
            WarningCode::DependencyNotInstalled => "DEPENDENCY_NOT_INSTALLED",
            WarningCode::RuntimeDeprecated => "RUNTIME_DEPRECATED",
            WarningCode::OverOrdinaryLimit => "OVER_ORDINARY_LIMIT",
            WarningCode::CodeNotCompared => "CODE_NOT_COMPARED",
            WarningCode::SecretsWritten => "SECRETS_WRITTEN",
            WarningCode::EnvironmentUnreadable => "ENVIRONMENT_UNREADABLE",
            WarningCode::TagsUnreadable => "TAGS_UNREADABLE",
            WarningCode::NotRemoved => "NOT_REMOVED",
        };
        let severity = match warning.severity {
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        Self { code: code.to_owned(), severity: severity.to_owned(), message: warning.message, path: warning.path }
    }
}
