//! What becomes of events that are handled later than they are sent.

use super::Action;
use crate::deploy::options::Declared;
use crate::deploy::plan::Change;
use crate::deploy::settings::{Setting, part};

const FIELD: &str = "eventInvokeConfig";

/// How often and how long it is tried, and who is told. What is not set stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventInvoke {
    /// How often an event is tried again.
    pub maximum_retry_attempts: Option<i32>,
    /// How old it may become, in seconds.
    pub maximum_event_age: Option<i32>,
    /// ARNs of those who are told.
    pub destinations: Option<Destinations>,
}

/// Who is told of an event's end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Destinations {
    /// When it was handled.
    pub on_success: Option<String>,
    /// When it was not.
    pub on_failure: Option<String>,
}

impl Setting for EventInvoke {
    fn over(&self, deployed: &Self) -> Self {
        Self {
            maximum_retry_attempts: self.maximum_retry_attempts.or(deployed.maximum_retry_attempts),
            maximum_event_age: self.maximum_event_age.or(deployed.maximum_event_age),
            destinations: self.destinations.clone().or_else(|| deployed.destinations.clone()),
        }
    }

    fn tell(&self, before: &Self, field: &str, changes: &mut Vec<Change>) {
        let counted = |count: Option<i32>| count.map(|count| count.to_string()).unwrap_or_default();
        let numbers = [
            ("maximumRetryAttempts", self.maximum_retry_attempts, before.maximum_retry_attempts),
            ("maximumEventAgeInSeconds", self.maximum_event_age, before.maximum_event_age),
        ];
        for (name, after, before) in numbers {
            // 0 is a number like any other here.
            part(Some(&counted(after)), Some(&counted(before)), field, name, changes);
        }
        let none = Destinations::default();
        let (after, before) =
            (self.destinations.as_ref().unwrap_or(&none), before.destinations.as_ref().unwrap_or(&none));
        let (success, failure) = ("destinationConfig.onSuccess.destination", "destinationConfig.onFailure.destination");
        part(after.on_success.as_ref(), before.on_success.as_ref(), field, success, changes);
        part(after.on_failure.as_ref(), before.on_failure.as_ref(), field, failure, changes);
    }
}

/// What is to be done about it.
pub fn differing(
    declared: &Declared<EventInvoke>,
    found: Option<&EventInvoke>,
    changes: &mut Vec<Change>,
) -> Option<Action> {
    let none = EventInvoke::default();
    let before = found.unwrap_or(&none);
    match declared {
        Declared::Nothing => None,
        Declared::None => {
            found?;
            none.tell(before, FIELD, changes);
            Some(Action::HandleEvents(None))
        }
        Declared::One(declared) => {
            let after = declared.over(before);
            if found.is_some() && after == *before {
                return None;
            }
            after.tell(before, FIELD, changes);
            Some(Action::HandleEvents(Some(after)))
        }
    }
}
