//! What becomes of events that are handled later than they are sent.

use super::Action;
use crate::deploy::arn;
use crate::deploy::options::Declared;
use crate::deploy::plan::Change;
use crate::deploy::settings::{Setting, part};
use crate::error::Error;

const FIELD: &str = "eventInvokeConfig";
const SUCCESS: &str = "destinationConfig.onSuccess.destination";
const FAILURE: &str = "destinationConfig.onFailure.destination";

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

impl EventInvoke {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub(super) fn validate(&self) -> Result<(), Error> {
        if *self == Self::default() {
            let expected = "at least one of `maximumRetryAttempts`, `maximumEventAgeInSeconds`, `destinationConfig`";
            return Err(Error::option(FIELD, expected, "{}"));
        }
        let Some(Destinations { on_success, on_failure }) = &self.destinations else { return Ok(()) };
        let named = [(SUCCESS, on_success), (FAILURE, on_failure)];
        // Events can go to Kafka, whose topics have no ARN.
        let is_one =
            |text: &str| arn::is_arn(text) || text.strip_prefix("kafka://").is_some_and(|name| !name.is_empty());
        match named.into_iter().find(|(_, to)| to.as_deref().is_some_and(|to| !is_one(to))) {
            Some((option, to)) => {
                let received = format!("'{}'", to.as_deref().unwrap_or_default());
                Err(Error::option(&format!("{FIELD}.{option}"), "the ARN of a destination", received))
            }
            None => Ok(()),
        }
    }

    /// With what it is when nothing is said of destinations.
    fn whole(self) -> Self {
        Self { destinations: Some(self.destinations.unwrap_or_default()), ..self }
    }
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
        part(after.on_success.as_ref(), before.on_success.as_ref(), field, SUCCESS, changes);
        part(after.on_failure.as_ref(), before.on_failure.as_ref(), field, FAILURE, changes);
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
            // Where there is none, nobody is told.
            if after.clone().whole() == before.clone().whole() {
                return None;
            }
            after.tell(before, FIELD, changes);
            Some(Action::HandleEvents(Some(after)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(destination: &str) -> EventInvoke {
        let on_failure = Some(destination.to_owned());
        EventInvoke { destinations: Some(Destinations { on_failure, on_success: None }), ..EventInvoke::default() }
    }

    #[test]
    fn destinations_are_arns_or_topics_of_kafka() {
        for good in ["arn:aws:sqs:eu-west-1:123456789012:q", "arn:aws:s3:::bucket", "kafka://topic"] {
            to(good).validate().unwrap();
        }
        for bad in ["", "q", "arn:", "kafka://", "arn:aws:sqs:eu-west-1:123456789012:"] {
            assert!(to(bad).validate().is_err(), "{bad}");
        }
        assert!(EventInvoke::default().validate().is_err());
        let nobody = EventInvoke { destinations: Some(Destinations::default()), ..EventInvoke::default() };
        nobody.validate().unwrap();
    }

    #[test]
    fn nothing_is_put_where_nothing_would_differ() {
        let nobody = EventInvoke { destinations: Some(Destinations::default()), ..EventInvoke::default() };
        let mut changes = Vec::new();
        assert_eq!(differing(&Declared::One(nobody.clone()), None, &mut changes), None);
        assert_eq!(changes, []);
        let found = to("arn:aws:s3:::bucket");
        let action = differing(&Declared::One(nobody.clone()), Some(&found), &mut changes);
        assert_eq!((action, changes.len()), (Some(Action::HandleEvents(Some(nobody))), 1));
    }
}
