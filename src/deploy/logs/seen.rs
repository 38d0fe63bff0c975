//! What was told of a log that is followed (pure).

use std::collections::HashMap;

use crate::deploy::cloud::LogEvent;

/// How much later than newer ones an event may come, in milliseconds. Lambda hands on what is logged within seconds.
const LATE: i64 = 2 * 60 * 1000;

/// The events that were told and may be met again.
#[derive(Debug, Default)]
pub struct Seen {
    /// Their ids, with their times.
    told: HashMap<String, i64>,
    /// The newest of their arrivals, by CloudWatch's clock.
    newest: i64,
    /// All that had arrived by then was read, or is being read.
    looked: i64,
    /// Events up to that time that arrived up to that one were over the limit.
    skipped: Option<(i64, i64)>,
}

impl Seen {
    /// Those that were not told yet; now they are.
    pub fn unseen(&mut self, mut events: Vec<LogEvent>) -> Vec<LogEvent> {
        events.retain(|event| {
            self.newest = self.newest.max(event.ingested);
            let is_skipped =
                self.skipped.is_some_and(|(to, arrived)| event.timestamp <= to && event.ingested <= arrived);
            let is_told = match self.horizon() {
                horizon if event.timestamp < horizon => self.told.contains_key(&key(event)),
                _ => self.told.insert(key(event), event.timestamp).is_some(),
            };
            !is_told && !is_skipped
        });
        // There may be millions in one look.
        let horizon = self.horizon();
        self.told.retain(|_, timestamp| *timestamp >= horizon);
        events
    }

    /// A look begins that reads all that has arrived by then.
    pub fn begin_look(&mut self, now: i64) {
        self.looked = self.looked.max(now);
    }

    /// Begins with the newest of what is there. Where there was `more`, that is not told later either.
    pub fn begin_with(&mut self, newest: Vec<LogEvent>, more: bool) -> Vec<LogEvent> {
        let newest = self.unseen(newest);
        self.skipped = newest.first().filter(|_| more).map(|first| (first.timestamp, self.newest));
        newest
    }

    /// Where the next look begins, when the last one began at `from`.
    pub fn go_on(&self, from: i64) -> i64 {
        from.max(self.horizon())
    }

    /// No later look meets what is before that.
    fn horizon(&self) -> i64 {
        self.newest.max(self.looked) - LATE
    }
}

/// CloudWatch gives each event an id.
fn key(event: &LogEvent) -> String {
    if event.id.is_empty() {
        return format!("{} {} {}", event.timestamp, event.stream, event.message);
    }
    event.id.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, timestamp: i64, ingested: i64) -> LogEvent {
        LogEvent { id: id.to_owned(), timestamp, ingested, ..LogEvent::default() }
    }

    fn ids(events: Vec<LogEvent>) -> Vec<String> {
        events.into_iter().map(|event| event.id).collect()
    }

    const MINUTE: i64 = 60_000;

    #[test]
    fn nothing_is_told_twice_and_what_comes_late_is_told() {
        let mut seen = Seen::default();
        let first = vec![event("a", 10 * MINUTE, 10 * MINUTE), event("b", 11 * MINUTE, 12 * MINUTE)];
        assert_eq!(ids(seen.unseen(first.clone())), ["a", "b"]);
        let from = seen.go_on(0);
        assert_eq!(from, 10 * MINUTE);
        let late = event("late", 10 * MINUTE + 1, 13 * MINUTE);
        assert_eq!(ids(seen.unseen([first, vec![late]].concat())), ["late"]);
        assert_eq!(seen.go_on(from), 11 * MINUTE);
        assert_eq!(seen.told.len(), 1, "what cannot be met again is forgotten: {:?}", seen.told);
        assert_eq!(seen.go_on(11 * MINUTE), 11 * MINUTE, "without news nothing moves");
        seen.begin_look(20 * MINUTE);
        assert_eq!(seen.go_on(11 * MINUTE), 18 * MINUTE, "but by the time that has passed");
    }

    #[test]
    fn of_a_long_log_only_what_can_be_met_again_is_remembered() {
        let mut seen = Seen::default();
        seen.begin_look(3 * 60 * MINUTE);
        let old: Vec<_> = (0..7200).map(|second| event(&second.to_string(), second * 1000, second * 1000)).collect();
        assert_eq!(seen.unseen(old).len(), 7200);
        assert_eq!(seen.told.len(), 0, "the next look begins an hour later");
        let mut seen = Seen::default();
        for second in 0..7200 {
            seen.unseen(vec![event(&second.to_string(), second * 1000, second * 1000)]);
            assert!(seen.told.len() <= 121, "{}", seen.told.len());
        }
        assert_eq!(seen.go_on(0), 7199 * 1000 - 2 * MINUTE);
    }

    #[test]
    fn what_was_over_the_limit_is_not_told_when_it_is_met_again() {
        let mut seen = Seen::default();
        let all = [event("a", 1, 5), event("b", 2, 5), event("c", 2, 6), event("d", 3, 6)];
        assert_eq!(ids(seen.begin_with(all[2..].to_vec(), true)), ["c", "d"]);
        let late = event("late", 1, 7);
        assert_eq!(ids(seen.unseen([all.to_vec(), vec![late]].concat())), ["late"]);
    }
}
