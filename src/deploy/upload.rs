//! The archive on its way: in the request, or through S3 under a name that is its content.

use std::path::Path;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};

use crate::archive::Summary;
use crate::cancel::Cancel;
use crate::deploy::cloud::{Cloud, Code, attempt_for, bytes_of};
use crate::deploy::failure::failure;
use crate::deploy::options::S3Options;
use crate::deploy::plan::Upload;
use crate::error::Error;
use crate::progress::{Event, Phase, Reporter};

/// Makes the archive ready to be named in a request.
///
/// # Errors
/// What S3 or the disk answers; [`Error::FileChanged`], [`Error::Aborted`].
pub async fn upload(
    cloud: &Cloud,
    way: Upload,
    package: &Path,
    archive: &Summary,
    s3: Option<&S3Options>,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<Code, Error> {
    let progress = |bytes| Event { bytes, total_bytes: archive.size, ..Event::phase(Phase::Upload) };
    reporter.report(progress(0));
    let code = match (way, s3) {
        (Upload::S3, Some(s3)) => cancel.guard(through_s3(cloud, package, archive, s3)).await??,
        _ => cancel.guard(bytes_of(package, archive.sha256)).await??,
    };
    reporter.report(progress(archive.size));
    Ok(code)
}

async fn through_s3(cloud: &Cloud, package: &Path, archive: &Summary, s3: &S3Options) -> Result<Code, Error> {
    let key = key(&s3.prefix, &archive.sha256);
    let object = |version| Code::Object { bucket: s3.bucket.clone(), key: key.clone(), version };
    let head = cloud.s3().head_object().bucket(&s3.bucket).key(&key).checksum_mode(ChecksumMode::Enabled).send().await;
    let is_ours = |there: &HeadObjectOutput| {
        // An object that somebody else put there may have no checksum of this kind.
        there.checksum_sha256.as_ref().is_none_or(|sha256| *sha256 == archive.sha256_base64())
            && there.content_length.and_then(|length| u64::try_from(length).ok()) == Some(archive.size)
    };
    match head {
        Ok(there) if is_ours(&there) => {
            return Ok(object(there.version_id.filter(|version| version != "null")));
        }
        Ok(_) => {}
        Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
            // Not there; or not to be told, without the right to list the bucket.
            Some(403 | 404) => {}
            _ => return Err(failure("HeadObject", &s3.bucket, &error)),
        },
    }
    let body = ByteStream::from_path(package)
        .await
        .map_err(|cause| Error::ReadFailed { path: package.to_owned(), cause: std::io::Error::other(cause) })?;
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(attempt_for(archive.size)).build();
    let put = cloud
        .s3()
        .put_object()
        .bucket(&s3.bucket)
        .key(&key)
        .content_type("application/zip")
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        // S3 refuses anything else than the archive that was looked at.
        .checksum_sha256(archive.sha256_base64())
        .body(body)
        .customize()
        .config_override(aws_sdk_s3::config::Config::builder().timeout_config(timeouts));
    let put = put.send().await.map_err(|error| failure("PutObject", &s3.bucket, &error))?;
    Ok(object(put.version_id.filter(|version| version != "null")))
}

/// The same content has the same key, so that it is sent once.
fn key(prefix: &str, sha256: &[u8; 32]) -> String {
    use std::fmt::Write;
    let hex = sha256.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("{prefix}{hex}.zip")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_key_is_the_content_under_the_prefix() {
        assert_eq!(super::key("code/", &[0xab; 32]), format!("code/{}.zip", "ab".repeat(32)));
    }
}
