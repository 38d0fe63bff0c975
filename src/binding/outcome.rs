//! What a call resolves to: its result, or the parts of the error that `index.js` throws.

use napi::bindgen_prelude::{Buffer, Either};
use napi_derive::napi;
use serde::Serialize;

use crate::error::{Detail, Error};

/// The parts of an error.
/// @internal
#[napi(object, object_from_js = false)]
#[expect(clippy::struct_field_names, reason = "it tells a failure from any result")]
pub struct Failure {
    /// The stable code. No result has a field of this name.
    pub failure_code: String,
    pub message: String,
    pub hint: Option<String>,
    /// What lies below, outermost first.
    pub causes: Vec<String>,
    pub details: Vec<FailureDetail>,
}

/// A value behind the message; one of the three is set.
/// @internal
#[napi(object, object_from_js = false)]
pub struct FailureDetail {
    pub name: String,
    pub text: Option<String>,
    pub number: Option<f64>,
    pub list: Option<Vec<String>>,
}

/// What a call resolves to.
pub type Outcome<T> = Either<T, Failure>;

/// Sorts a finished call.
pub fn outcome<T>(done: Result<T, Error>) -> Outcome<T> {
    match done {
        Ok(value) => Either::A(value),
        Err(error) => Either::B(failure(&error)),
    }
}

fn failure(error: &Error) -> Failure {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error.why());
    while let Some(below) = cause {
        causes.push(below.to_string());
        cause = below.source();
    }
    Failure {
        failure_code: error.code().to_string(),
        message: error.to_string(),
        hint: error.hint(),
        causes,
        details: error.details().into_iter().map(detail).collect(),
    }
}

fn detail((name, value): (&'static str, Detail)) -> FailureDetail {
    let mut detail = FailureDetail { name: name.to_owned(), text: None, number: None, list: None };
    match value {
        Detail::Text(text) => detail.text = Some(text),
        Detail::Number(number) => detail.number = Some(number as f64),
        Detail::List(list) => detail.list = Some(list),
    }
    detail
}

/// Bytes of a list that are read in one turn of the event loop: a millisecond's work.
const PART: usize = 128 << 10;

/// A list as JSON, in lines that are lists themselves, for `index.js` to read one by one: to make tens of thousands of
/// objects at once would hold up the event loop, and so would a long string.
pub fn list<T: Serialize>(all: impl Iterator<Item = T>) -> Buffer {
    let (mut bytes, mut line) = (Vec::new(), 0);
    for one in all {
        let before = bytes.len();
        bytes.push(if before == line { b'[' } else { b',' });
        if serde_json::to_writer(&mut bytes, &one).is_err() {
            bytes.truncate(before);
        }
        if bytes.len() - line >= PART {
            bytes.extend(b"]\n");
            line = bytes.len();
        }
    }
    if bytes.len() > line {
        bytes.extend(b"]\n");
    }
    bytes.into()
}
