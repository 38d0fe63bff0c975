//! How many calls of Lambda's API a second there may be. AWS counts them for the whole account in a Region, so all calls
//! of the process share what there is, and a thousand deployments at once go on one after the other instead of failing.
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests>

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// `GetFunction`, for each second.
const LOOKS: f64 = 100.0;
/// `GetPolicy`, and together all others that configure.
const OTHERS: f64 = 15.0;
/// What is left of a rate when AWS says that it was too fast all the same: others call too.
const SLOWER: f64 = 0.7;
/// The least that is left of it.
const SLOWEST: f64 = 0.1;
/// How long a rate takes from nothing to all of it.
const RECOVERY: Duration = Duration::from_secs(30);

const INVOCATIONS: [&str; 3] = ["invocations", "response-streaming-invocations", "invoke-async"];

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `GetFunction`.
    Look,
    /// `GetPolicy`.
    Policy,
    /// Everything else that is no invocation.
    Other,
}

impl Kind {
    /// The kind of a request by its method and path; nothing for invocations, which have limits of their own.
    pub fn of(method: &str, path: &str) -> Option<Self> {
        match (method, resource(path).as_slice()) {
            ("POST", ["functions", _, what]) if INVOCATIONS.contains(what) => None,
            ("GET", ["functions", _]) => Some(Self::Look),
            ("GET", ["functions", _, "policy"]) => Some(Self::Policy),
            _ => Some(Self::Other),
        }
    }
}

/// The parts of a path behind the version of the API, which is a date. An endpoint may have a path of its own before it.
fn resource(path: &str) -> Vec<&str> {
    let path = path.split('?').next().unwrap_or_default();
    path.trim_matches('/').split('/').skip_while(|part| !is_date(part)).skip(1).collect()
}

fn is_date(part: &str) -> bool {
    part.len() == "2015-03-31".len()
        && part
            .char_indices()
            .all(|(at, letter)| if at == 4 || at == 7 { letter == '-' } else { letter.is_ascii_digit() })
}

/// What there is in one Region.
#[derive(Debug)]
pub struct Budget {
    looks: Rate,
    policies: Rate,
    others: Rate,
}

/// By Region and endpoint: one of one's own counts for itself.
type Budgets = BTreeMap<(String, String), Arc<Budget>>;

/// Those of the process.
static ALL: LazyLock<Mutex<Budgets>> = LazyLock::new(Mutex::default);

impl Budget {
    /// That of a Region, at an endpoint of one's own or at AWS's.
    pub fn of(region: &str, endpoint: &str) -> Arc<Self> {
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry((region.to_owned(), endpoint.to_owned())).or_insert_with(|| {
            Arc::new(Self { looks: Rate::new(LOOKS), policies: Rate::new(OTHERS), others: Rate::new(OTHERS) })
        }))
    }

    /// Waits until there may be a call of that kind. Whoever no longer waits takes nothing.
    pub async fn take(&self, kind: Kind) {
        self.rate(kind).take().await;
    }

    /// AWS has said that a call of that kind was one too many.
    pub fn too_fast(&self, kind: Kind) {
        self.rate(kind).slow_down();
    }

    fn rate(&self, kind: Kind) -> &Rate {
        match kind {
            Kind::Look => &self.looks,
            Kind::Policy => &self.policies,
            Kind::Other => &self.others,
        }
    }
}

/// So many a second, and what was not used of the last one.
#[derive(Debug)]
struct Rate {
    full: f64,
    left: Mutex<Left>,
    /// Who is next, in their order.
    queue: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Left {
    calls: f64,
    share: f64,
    at: Option<Instant>,
}

impl Rate {
    fn new(full: f64) -> Self {
        let left = Mutex::new(Left { calls: full, share: 1.0, at: None });
        Self { full, left, queue: tokio::sync::Mutex::new(()) }
    }

