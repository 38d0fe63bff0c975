//! Where AWS keeps the code of a function: an address that is signed for some minutes. Whoever knows it can read the
//! code, so it is in no message.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_lambda::config::http::{HttpRequest, HttpResponse};
use aws_sdk_lambda::primitives::ByteStream;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use bytes::Bytes;

use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::failure::innermost;
use crate::error::Error;

const CONNECT: Duration = Duration::from_secs(5);
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);
/// Bytes of a refusal that are looked at.
const REFUSAL: usize = 4096;
/// Characters of S3's own words that are told.
const WORDS: usize = 200;
/// Characters of the address that tell something of it. The shorter ones are words like others.
const TELLING: usize = 8;

/// The address.
#[derive(Clone, PartialEq, Eq)]
pub struct Location(String);

impl Location {
    /// As AWS tells it.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// Whether a word of somebody's tells a part of it.
    fn is_told_by(&self, word: &str) -> bool {
        let (word, whole) = (word.to_ascii_lowercase(), self.0.to_ascii_lowercase());
        let secret = whole.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, rest)| rest);
        let decoded = [secret.to_owned(), decoded(secret)];
        let mut parts = decoded.iter().flat_map(|secret| secret.split(['/', '?', '&', '=', '%']));
        let tells = |part: &str| part.len() >= TELLING && word.contains(part);
        word.contains("x-amz-") || word.contains("://") || parts.any(tells)
    }
}

impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Location")
    }
}

/// Why a request gave nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// Worth another try.
    Again(String),
    /// For good.
    Finally(String),
    /// For a reason that has nothing to do with the address.
    With(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::With(error)
    }
}

/// An answer with bytes of the archive.
pub(super) struct Answer {
    /// Which bytes come.
    pub(super) range: Range<u64>,
    /// Bytes of the archive.
    pub(super) size: u64,
    body: ByteStream,
    left: u64,
    silence: Duration,
}

/// Reads what is at an address.
pub(super) struct Remote<'a> {
    connector: Connector,
    cloud: &'a Cloud,
    location: &'a Location,
    function_name: &'a str,
    pub(super) cancel: &'a Cancel,
}

