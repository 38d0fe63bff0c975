//! The archive, as requests carry it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::S3ObjectStorageMode;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{ATTEMPT, Cloud};
use crate::error::Error;

/// A call with code is answered when Lambda has looked at it.
const ATTEMPT_WITH_CODE: Duration = Duration::from_mins(1);
/// A line that is slower than this cannot deploy.
const SLOWEST_BYTES_PER_SECOND: u64 = 50 * 1024;
/// What is read at once of a file that is only looked at.
const CHUNK: usize = 1 << 20;

/// What all requests of the process that are under way may carry together, in KiB: many deployments at once wait for each
/// other, and not in memory.
const ROOM: u32 = 64 << 10;
/// What needs no room, in KiB.
const SMALL: u32 = 1 << 10;
static LEFT: Semaphore = Semaphore::const_new(ROOM as usize);

/// Where the archive is.
#[derive(Debug, Clone)]
pub enum Code {
    /// On the disk, for a request that carries it.
    File {
        /// The archive.
        package: PathBuf,
        /// What it must be.
        sha256: [u8; 32],
        /// Its bytes.
        size: u64,
    },
    /// In S3.
    Object {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
        /// The object's version, in a bucket that keeps them.
        version: Option<String>,
        /// Whether Lambda copies it.
        storage_mode: Option<String>,
    },
}

/// The fields of a request that say where the archive is.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) bytes: Option<Blob>,
    pub(super) bucket: Option<String>,
    pub(super) key: Option<String>,
    pub(super) version: Option<String>,
    pub(super) storage_mode: Option<S3ObjectStorageMode>,
    /// What the bytes take of the room, until the request is done.
    pub(super) room: Option<SemaphorePermit<'static>>,
}

impl Code {
    /// Reads the archive when there is room for it.
    pub(super) async fn parts(self) -> Result<Parts, Error> {
        Ok(match self {
            Self::File { package, sha256, size } => {
                let kib = u32::try_from(size.div_ceil(1024)).unwrap_or(ROOM).min(ROOM);
                // It is never closed. What is small need not wait behind what is large.
                let room = if kib > SMALL { LEFT.acquire_many(kib).await.ok() } else { None };
                Parts { bytes: Some(bytes_of(&package, sha256).await?), room, ..Parts::default() }
            }
            Self::Object { bucket, key, version, storage_mode } => Parts {
                bucket: Some(bucket),
                key: Some(key),
                version,
                storage_mode: storage_mode.as_deref().map(S3ObjectStorageMode::from),
                ..Parts::default()
            },
        })
    }
}

impl Cloud {
    /// Timeouts of a request that may carry the archive.
    pub(super) fn sending(&self, code: &Code) -> TimeoutConfig {
        let bytes = match code {
            Code::File { size, .. } => *size,
            Code::Object { .. } => 0,
        };
        self.timeouts_for(bytes)
    }

    /// Timeouts of a request that carries so many bytes.
    pub(in crate::deploy) fn timeouts_for(&self, bytes: u64) -> TimeoutConfig {
        TimeoutConfig::builder().read_timeout(self.attempt_for(bytes)).build()
    }

    /// How long one attempt to send or take so many bytes may take, as it was asked for.
    pub(in crate::deploy) fn attempt_for(&self, bytes: u64) -> Duration {
        self.attempt.map_or_else(|| attempt_for(bytes), |asked| asked + time_for(bytes))
    }

    /// How long the answer to a request without an archive, or the next piece of an answer, may be waited for.
    pub(in crate::deploy) fn silence(&self) -> Duration {
        self.attempt.unwrap_or(ATTEMPT)
    }
}

/// The same, when nothing was asked for.
pub fn attempt_for(bytes: u64) -> Duration {
    ATTEMPT_WITH_CODE + time_for(bytes)
}

fn time_for(bytes: u64) -> Duration {
    Duration::from_secs(bytes / SLOWEST_BYTES_PER_SECOND)
}

async fn bytes_of(package: &Path, sha256: [u8; 32]) -> Result<Blob, Error> {
    let bytes = tokio::fs::read(package).await.map_err(Error::read(package))?;
    if <[u8; 32]>::from(Sha256::digest(&bytes)) == sha256 { Ok(Blob::new(bytes)) } else { Err(changed(package)) }
}

/// Makes sure that the file is the archive that was looked at.
pub async fn check(package: &Path, sha256: [u8; 32]) -> Result<(), Error> {
    let mut file = tokio::fs::File::open(package).await.map_err(Error::read(package))?;
    let (mut whole, mut bytes) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut bytes).await.map_err(Error::read(package))? {
            0 => break,
            count => whole.update(&bytes[..count]),
        }
    }
    if <[u8; 32]>::from(whole.finalize()) == sha256 { Ok(()) } else { Err(changed(package)) }
}

fn changed(package: &Path) -> Error {
    Error::FileChanged { path: package.to_owned() }
}

#[cfg(test)]
mod tests {
    use aws_config::retry::RetryConfig;
    use aws_config::{BehaviorVersion, Region, SdkConfig};

    use super::*;

    #[test]
    fn an_attempt_has_more_time_for_more_bytes() {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled());
        let cloud = Cloud::new(&config.build()).unwrap();
        let seconds = |cloud: &Cloud, bytes| cloud.timeouts_for(bytes).read_timeout().unwrap().as_secs();
        assert_eq!(seconds(&cloud, 0), 60);
        assert_eq!(seconds(&cloud, 50 << 20), 60 + 1024);
        let asked = Cloud { attempt: Some(Duration::from_secs(2)), ..cloud };
        assert_eq!(seconds(&asked, 0), 2);
        assert_eq!(seconds(&asked, 50 << 20), 2 + 1024);
    }
}
