//! Numbers from JavaScript. `index.js` has checked that they are numbers; whether they are whole and in range
//! is checked here, because N-API's own integers cut 1.9 to 1 and wrap -1.

use std::ops::RangeInclusive;

use crate::error::Error;

/// A whole number within `range`.
pub fn whole(option: &str, value: f64, range: RangeInclusive<i32>) -> Result<i32, Error> {
    let fits = value.fract() == 0.0 && value >= f64::from(*range.start()) && value <= f64::from(*range.end());
    if fits {
        // In range, so nothing is lost.
        #[expect(clippy::cast_possible_truncation, reason = "checked above")]
        return Ok(value as i32);
    }
    let expected = format!("a whole number from {} to {}", range.start(), range.end());
    Err(Error::option(option, expected, value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_in_range_pass() {
        assert_eq!(whole("x", 900.0, 1..=900).unwrap(), 900);
        for value in [1.9, 0.0, -1.0, 901.0, f64::NAN, f64::INFINITY, 4_294_967_297.0] {
            assert!(whole("x", value, 1..=900).is_err(), "{value}");
        }
    }
}