impl<'a> Remote<'a> {
    /// Asks nothing yet. Proxies are those of the environment, as for the SDK's own requests.
    pub(super) fn new(cloud: &'a Cloud, location: &'a Location, function_name: &'a str, cancel: &'a Cancel) -> Self {
        let silence = cloud.silence();
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT.min(silence)).read_timeout(silence);
        let connector = Connector::builder()
            .connector_settings(settings.build())
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .build();
        Self { connector, cloud, location, function_name, cancel }
    }

    /// The last `count` bytes, or all where there are fewer, and how many there are in all.
    ///
    /// # Errors
    /// [`Error::CodeUnavailable`], [`Error::Aborted`].
    pub(super) async fn last(&self, count: u64) -> Result<(Vec<u8>, u64), Error> {
        let mut tries = Tries::of(self);
        loop {
            match self.whole(&format!("bytes=-{count}"), count).await {
                // S3 has no last bytes of nothing.
                Ok((range, bytes, size)) if range.end == size => return Ok((bytes, size)),
                Ok(_) => tries.after(Failed::Finally("it is another part than was asked for".to_owned())).await?,
                Err(failed) => tries.after(failed).await?,
            }
        }
    }

    /// These bytes of an archive of `size` bytes.
    ///
    /// # Errors
    /// [`Error::CodeUnavailable`], [`Error::Aborted`].
    pub(super) async fn part(&self, wanted: Range<u64>, size: u64) -> Result<Vec<u8>, Error> {
        let mut tries = Tries::of(self);
        let header = format!("bytes={}-{}", wanted.start, wanted.end.saturating_sub(1));
        loop {
            match self.whole(&header, wanted.end - wanted.start).await {
                Ok((range, bytes, now)) if range == wanted && now == size => return Ok(bytes),
                Ok(_) => tries.after(Failed::Finally("it is another part than was asked for".to_owned())).await?,
                Err(failed) => tries.after(failed).await?,
            }
        }
    }

    /// One request, with its whole answer in memory: `most` bytes and no more.
    async fn whole(&self, range: &str, most: u64) -> Result<(Range<u64>, Vec<u8>, u64), Failed> {
        let deadline = self.cloud.attempt_for(most);
        let work = async {
            let mut answer = self.answer(Some(range)).await?;
            let length = answer.range.end - answer.range.start;
            if length > most {
                // All of it, mostly: not worth taking, and no server of AWS's does that.
                return Err(Failed::Finally("the server does not give parts of it".to_owned()));
            }
            let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
            while let Some(piece) = answer.next().await? {
                bytes.extend_from_slice(&piece);
            }
            Ok((answer.range, bytes, answer.size))
        };
        let done = self.cancel.guard(tokio::time::timeout(deadline, work)).await?;
        done.unwrap_or_else(|_| Err(Failed::Again(format!("no answer within {} seconds", deadline.as_secs()))))
    }

    /// Asks for a part, or for all. The bytes are still to come.
    pub(super) async fn answer(&self, range: Option<&str>) -> Result<Answer, Failed> {
        let unusable = |_| Failed::Finally("AWS tells an address that is none".to_owned());
        let mut request = HttpRequest::get(&self.location.0).map_err(unusable)?;
        if let Some(range) = range {
            request.headers_mut().insert("range", range.to_owned());
        }
        let response = self.cancel.guard(self.connector.call(request)).await?;
        let response = response.map_err(|error| Failed::Again(innermost(&error)))?;
        let header = |name: &str| response.headers().get(name);
        let told = match response.status().as_u16() {
            206 => header("content-range").and_then(content_range),
            200 => header("content-length").and_then(|size| size.parse().ok()).map(|size| (0..size, size)),
            _ => return Err(self.refusal(response).await?),
        };
        let Some((range, size)) = told else {
            return Err(Failed::Finally("the answer does not say which part of it comes".to_owned()));
        };
        let (left, body) = (range.end - range.start, ByteStream::new(response.into_body()));
        Ok(Answer { range, size, body, left, silence: self.cloud.silence() })
    }

    /// What a server says that gives nothing.
    async fn refusal(&self, response: HttpResponse) -> Result<Failed, Error> {
        let status = response.status().as_u16();
        let mut body = ByteStream::new(response.into_body());
        let mut text = Vec::new();
        while text.len() < REFUSAL {
            let next = self.cancel.guard(tokio::time::timeout(self.cloud.silence(), body.next())).await?;
            let Ok(Some(Ok(piece))) = next else { break };
            text.extend_from_slice(&piece);
        }
        text.truncate(REFUSAL);
        let words = words(&String::from_utf8_lossy(&text), self.location)
            .map_or_else(String::new, |words| format!(" ({words})"));
        let reason = format!("HTTP status {status}{words}");
        let again = matches!(status, 429 | 500 | 502 | 503 | 504);
        Ok(if again { Failed::Again(reason) } else { Failed::Finally(reason) })
    }

    /// The failure as users see it.
    pub(super) fn unavailable(&self, reason: String) -> Error {
        Error::CodeUnavailable { function_name: self.function_name.to_owned(), reason }
    }
}

impl Answer {
    /// The next bytes; none when all have come.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Failed> {
        let cut = || Failed::Again("the answer ended too early".to_owned());
        match tokio::time::timeout(self.silence, self.body.next()).await {
            Err(_) => Err(Failed::Again("the answer stopped in the middle".to_owned())),
            Ok(None) if self.left > 0 => Err(cut()),
            Ok(None) => Ok(None),
            Ok(Some(Err(_))) => Err(cut()),
            Ok(Some(Ok(piece))) => {
                let Some(left) = self.left.checked_sub(piece.len() as u64) else {
                    return Err(Failed::Finally("the answer is longer than it says".to_owned()));
                };
                self.left = left;
                Ok(Some(piece))
            }
        }
    }
}

/// How often a request may still be sent.
pub(super) struct Tries<'a> {
    remote: &'a Remote<'a>,
    left: u32,
    pause: Duration,
}

impl<'a> Tries<'a> {
    pub(super) fn of(remote: &'a Remote<'a>) -> Self {
        Self { remote, left: TRIES - 1, pause: PAUSE }
    }

