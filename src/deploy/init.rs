//! A function that is deployed -> a folder to deploy it from: its settings in a file, and on request its code.

mod definition;
mod place;

use std::path::PathBuf;

use crate::archive::{self, Unpacked};
use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::download::download;
use crate::deploy::function::{Environment, Function, TagsHidden};
use crate::error::Error;
use crate::progress::{Event, Phase, Reporter};
use crate::warning::{Severity, Warning, WarningCode};
use place::Place;

/// What to write, and where.
#[derive(Debug, Clone, Default)]
pub struct InitOptions {
    /// The function's name or ARN.
    pub function_name: String,
    /// The folder.
    pub out: PathBuf,
    /// Whether to unpack the code too.
    pub code: bool,
    /// Whether to replace what is there.
    pub force: bool,
}

/// What was written.
#[derive(Debug)]
pub struct Initialized {
    /// The file with the settings, absolute.
    pub definition: PathBuf,
    /// The folder with the code, absolute.
    pub code: Option<PathBuf>,
    /// What is in it.
    pub unpacked: Option<Unpacked>,
    /// SHA-256 of the deployed archive in base64.
    pub code_sha256: Option<String>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// Writes the settings of a function, and its code on request. All of it is written, or nothing.
///
/// # Errors
/// [`Error::FileExists`], [`Error::NoSuchFunction`], [`Error::FunctionIsImage`], [`Error::CodeUnavailable`],
/// [`Error::WriteFailed`], [`Error::Aborted`], and what AWS answers.
pub async fn init(
    cloud: &Cloud,
    options: InitOptions,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Initialized, Error> {
    let InitOptions { function_name, out, code, force } = options;
    let place = Place::new(&out, code, force)?;
    reporter.report(Event::phase(Phase::Inspect));
    let function = Box::pin(super::settled(cloud, &function_name, reporter, cancel)).await?;
    let function = function.ok_or_else(|| Error::NoSuchFunction { function_name: function_name.clone() })?;
    if function.is_image() {
        return Err(Error::FunctionIsImage { function_name });
    }
    let package = if code {
        let package = place::temporary()?;
        Box::pin(download(cloud, &function, &function_name, package.path(), reporter, cancel)).await?;
        Some(package)
    } else {
        None
    };
    let (text, secret) = (definition::text(&function)?, definition::has_values(&function));
    let (definition, code) = (place.definition(), package.is_some().then(|| place.code()));
    let flag = cancel.clone();
    let work = tokio::task::spawn_blocking(move || {
        let unpacked = |into: &std::path::Path| {
            let Some(package) = &package else { return Ok(None) };
            match archive::unpack(package.path(), into, &flag) {
                // The path is that of a temporary file, which tells nobody anything.
                Err(Error::InvalidArchive { problem, .. }) => Err(Error::CodeUnsafe { function_name, problem }),
                done => done.map(Some),
            }
        };
        place.fill(&text, secret, unpacked, &flag)
    });
    // It looks at the flag itself, and once things are in their places it is to be told as done.
    let (unpacked, left) = work.await.map_err(|ended| Error::Internal(ended.to_string()))??;
    let mut warnings = warnings(&function, &definition, secret);
    warnings.extend(left.map(|left| Warning {
        code: WarningCode::NotRemoved,
        severity: Severity::Warning,
        message: "What was there before could not be removed, and is left.".to_owned(),
        path: Some(left.to_string_lossy().into_owned()),
    }));
    Ok(Initialized { definition, code, unpacked, code_sha256: function.code_sha256, warnings })
}

fn warnings(function: &Function, definition: &std::path::Path, secret: bool) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let path = Some(definition.to_string_lossy().into_owned());
    if secret {
        warnings.push(Warning {
            code: WarningCode::SecretsWritten,
            severity: Severity::Warning,
            message:
                "The file holds the values of the environment, which may be secrets: it is readable by you alone. \
                      Do not commit it."
                    .to_owned(),
            path: path.clone(),
        });
    }
    if let Environment::Unreadable(reason) = &function.environment {
        warnings.push(Warning {
            code: WarningCode::EnvironmentUnreadable,
            severity: Severity::Warning,
            message: format!("The environment cannot be read, so the file has none: {reason}"),
            path: path.clone(),
        });
    }
    if let Some(TagsHidden { message, .. }) = &function.tags_hidden {
        warnings.push(Warning {
            code: WarningCode::TagsUnreadable,
            severity: Severity::Warning,
            message: format!("The tags cannot be read, so the file has none: {message}"),
            path,
        });
    }
    warnings
}
