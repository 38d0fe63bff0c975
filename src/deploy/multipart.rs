//! The archive to S3 in parts: several at once, from the disk, and nothing is left of it when it fails.

use std::path::Path;
use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::task::JoinSet;

use crate::archive::Summary;
use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::failure::failure;
use crate::deploy::upload::{Object, SHA256};
use crate::deploy::wait::Pause;
use crate::error::Error;

/// What one request carries. S3 takes parts from 5 MiB on.
const PART: usize = 8 << 20;
/// Requests under way. They bound the memory.
const AT_ONCE: usize = 4;
/// To clean up must not take longer than what failed.
const TIDYING: Duration = Duration::from_secs(10);

/// Sends the archive at `package`, and tells the object's version.
///
/// # Errors
/// What S3 or the disk answers; [`Error::FileChanged`] when it is no longer the archive that was looked at.
pub async fn put(
    cloud: &Cloud,
    package: &Path,
    archive: &Summary,
    to: &Object<'_>,
    sent: &(dyn Fn(u64) + Sync),
    cancel: &Cancel,
) -> Result<Option<String>, Error> {
    // Whoever ends the call waits for what is tidied up: the parts that are there would be paid for.
    let _tidying = cancel.tidy();
    let id = create(cloud, archive, to, cancel).await?;
    let upload = Upload { cloud, package, archive, to, id: &id };
    let mut under_way = JoinSet::new();
    let done = cancel.guard(upload.run(&mut under_way, sent)).await;
    match done {
        Ok(Ok(version)) => Ok(version),
        Ok(Err(error)) | Err(error) => {
            under_way.shutdown().await;
            Err(remove(cloud, to, id, error).await)
        }
    }
}

/// Begins an upload, and tells its name.
async fn create(cloud: &Cloud, archive: &Summary, to: &Object<'_>, cancel: &Cancel) -> Result<String, Error> {
    let created = cloud
        .s3()
        .create_multipart_upload()
        .bucket(to.bucket)
        .key(&to.key)
        .set_expected_bucket_owner(to.owner())
        .content_type("application/zip")
        .metadata(SHA256, archive.sha256_base64())
        .checksum_algorithm(ChecksumAlgorithm::Sha256);
    let mut created = std::pin::pin!(created.send());
    match cancel.guard(&mut created).await {
        Ok(created) => {
            let created = created.map_err(|error| failure("CreateMultipartUpload", to.bucket, &error))?;
            created.upload_id.ok_or_else(|| Error::Internal("S3 gave an upload no name".to_owned()))
        }
        // It is not known by any other name than the one that the answer has.
        Err(error) => match tokio::time::timeout(TIDYING, created).await {
            Ok(Ok(answer)) => Err(remove(cloud, to, answer.upload_id.unwrap_or_default(), error).await),
            Ok(Err(_)) | Err(_) => Err(error),
        },
    }
}

/// Removes what was sent, and answers why; and what is left, when S3 does not do it.
async fn remove(cloud: &Cloud, to: &Object<'_>, id: String, why: Error) -> Error {
    let is_gone = tokio::time::timeout(TIDYING, remove_all(cloud, to, &id)).await;
    if is_gone == Ok(true) {
        return why;
    }
    let (bucket, key) = (to.bucket.to_owned(), to.key.clone());
    Error::UploadLeft { why: Box::new(why), bucket, key, upload_id: id }
}

/// A part that S3 was still taking when the upload was removed may be there afterwards, so it is removed until S3 knows of
/// no part.
async fn remove_all(cloud: &Cloud, to: &Object<'_>, id: &str) -> bool {
    let mut pause = Pause::new(TIDYING);
    loop {
        let abort = cloud.s3().abort_multipart_upload().bucket(to.bucket).key(&to.key).upload_id(id);
        match abort.set_expected_bucket_owner(to.owner()).send().await {
            Ok(_) => {}
            Err(error) if is_gone(&error) => return true,
            Err(_) => return false,
        }
        let look = cloud.s3().list_parts().bucket(to.bucket).key(&to.key).upload_id(id).max_parts(1);
        match look.set_expected_bucket_owner(to.owner()).send().await {
            Ok(_) => {}
            // It is gone; or, without the right to look, S3's word for the removal is enough.
            Err(_) => return true,
        }
        // As the time is bounded outside, nothing raises this flag.
        if !pause.wait(&Cancel::new()).await.unwrap_or(false) {
            return false;
        }
    }
}

fn is_gone<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("NoSuchUpload")
}

/// One upload under way.
struct Upload<'a> {
    cloud: &'a Cloud,
    package: &'a Path,
    archive: &'a Summary,
    to: &'a Object<'a>,
    id: &'a str,
}

