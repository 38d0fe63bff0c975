//! Which content was met in which unit first, so that the same content is compressed once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::pack::content::Key;

/// An entry or a piece of one, numbered in the archive's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(pub usize);

/// The content of all units that threads have begun.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<Key, Unit>>);

impl Seen {
    /// A unit of the same content that is written before `unit`. When there is none, `unit` is one for those to come.
    pub fn before(&self, key: Key, unit: Unit) -> Option<Unit> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = seen.entry(key).or_insert(unit);
        if *first < unit {
            return Some(*first);
        }
        // A thread that was ahead came first; what is behind it can have both.
        *first = unit;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::content::{Form, Level};
    use crate::pack::secret::Secret;

    #[test]
    fn only_an_earlier_unit_counts() {
        let key = |content: &[u8]| Key::of(content, 0, Form::Whole, Level::Fast, Secret::from_bytes([1; Secret::SIZE]));
        let (a, b) = (key(b"a"), key(b"b"));
        let seen = Seen::default();
        assert_eq!(seen.before(a, Unit(5)), None);
        assert_eq!(seen.before(a, Unit(3)), None);
        assert_eq!(seen.before(a, Unit(3)), None);
        assert_eq!(seen.before(a, Unit(4)), Some(Unit(3)));
        assert_eq!(seen.before(b, Unit(9)), None);
    }
}
