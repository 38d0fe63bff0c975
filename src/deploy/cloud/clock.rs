//! AWS's clock: ours may be wrong by hours.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_lambda::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use aws_sdk_lambda::primitives::{DateTime, DateTimeFormat};
use tokio::time::Instant;

/// What the last answer said, and when that was.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<Mutex<Option<(i64, Instant)>>>);

impl Clock {
    /// Milliseconds since 1970, perhaps some too few; nothing before an answer with a `Date`.
    pub fn now(&self) -> Option<i64> {
        let (told, at) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        told.checked_add(i64::try_from(at.elapsed().as_millis()).ok()?)
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let told = date.and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok()?.to_millis().ok());
        if let Some(told) = told {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((told, Instant::now()));
        }
        Ok(())
    }
}