    async fn take(&self) {
        let _first = self.queue.lock().await;
        while let Some(wait) = self.missing() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes one; or answers how long it is until there is one.
    fn missing(&self) -> Option<Duration> {
        let mut left = self.refilled();
        if left.calls >= 1.0 {
            left.calls -= 1.0;
            return None;
        }
        // A clock counts in whole nanoseconds.
        Some(Duration::from_secs_f64((1.0 - left.calls) / (self.full * left.share)) + Duration::from_nanos(1))
    }

    fn slow_down(&self) {
        let mut left = self.refilled();
        left.share = (left.share * SLOWER).max(SLOWEST);
        left.calls = 0.0;
    }

    fn refilled(&self) -> MutexGuard<'_, Left> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let passed = left.at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at)).as_secs_f64();
        left.at = Some(now);
        left.calls = (left.calls + passed * self.full * left.share).min(self.full);
        left.share = (left.share + passed / RECOVERY.as_secs_f64()).min(1.0);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds_for(budget: &Budget, kind: Kind, count: usize) -> f64 {
        let start = Instant::now();
        for _ in 0..count {
            budget.take(kind).await;
        }
        start.elapsed().as_secs_f64()
    }

    #[test]
    fn calls_are_told_apart_by_their_paths() {
        let of = |method, path| Kind::of(method, path);
        assert_eq!(of("GET", "/2015-03-31/functions/f"), Some(Kind::Look));
        assert_eq!(of("GET", "/2015-03-31/functions/arn%3Aaws%3Af?Qualifier=1"), Some(Kind::Look));
        assert_eq!(of("GET", "/aws/2015-03-31/functions/f"), Some(Kind::Look));
        assert_eq!(of("POST", "/aws/v1/2015-03-31/functions/2026-01-01/invocations"), None);
        assert_eq!(of("GET", "/2015-03-31/functions/f/policy"), Some(Kind::Policy));
        assert_eq!(of("GET", "/2015-03-31/functions/f/aliases/live"), Some(Kind::Other));
        assert_eq!(of("GET", "/2015-03-31/functions"), Some(Kind::Other));
        assert_eq!(of("PUT", "/2015-03-31/functions/f/code"), Some(Kind::Other));
        assert_eq!(of("POST", "/2017-03-31/tags/arn"), Some(Kind::Other));
        assert_eq!(of("POST", "/2019-09-25/functions/f/event-invoke-config"), Some(Kind::Other));
        assert_eq!(of("POST", "/2015-03-31/functions/f/invocations"), None);
        assert_eq!(of("POST", "/2021-11-15/functions/f/response-streaming-invocations"), None);
        assert_eq!(of("POST", "/2014-11-13/functions/f/invoke-async"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_wait_for_each_other_by_their_kinds_and_regions() {
        let budget = Budget::of("test-1", "a");
        assert!(seconds_for(&budget, Kind::Other, 15).await < 0.001);
        // The same Region, asked for once more, has nothing left; another one has all.
        let again = seconds_for(&Budget::of("test-1", "a"), Kind::Other, 15).await;
        assert!((0.99..1.01).contains(&again), "{again}");
        assert!(seconds_for(&budget, Kind::Look, 100).await < 0.001);
        assert!(seconds_for(&Budget::of("test-2", "a"), Kind::Other, 15).await < 0.001);
        assert!(seconds_for(&Budget::of("test-1", "b"), Kind::Other, 15).await < 0.001);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_too_fast_is_slower_for_a_while() {
        let budget = Budget::of("test-3", "");
        budget.too_fast(Kind::Other);
        let slow = seconds_for(&budget, Kind::Other, 15).await;
        assert!((1.3..1.5).contains(&slow), "{slow}");
        for _ in 0..50 {
            budget.too_fast(Kind::Other);
        }
        let slowest = seconds_for(&budget, Kind::Other, 2).await;
        assert!((1.0..1.4).contains(&slowest), "{slowest}");
        tokio::time::sleep(RECOVERY).await;
        assert!(seconds_for(&budget, Kind::Other, 15).await < 0.001);
        let full = seconds_for(&budget, Kind::Other, 15).await;
        assert!((0.99..1.01).contains(&full), "{full}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_no_longer_waits_takes_nothing() {
        let budget = Budget::of("test-4", "");
        seconds_for(&budget, Kind::Other, 15).await;
        for _ in 0..100 {
            let gone = tokio::time::timeout(Duration::ZERO, budget.take(Kind::Other)).await;
            assert!(gone.is_err());
        }
        let next = seconds_for(&budget, Kind::Other, 15).await;
        assert!(next < 1.01, "{next}");
    }
}