/// What was sent, and what S3 says of it.
type Sent = Result<(Bytes, CompletedPart), Error>;

impl Upload<'_> {
    async fn run(&self, under_way: &mut JoinSet<Sent>, sent: &(dyn Fn(u64) + Sync)) -> Result<Option<String>, Error> {
        let mut file = tokio::fs::File::open(self.package).await.map_err(Error::read(self.package))?;
        let (mut whole, mut left, mut done) = (Sha256::new(), self.archive.size, 0);
        let mut parts = Vec::new();
        let mut take = |joined: Result<Sent, tokio::task::JoinError>| {
            let (bytes, part) = joined.map_err(|cause| Error::Internal(format!("a part was not sent: {cause}")))??;
            done += bytes.len() as u64;
            sent(done);
            parts.push(part);
            // To the next part: memory that is given back and asked for anew on other threads grows to twice as much.
            Ok::<_, Error>(bytes.try_into_mut().unwrap_or_default())
        };
        let (mut number, mut bytes) = (0, BytesMut::new());
        while left > 0 {
            if under_way.len() >= AT_ONCE
                && let Some(joined) = under_way.join_next().await
            {
                bytes = take(joined)?;
            }
            bytes.resize(PART.min(usize::try_from(left).unwrap_or(PART)), 0);
            file.read_exact(&mut bytes).await.map_err(|cause| match cause.kind() {
                std::io::ErrorKind::UnexpectedEof => Error::FileChanged { path: self.package.to_owned() },
                _ => Error::ReadFailed { path: self.package.to_owned(), cause },
            })?;
            whole.update(&bytes);
            left -= bytes.len() as u64;
            number += 1;
            under_way.spawn(self.part(number, std::mem::take(&mut bytes).freeze()));
        }
        while let Some(joined) = under_way.join_next().await {
            take(joined)?;
        }
        // Before the parts become an object.
        if <[u8; 32]>::from(whole.finalize()) != self.archive.sha256 {
            return Err(Error::FileChanged { path: self.package.to_owned() });
        }
        parts.sort_by_key(CompletedPart::part_number);
        self.complete(parts).await
    }

    /// Sends a part, on a task of its own.
    fn part(&self, number: i32, bytes: Bytes) -> impl Future<Output = Sent> + Send + 'static {
        // S3 refuses what arrives as something else.
        let sha256 = STANDARD.encode(Sha256::digest(&bytes));
        let timeouts = self.cloud.timeouts_for((bytes.len() * AT_ONCE) as u64);
        let (client, owner, id) = (self.cloud.s3().clone(), self.to.owner(), self.id.to_owned());
        let (bucket, key) = (self.to.bucket.to_owned(), self.to.key.clone());
        async move {
            let attempt = || async {
                let request = client
                    .upload_part()
                    .bucket(&bucket)
                    .key(&key)
                    .upload_id(&id)
                    .part_number(number)
                    .set_expected_bucket_owner(owner.clone())
                    .checksum_algorithm(ChecksumAlgorithm::Sha256)
                    .checksum_sha256(&sha256)
                    .body(ByteStream::from(bytes.clone()))
                    .customize()
                    .config_override(aws_sdk_s3::config::Config::builder().timeout_config(timeouts.clone()));
                request.send().await.map_err(|error| failure("UploadPart", &bucket, &error))
            };
            let answer = match attempt().await {
                // What was damaged on its way is not the next time.
                Err(Error::Aws(error)) if error.is_damage() => attempt().await?,
                sent => sent?,
            };
            let part = CompletedPart::builder().part_number(number).checksum_sha256(&sha256).set_e_tag(answer.e_tag);
            Ok((bytes, part.build()))
        }
    }

    /// Makes the parts one object.
    async fn complete(&self, parts: Vec<CompletedPart>) -> Result<Option<String>, Error> {
        // S3 may take its time to put the parts together; its answer begins before.
        let timeouts = self.cloud.timeouts_for(0);
        let request = self
            .cloud
            .s3()
            .complete_multipart_upload()
            .bucket(self.to.bucket)
            .key(&self.to.key)
            .upload_id(self.id)
            .set_expected_bucket_owner(self.to.owner())
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .customize()
            .config_override(aws_sdk_s3::config::Config::builder().timeout_config(timeouts));
        match request.send().await {
            Ok(answer) => Ok(answer.version_id),
            // The answer to the first attempt may have been lost: then the object is there.
            Err(error) if is_gone(&error) => {
                let there = self.to.look(self.cloud).await?.filter(|there| there.is(self.archive));
                there
                    .map(|there| there.version)
                    .ok_or_else(|| failure("CompleteMultipartUpload", self.to.bucket, &error))
            }
            Err(error) => Err(failure("CompleteMultipartUpload", self.to.bucket, &error)),
        }
    }
}
