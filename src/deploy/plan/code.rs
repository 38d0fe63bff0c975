//! How the archive goes, and how AWS is to keep it.

use crate::archive::Summary;
use crate::deploy::function::Function;
use crate::deploy::options::{Declared, DeployOptions, REFERENCE};
use crate::deploy::plan::Upload;
use crate::error::Error;
use crate::limits;

/// The way that it goes.
///
/// # Errors
/// [`Error::BucketRequired`].
pub fn upload(options: &DeployOptions, archive: &Summary) -> Result<Upload, Error> {
    match &options.s3 {
        Some(s3)
            if s3.always || s3.storage_mode.as_deref() == Some(REFERENCE) || archive.size > limits::DIRECT_UPLOAD =>
        {
            Ok(Upload::S3)
        }
        _ if archive.size <= limits::DIRECT_UPLOAD => Ok(Upload::Direct),
        _ => Err(Error::BucketRequired { size: archive.size, limit: limits::DIRECT_UPLOAD }),
    }
}

/// Whether Lambda is to have a copy of it, as far as that is declared.
pub fn storage_mode(options: &DeployOptions) -> Option<String> {
    options.s3.as_ref()?.storage_mode.clone()
}

/// Whether Lambda has a copy of the archive, or none, as is declared.
pub fn is_stored_as_declared(deployed: &Function, options: &DeployOptions) -> bool {
    storage_mode(options).is_none_or(|mode| (mode == REFERENCE) == deployed.is_referenced)
}

/// The key that is to encrypt the archive. It goes with each archive, or it would be AWS's own.
pub fn source_kms_key(deployed: &Function, options: &DeployOptions) -> Option<String> {
    match &options.source_kms_key {
        Declared::Nothing => deployed.source_kms_key_arn.clone(),
        declared => declared.one().cloned(),
    }
}
