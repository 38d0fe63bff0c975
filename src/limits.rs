//! Every AWS limit that the library knows, each with the page it comes from.

/// Zipped bytes that one API call takes directly; larger packages go through S3.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const DIRECT_UPLOAD: u64 = 50 * 1024 * 1024;

/// Unzipped bytes of the code, with all its layers.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const UNZIPPED: u64 = 250 * 1024 * 1024;

/// Zipped bytes up to which the console shows the code in its editor.
/// <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html>
pub const CONSOLE_EDITOR: u64 = 3 * 1024 * 1024;

/// Layers of one function.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const LAYERS: usize = 5;

/// Bytes of all environment variables, as [`environment_size`] counts them.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ENVIRONMENT: usize = 4 * 1024;

/// Bytes of environment variables as AWS measures them: of their JSON. It says so in its answer to too many.
#[must_use]
pub fn environment_size(variables: &std::collections::BTreeMap<String, String>) -> usize {
    serde_json::to_string(variables).map_or(usize::MAX, |json| json.len())
}

/// Tags of one function.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>
pub const TAGS: usize = 50;

/// Characters of a tag's name.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>
pub const TAG_NAME: usize = 128;

/// Characters of a tag's value.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>
pub const TAG_VALUE: usize = 256;

/// More executions at once than any account has: what an account may have, AWS knows alone.
pub const CONCURRENCY: std::ops::RangeInclusive<i32> = 0..=1_000_000;

/// Environments that are kept ready for one alias; how many an account may have, AWS knows alone.
pub const PROVISIONED: std::ops::RangeInclusive<i32> = 1..=1_000_000;

/// Seconds that browsers may remember what a URL allows.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html>
pub const CORS_SECONDS: std::ops::RangeInclusive<i32> = 0..=86_400;

/// How often an event is tried again.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>
pub const RETRY_ATTEMPTS: std::ops::RangeInclusive<i32> = 0..=2;

/// Seconds that an event may wait.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>
pub const EVENT_AGE_SECONDS: std::ops::RangeInclusive<i32> = 60..=21_600;

/// Executions at once of one environment on instances of the account's own.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_LambdaManagedInstancesCapacityProviderConfig.html>
pub const ENVIRONMENT_CONCURRENCY: std::ops::RangeInclusive<i32> = 1..=1600;

/// GiB of memory for each processor of an environment on such instances.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_LambdaManagedInstancesCapacityProviderConfig.html>
pub const GIB_PER_PROCESSOR: std::ops::RangeInclusive<f64> = 2.0..=8.0;

/// Subnets of one function.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html>
pub const SUBNETS: usize = 16;

/// Security groups of one function.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html>
pub const SECURITY_GROUPS: usize = 5;

/// Characters of a log group's name.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html>
pub const LOG_GROUP: usize = 512;

/// Megabytes of `/tmp` that a function may be given.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_EphemeralStorage.html>
pub const EPHEMERAL_STORAGE_MEGABYTES: std::ops::RangeInclusive<i32> = 512..=10_240;

/// Seconds that a durable execution may be given.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html>
pub const DURABLE_SECONDS: std::ops::RangeInclusive<i32> = 1..=31_622_400;

/// Days that the history of a durable execution may be kept.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html>
pub const DURABLE_DAYS: std::ops::RangeInclusive<i32> = 1..=90;

/// Characters of a description.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
pub const DESCRIPTION: usize = 256;

/// Characters of a handler.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
pub const HANDLER: usize = 128;

/// Seconds that a function may be given; those over [`ORDINARY_TIMEOUT_SECONDS`] only on managed instances.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
pub const TIMEOUT_SECONDS: std::ops::RangeInclusive<i32> = 1..=5400;

/// Seconds that an ordinary function may be given.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ORDINARY_TIMEOUT_SECONDS: i32 = 900;

/// Megabytes of memory that an ordinary function may be given.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ORDINARY_MEMORY_MEGABYTES: i32 = 10_240;

/// Megabytes of memory that a function may be given; those over [`ORDINARY_MEMORY_MEGABYTES`] only on managed
/// instances.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
pub const MEMORY_MEGABYTES: std::ops::RangeInclusive<i32> = 128..=32768;

/// The runtime that a new function gets when none is named.
pub const DEFAULT_RUNTIME: &str = "nodejs24.x";

/// The handler that a new function gets when none is named: `exports.handler` of `index.js`.
pub const DEFAULT_HANDLER: &str = "index.handler";

/// Node.js runtimes with the day from which Lambda calls them deprecated.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>
const RUNTIMES: &[(&str, &str)] = &[
    ("nodejs24.x", "2028-04-30"),
    ("nodejs22.x", "2027-04-30"),
    ("nodejs20.x", "2026-04-30"),
    ("nodejs18.x", "2025-09-01"),
    ("nodejs16.x", "2024-06-12"),
    ("nodejs14.x", "2023-12-04"),
    ("nodejs12.x", "2023-03-31"),
];

/// The day (`YYYY-MM-DD`) from which `runtime` is deprecated, when it is known.
#[must_use]
pub fn deprecation_date(runtime: &str) -> Option<&'static str> {
    RUNTIMES.iter().find(|(name, _)| *name == runtime).map(|(_, date)| *date)
}

/// Bytes of an event whose answer is waited for.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const PAYLOAD: usize = 6 * 1024 * 1024;

/// Bytes of an event that is put in Lambda's queue.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const EVENT: usize = 1024 * 1024;

/// Bytes of a client context in base64.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub const CLIENT_CONTEXT: usize = 3583;

/// Characters of a filter pattern of CloudWatch's.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
pub const FILTER_PATTERN: usize = 1024;
