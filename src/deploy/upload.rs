//! The archive on its way: in the request, or through S3 under a name that is its content.

use std::path::Path;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};

use crate::archive::Summary;
use crate::cancel::Cancel;
use crate::deploy::cloud::{Cloud, Code, check};
use crate::deploy::failure::failure;
use crate::deploy::options::{REFERENCE, S3Options};
use crate::deploy::plan::Upload;
use crate::deploy::{bucket, multipart};
use crate::error::{AwsKind, Error};
use crate::progress::{Event, Phase, Reporter};

/// Larger archives go in parts.
const ONE_REQUEST: u64 = 16 << 20;
/// The object's metadata that has the archive's SHA-256 in base64. Of an object that was sent in parts, S3's own checksum
/// is one of its parts' checksums.
pub const SHA256: &str = "sha256";

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
    let progress = |bytes| reporter.report(Event { bytes, total_bytes: archive.size, ..Event::phase(Phase::Upload) });
    progress(0);
    let code = if let (Upload::S3, Some(s3)) = (way, s3) {
        let sent = Box::pin(through_s3(cloud, package, archive, s3, &progress, cancel)).await;
        // A call that was ended by its signal rejects with the signal's reason, which tells nothing of it.
        if let Err(left @ (Error::UploadLeft { .. } | Error::BucketLeft { .. })) = &sent {
            reporter.report(Event::message(Phase::Upload, left.to_string()));
        }
        sent?
    } else {
        // Before anything is changed; it is read when it is sent.
        cancel.guard(check(package, archive.sha256)).await??;
        Code::File { package: package.to_owned(), sha256: archive.sha256, size: archive.size }
    };
    progress(archive.size);
    Ok(code)
}

/// Where the archive goes.
pub struct Object<'a> {
    /// The bucket's name.
    pub bucket: &'a str,
    /// The object's key.
    pub key: String,
    owner: Option<&'a str>,
}

/// Where S3 says that the bucket is.
fn region_of<E>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.raw_response()?.headers().get("x-amz-bucket-region")
}

/// An object that is there already.
pub struct There {
    /// Its version, in a bucket that keeps them.
    pub version: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
}

impl There {
    /// Whether it is the archive. What somebody else put there may have no checksum: it is replaced, as nobody knows what
    /// it is.
    pub fn is(&self, archive: &Summary) -> bool {
        self.sha256.as_ref() == Some(&archive.sha256_base64()) && self.size == Some(archive.size)
    }
}

impl Object<'_> {
    /// The account that must own the bucket.
    pub fn owner(&self) -> Option<String> {
        self.owner.map(ToOwned::to_owned)
    }

    /// What is there; nothing also where we may not know.
    ///
    /// # Errors
    /// What S3 answers.
    pub async fn look(&self, cloud: &Cloud) -> Result<Option<There>, Error> {
        let head = cloud.s3().head_object().bucket(self.bucket).key(&self.key).set_expected_bucket_owner(self.owner());
        match head.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(there) => Ok(Some(There {
                // S3's own word first. Of an object in parts it is no word of the whole: it then has a number behind it.
                sha256: there
                    .checksum_sha256
                    .filter(|sha256| !sha256.contains('-'))
                    .or_else(|| there.metadata.and_then(|mut metadata| metadata.remove(SHA256))),
                size: there.content_length.and_then(|length| u64::try_from(length).ok()),
                version: there.version_id,
            })),
            Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
                // S3's answer to a signature of another Region has no words.
                Some(301 | 400) if region_of(&error).is_some_and(|region| Some(region) != cloud.region()) => {
                    Err(bucket::elsewhere(self.bucket, region_of(&error).unwrap_or_default()))
                }
                // Not there; or not to be told, without the right to list the bucket.
                Some(403 | 404) => Ok(None),
                _ => Err(failure("HeadObject", self.bucket, &error)),
            },
        }
    }

    /// Sends an archive in one request.
    async fn put(&self, cloud: &Cloud, package: &Path, archive: &Summary) -> Result<Option<String>, Error> {
        let body = ByteStream::from_path(package)
            .await
            .map_err(|cause| Error::ReadFailed { path: package.to_owned(), cause: std::io::Error::other(cause) })?;
        let timeouts = cloud.timeouts_for(archive.size);
        let put = cloud
            .s3()
            .put_object()
            .bucket(self.bucket)
            .key(&self.key)
            .set_expected_bucket_owner(self.owner())
            .content_type("application/zip")
            .metadata(SHA256, archive.sha256_base64())
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            // S3 refuses anything else than the archive that was looked at.
            .checksum_sha256(archive.sha256_base64())
            .body(body)
            .customize()
            .config_override(aws_sdk_s3::config::Config::builder().timeout_config(timeouts));
        let put = put.send().await.map_err(|error| failure("PutObject", self.bucket, &error))?;
        Ok(put.version_id)
    }
}

async fn through_s3(
    cloud: &Cloud,
    package: &Path,
    archive: &Summary,
    s3: &S3Options,
    progress: &(dyn Fn(u64) + Sync),
    cancel: &Cancel,
) -> Result<Code, Error> {
    let object = Object { bucket: &s3.bucket, key: key(&s3.prefix, &archive.sha256), owner: s3.owner.as_deref() };
    let there = cancel.guard(object.look(cloud)).await??;
    let version = if let Some(there) = there.filter(|there| there.is(archive)) {
        there.version
    } else {
        Box::pin(bucket::prepare(cloud, s3, cancel)).await?;
        send(cloud, package, archive, &object, progress, cancel).await?
    };
    let Object { bucket, key, .. } = object;
    let (version, storage_mode) = (version.filter(|version| version != "null"), s3.storage_mode.clone());
    if storage_mode.as_deref() == Some(REFERENCE) && version.is_none() {
        return Err(bucket::without_versions(bucket));
    }
    Ok(Code::Object { bucket: bucket.to_owned(), key, version, storage_mode })
}

/// Sends the archive, and tells the object's version.
async fn send(
    cloud: &Cloud,
    package: &Path,
    archive: &Summary,
    object: &Object<'_>,
    progress: &(dyn Fn(u64) + Sync),
    cancel: &Cancel,
) -> Result<Option<String>, Error> {
    if archive.size > ONE_REQUEST {
        return Box::pin(multipart::put(cloud, package, archive, object, progress, cancel)).await;
    }
    match cancel.guard(object.put(cloud, package, archive)).await? {
        // What was damaged on its way is not the next time; unless it is another archive by now.
        Err(Error::Aws(error)) if error.is_damage() => {
            cancel.guard(check(package, archive.sha256)).await??;
            cancel.guard(object.put(cloud, package, archive)).await?
        }
        // One that has become shorter is not sent to its end.
        Err(Error::Aws(error)) if error.kind == AwsKind::ConnectionFailed => {
            cancel.guard(check(package, archive.sha256)).await??;
            Err(Error::Aws(error))
        }
        put => put,
    }
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