    /// Waits before the next one, or tells that there is none.
    ///
    /// # Errors
    /// [`Error::CodeUnavailable`], [`Error::Aborted`].
    pub(super) async fn after(&mut self, failed: Failed) -> Result<(), Error> {
        match failed {
            Failed::With(error) => Err(error),
            Failed::Again(_) if self.left > 0 => {
                self.left -= 1;
                self.remote.cancel.guard(tokio::time::sleep(self.pause)).await?;
                self.pause *= 4;
                Ok(())
            }
            Failed::Again(reason) | Failed::Finally(reason) => Err(self.remote.unavailable(reason)),
        }
    }
}

/// Which bytes come, and of how many: `bytes 0-99/1234`.
fn content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, size): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    (first <= last && last < size).then(|| (first..last + 1, size))
}

/// Without the escapes of addresses, as far as there are letters behind them.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        let letter = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
        match (letter, part.get(2..)) {
            (Some(letter), Some(rest)) => format!("{before}{}{rest}", char::from(letter)),
            _ => format!("{before}%{part}"),
        }
    })
}

/// S3's words in its answer, or those of whoever answers in its place: without what may be a part of the address.
fn words(xml: &str, location: &Location) -> Option<String> {
    let element = |name: &str| Some(xml.split_once(&format!("<{name}>"))?.1.split_once('<')?.0);
    let code = element("Code").filter(|code| {
        !code.is_empty() && code.len() <= WORDS && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    })?;
    if location.is_told_by(code) {
        return None;
    }
    let Some(message) = element("Message") else { return Some(code.to_owned()) };
    // Looked at as a whole: of a word that was cut nobody can tell.
    let message: Vec<_> =
        message.split_whitespace().map(|word| if location.is_told_by(word) { "(hidden)" } else { word }).collect();
    let shown = message.join(" ").chars().filter(|c| !c.is_control()).take(WORDS).collect::<String>();
    Some(format!("{code}: {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_the_standard_writes_them() {
        assert_eq!(content_range("bytes 0-99/1234"), Some((0..100, 1234)));
        let wrong = ["bytes 5-4/9", "bytes 0-9/9", "bytes */9", "bytes 0-1/*", "0-1/2", "bytes 1/2", ""];
        for text in wrong.into_iter().chain(["bytes 0-18446744073709551615/18446744073709551615"]) {
            assert_eq!(content_range(text), None, "{text}");
        }
    }

    #[test]
    fn of_a_refusal_the_words_are_told_and_the_address_is_not() {
        let xml = "<?xml?><Error><Code>AccessDenied</Code><Message>Request has\n expired</Message>\
                   <StringToSign>secret</StringToSign></Error>";
        let address = "https://bucket.s3.amazonaws.com/snapshots/123456789012/api-1f2e3d4c?versionId=AbCdEf.gH1&\
                       X-Amz-Credential=AKIAEXAMPLEKEY%2F20261126&X-Amz-Expires=600&X-Amz-Signature=0123456789abcdef";
        let location = Location::new(address.to_owned());
        let told = |xml: &str| words(xml, &location);
        assert_eq!(told(xml).as_deref(), Some("AccessDenied: Request has expired"));
        assert_eq!(told("<html>no</html>"), None);
        assert_eq!(format!("{location:?}"), "Location");
        // Whoever answers in the place of S3 may repeat what it was asked.
        let query = address.split_once('?').unwrap().1;
        for secret in [
            address,
            &query.replace('&', "&amp;"),
            "/snapshots/123456789012/api-1f2e3d4c",
            "AKIAEXAMPLEKEY/20261126",
            "signature:0123456789ABCDEF",
            "akiaexamplekey%2f20261126",
            "AbCdEf.gH1",
            "x-amz-signature=",
        ] {
            let message = format!("<Code>Forbidden</Code><Message>{secret} is forbidden</Message>");
            assert_eq!(told(&message).as_deref(), Some("Forbidden: (hidden) is forbidden"), "{secret}");
            let long = format!("<Code>Forbidden</Code><Message>{}{secret}</Message>", "a ".repeat(WORDS / 2 - 4));
            assert!(!told(&long).unwrap().contains(&secret[..6]), "{secret}");
            assert_eq!(told(&format!("<Code>{secret}</Code><Message>no</Message>")), None, "{secret}");
        }
        assert_eq!(told("<Code>0123456789abcdef</Code>"), None);
    }
}
