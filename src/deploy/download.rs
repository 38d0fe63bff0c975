//! The deployed archive -> a file, in as many pieces as the network takes, and no other archive than the deployed one.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::cancel::Cancel;
use crate::deploy::cloud::{Cloud, attempt_for};
use crate::deploy::function::Function;
use crate::deploy::location::{Failed, Remote, Tries};
use crate::error::Error;
use crate::progress::{Event, Phase, Reporter};

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// Writes the archive of `function` to `path`, which is there already and empty.
///
/// # Errors
/// [`Error::CodeUnavailable`], [`Error::WriteFailed`], [`Error::Aborted`].
pub async fn download(
    cloud: &Cloud,
    function: &Function,
    function_name: &str,
    path: &Path,
    reporter: &dyn Reporter,
    cancel: &Cancel,
) -> Result<(), Error> {
    let unavailable = |reason: String| Error::CodeUnavailable { function_name: function_name.to_owned(), reason };
    let Some(location) = &function.code_location else {
        return Err(unavailable("AWS does not tell where it is".to_owned()));
    };
    let remote = Remote::new(cloud, location, function_name, cancel);
    let size = u64::try_from(function.code_size).unwrap_or_default();
    let mut file = Received::new(path)?;
    // What was asked for is the time of one attempt, and these are several.
    let deadline = attempt_for(size).max(cloud.attempt_for(size));
    let work = async {
        let mut tries = Tries::of(&remote);
        loop {
            let before = file.length;
            let Err(failed) = attempt(&remote, &mut file, path, size, reporter).await else { return Ok(()) };
            if file.length > before {
                // It goes on, if slowly; the deadline counts.
                tries = Tries::of(&remote);
            }
            tries.after(failed).await?;
        }
    };
    let done = cancel.guard(tokio::time::timeout(deadline, work)).await?;
    done.unwrap_or_else(|_| Err(unavailable(format!("it did not come within {} seconds", deadline.as_secs()))))?;
    let found = STANDARD.encode(file.sha256.finalize());
    match &function.code_sha256 {
        Some(told) if *told == found => Ok(()),
        told => {
            let told = told.as_deref().unwrap_or("none");
            Err(unavailable(format!("its SHA-256 is {found}, and AWS says {told}")))
        }
    }
}

/// One request, from where the last one ended.
async fn attempt(
    remote: &Remote<'_>,
    file: &mut Received,
    path: &Path,
    size: u64,
    reporter: &dyn Reporter,
) -> Result<(), Failed> {
    if file.length == size && size > 0 {
        return Ok(());
    }
    let rest = (file.length > 0).then(|| format!("bytes={}-", file.length));
    let mut answer = remote.answer(rest.as_deref()).await?;
    if answer.size != size {
        return Err(Failed::Finally(format!("it has {} bytes, and AWS says {size}", answer.size)));
    }
    if answer.range.start != file.length {
        // The server gives no parts, so it all comes again.
        file.restart().map_err(Error::write(path))?;
    }
    if answer.range != (file.length..size) {
        return Err(Failed::Finally("it is another part than was asked for".to_owned()));
    }
    let mut piece = Vec::with_capacity(PIECE);
    loop {
        // What has come is kept, whatever comes next.
        let next = remote.cancel.guard(answer.next()).await?;
        if let Ok(Some(bytes)) = &next {
            piece.extend_from_slice(bytes);
        }
        if piece.len() >= PIECE || !matches!(next, Ok(Some(_))) {
            file.take(&piece).await.map_err(Error::write(path))?;
            piece.clear();
            let message = Some("downloading the deployed code".to_owned());
            let (bytes, total_bytes) = (file.length, size);
            reporter.report(Event { bytes, total_bytes, message, ..Event::phase(Phase::Inspect) });
        }
        if next?.is_none() {
            return Ok(());
        }
    }
}

/// What has come so far.
struct Received {
    file: File,
    sha256: Sha256,
    length: u64,
}

impl Received {
    fn new(path: &Path) -> Result<Self, Error> {
        let file = File::options().write(true).open(path).map_err(Error::write(path))?;
        Ok(Self { file, sha256: Sha256::new(), length: 0 })
    }

    fn restart(&mut self) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        (self.sha256, self.length) = (Sha256::new(), 0);
        Ok(())
    }

    /// Off the threads that everything else waits on.
    async fn take(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let (mut file, mut sha256, bytes) = (self.file.try_clone()?, self.sha256.clone(), bytes.to_vec());
        let length = bytes.len() as u64;
        let work = tokio::task::spawn_blocking(move || {
            sha256.update(&bytes);
            file.write_all(&bytes).map(|()| sha256)
        });
        self.sha256 = work.await.map_err(std::io::Error::other)??;
        self.length += length;
        Ok(())
    }
}
