//! Times as users write them -> milliseconds since 1970.

use aws_sdk_lambda::primitives::{DateTime, DateTimeFormat};

use crate::error::Error;

/// A time as it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// Milliseconds since 1970.
    Milliseconds(f64),
    /// `10m`, or a time of ISO 8601.
    Text(String),
}

const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];
/// The last millisecond of the year 9999.
const LAST: i64 = 253_402_300_799_999;

impl When {
    /// The time; `now` is what a span is counted back from.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn milliseconds(&self, option: &str, now: i64) -> Result<i64, Error> {
        let (at, received) = match self {
            Self::Milliseconds(number) => (whole(*number), number.to_string()),
            Self::Text(text) => (span(text).map(|span| now - span).or_else(|| time(text)), format!("'{text}'")),
        };
        at.filter(|at| (0..=LAST).contains(at)).ok_or_else(|| {
            let expected = "a span like '10m' (s, m, h, d, w), a time like '2026-04-30T12:00:00Z', or milliseconds since \
                            1970";
            Error::option(option, expected, received)
        })
    }
}

fn whole(number: f64) -> Option<i64> {
    let fits = number.fract() == 0.0 && number >= 0.0 && number <= LAST as f64;
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    fits.then_some(number as i64)
}

fn span(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let count = text.strip_suffix(unit).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    count.parse::<i64>().ok()?.checked_mul(seconds * 1000).filter(|span| *span <= LAST)
}

/// A day is its beginning in UTC; a time must say its zone, as it would mean another one on another machine.
fn time(text: &str) -> Option<i64> {
    let is_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let whole = if is_day { format!("{text}T00:00:00Z") } else { text.to_owned() };
    DateTime::from_str(&whole, DateTimeFormat::DateTimeWithOffset).ok()?.to_millis().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn spans_times_and_milliseconds_are_understood() {
        let at = |text: &str| When::Text(text.to_owned()).milliseconds("since", NOW).ok();
        assert_eq!(at("10m"), Some(NOW - 600_000));
        assert_eq!(at("90s"), Some(NOW - 90_000));
        assert_eq!(at("2w"), Some(NOW - 14 * 86_400_000));
        assert_eq!(at("1970-01-02"), Some(86_400_000));
        assert_eq!(at("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(at("1970-01-01T00:00:01.5Z"), Some(1500));
        for bad in ["", "m", "10", "-1m", "1.5h", "10 m", "yesterday", "1970-01-01T00:00:00", "99999w", "1970-13-01"] {
            assert_eq!(at(bad), None, "{bad}");
        }
        let number = |number| When::Milliseconds(number).milliseconds("since", NOW).ok();
        assert_eq!(number(1_700_000_000_000.0), Some(NOW));
        for bad in [-1.0, 0.5, f64::NAN, f64::INFINITY, 1e18] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
