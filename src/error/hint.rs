//! What to do about a failure, apart from what happened.

use super::{AwsKind, Error, LeftOut, WHOLE_CALL};

impl Error {
    /// What to do about it, in one or two sentences; none where the message says all.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "a line or two for each failure")]
    pub fn hint(&self) -> Option<String> {
        let fixed = match self {
            Self::InvalidOption { .. } | Self::Aborted => return None,
            Self::Internal(_) => "This is a bug of lambda-pack-native. Please report it with the stack.",
            Self::RootNotFound { .. } => "`root` is the folder of the function; it defaults to the working directory.",
            Self::ReadFailed { .. } => {
                "Give the user that packs the right to read it, or leave it out with `ignore` or a .lambdaignore file."
            }
            Self::WriteFailed { .. } => "Check the rights and the free space there, or name another place as `out`.",
            Self::OutNotAFile { .. } => "Name a regular file, or a path where nothing is yet, as `out`.",
            Self::OutNotAnArchive { .. } => {
                "Name another path as `out`, or remove the file first: only an archive is ever replaced."
            }
            Self::LinkLeavesRoot { .. } => {
                "Pass `symlinks: 'external'` to pack what it leads to, choose a root that holds both, or leave it \
                 out with `ignore`."
            }
            Self::LinkDangling { .. } => "Mend or remove the link, or leave it out with `ignore`.",
            Self::LinkLoop { .. } => "Remove the link, or leave it out with `ignore`.",
            Self::SpecialFile { .. } => {
                "Remove it, or leave it out with `ignore` if it is no package.json or .lambdaignore."
            }
            Self::FileChanged { .. } => "Pack again when nothing writes to the folder.",
            Self::FileNameInvalid { .. } => "Rename the file, or leave it out with `ignore`.",
            Self::NameCollision { .. } => "Leave one of the two out with `ignore`.",
            Self::InvalidPattern { .. } => {
                "Patterns have the syntax of .gitignore files; `include` patterns start at the root."
            }
            Self::IncludeMatchesNothing { left_out: Some(LeftOut { path, rule }), .. } => {
                return Some(format!("{path} is left out ({rule}); `ignore: ['!{path}']` brings it back."));
            }
            Self::IncludeMatchesNothing { left_out: None, .. } => {
                "`include` patterns are relative to `root`; a folder stands for all that is in it."
            }
            Self::EmptyPackage { .. } => "Check `root`, `include`, `ignore` and the .lambdaignore file.",
            Self::UnzippedTooLarge { largest, .. } if !largest.is_empty() => return Some(largest_hint(largest)),
            Self::UnzippedTooLarge { .. } => "Leave out what the function does not need, or move it to a layer.",
            Self::InvalidPackageJson { .. } => {
                "Correct the file; an installed package is restored by installing again."
            }
            Self::DependencyNotInstalled { found_outside: Some(path), .. } => {
                return Some(format!(
                    "It is installed outside of the root, in {}. Use a root that holds both, install the function's \
                     dependencies in its own folder, or pack with `mode: 'all'` to skip the check.",
                    path.display()
                ));
            }
            Self::DependencyNotInstalled { found_outside: None, .. } => {
                "Install the dependencies first (npm ci), or declare it as optional. `mode: 'all'` packs what is there."
            }
            Self::PackageNotFound { .. } => {
                "`package` is the path of a ZIP archive made before; use `root` to pack a folder."
            }
            Self::InvalidArchive { .. } => "Make it again with pack().",
            Self::RegionMissing => "Pass `region`, set AWS_REGION, or set a region in the profile (aws configure).",
            Self::Aws(error) => return aws_hint(error.kind, error.operation),
            Self::WaitTimeout { what, .. } if what.starts_with(WHOLE_CALL) => {
                "`timeouts.total` gives it more time; deploying again goes on from there."
            }
            Self::WaitTimeout { .. } => {
                "Look at the function's state in the console; deploying again goes on from there."
            }
            Self::NoAnswer { .. } => {
                "The function may still run, and was not called again: its log tells. `timeout` is how long is waited."
            }
            Self::RoleRequired { .. } => {
                "Pass `role`: the ARN of an execution role that lambda.amazonaws.com may assume."
            }
            Self::RoleNotAssumable { .. } => {
                "The role's trust policy must allow lambda.amazonaws.com to call sts:AssumeRole. \
                 A role made just now can take a minute: deploy again."
            }
            Self::BucketRequired { .. } => {
                "Pass `s3: { bucket: 'name' }`, a bucket in the function's Region, or make the package smaller."
            }
            Self::FunctionIsImage { .. } => {
                "Lambda cannot turn an image function into a ZIP function: use another name, or delete it first."
            }
            Self::EnvironmentUnreadable { .. } => {
                "The credentials need kms:Decrypt on the function's key; without `environment` it is not read."
            }
            Self::FunctionNotFound { .. } => "Deploy again to make it anew.",
            Self::NoSuchFunction { .. } => "Check the name, the Region and the account.",
            Self::AliasNotFound { .. } => "deploy() with `alias` makes it.",
            Self::VersionNotFound { .. } => "versions() tells those that there are.",
            Self::Stopped { why, .. } | Self::PruneStopped { why, .. } => return why.hint(),
            Self::UploadLeft { why, bucket, key, upload_id } => return Some(left_hint(why, bucket, key, upload_id)),
            Self::BucketLeft { why, bucket } => return Some(bucket_hint(why, bucket)),
            Self::PlanDiffers { differs, .. } if differs.iter().any(|name| name == "codeSha256") => {
                "Nothing was changed. The code is another than when the plan was made. A file that came into the folder \
                 since, as the plan itself, is packed too: keep it elsewhere, or leave it out with `ignore`. Else make \
                 the plan again."
            }
            Self::PlanDiffers { .. } => {
                "Nothing was changed. The code or the options are others than when the plan was made: make it again."
            }
            Self::FunctionChanged { .. } => {
                "Nothing of it was overwritten. Look at it and try again; `force` of deploy() goes over it."
            }
            Self::CodeReplaced { .. } => {
                "Another deployment is at work on this function. Deploy again when it is done."
            }
            Self::CodeUnavailable { .. } => {
                "AWS keeps it at an address that is good for some minutes: try again. A proxy or firewall must let S3 through."
            }
            Self::CodeUnsafe { .. } => {
                "`aws lambda get-function` tells where it can be had for some minutes, and inspect() all that is wrong \
                 with it. Without `code` only the settings are written."
            }
            Self::FileExists { .. } => {
                "Name another folder as `out`, remove it first, or pass `force: true` to replace it."
            }
            Self::FunctionFailed { .. } => {
                "A function whose creation failed must be deleted and made again: aws lambda delete-function."
            }
            Self::VersionFailed { .. } => {
                "The function itself is as it was deployed, and no alias points at this version. Remove the cause and change the function: Lambda makes no other version of the same."
            }
            Self::ProvisioningFailed { .. } => {
                "The alias has its version already, whose environments start as they are needed. Remove the cause, like code \
                 that fails as it starts or too little concurrency left, and deploy again: then it is asked for anew."
            }
            Self::UpdateFailed { .. } => {
                "The function still runs what it ran before. Remove the cause and deploy again."
            }
        };
        Some(fixed.to_owned())
    }
}

fn left_hint(why: &Error, bucket: &str, key: &str, upload_id: &str) -> String {
    let first = why.hint().map(|hint| format!("{hint} ")).unwrap_or_default();
    format!(
        "{first}Remove the upload: aws s3api abort-multipart-upload --bucket {bucket} --key {key} --upload-id \
         {upload_id}, or let a lifecycle rule do it (AbortIncompleteMultipartUpload)."
    )
}

fn bucket_hint(why: &Error, bucket: &str) -> String {
    let first = why.hint().map(|hint| format!("{hint} ")).unwrap_or_default();
    format!(
        "{first}Nothing in the bucket is removed by itself. If it was made just now and is empty, remove it before the next \
         deployment, which would take it as it is: aws s3api delete-bucket --bucket {bucket}."
    )
}

fn largest_hint(largest: &[(String, u64)]) -> String {
    let parts: Vec<_> = largest.iter().map(|(name, size)| format!("{name} ({size} bytes)")).collect();
    format!("The largest parts: {}. Leave out what the function does not need with `ignore`.", parts.join(", "))
}

fn aws_hint(kind: AwsKind, operation: &str) -> Option<String> {
    let fixed = match kind {
        AwsKind::ConnectionFailed if operation == "Invoke" => {
            "Check the network, the Region, and `endpoint`. The function may have run, and was not called again."
        }
        AwsKind::Throttled if operation == "Invoke" => {
            "The function did not run: too many of its executions are under way, or none are allowed. Call it again later."
        }
        AwsKind::Conflict if operation == "Invoke" => {
            "The function did not run: it is not ready. `status()` tells its state."
        }
        AwsKind::Throttled if operation == "FilterLogEvents" => "Wait a little and ask again.",
        AwsKind::CredentialsMissing => {
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, pass `profile`, or sign in (aws configure, aws sso login)."
        }
        AwsKind::CredentialsExpired => "Sign in again (aws sso login), or renew the session's credentials.",
        AwsKind::CredentialsInvalid => {
            "Check the access key, the secret and the session token, and that they are of this AWS partition."
        }
        AwsKind::AccessDenied => {
            return Some(format!(
                "The credentials need permission for {operation}; the README has the minimal policy."
            ));
        }
        AwsKind::ConnectionFailed => "Check the network, the Region, and `endpoint` or AWS_ENDPOINT_URL.",
        AwsKind::Throttled => "Wait a little and deploy again; it goes on from where it stopped.",
        AwsKind::BucketNotFound => {
            "Check `s3.bucket`, make the bucket in the function's Region, or pass `s3.createBucket`."
        }
        AwsKind::BucketWrongRegion => "Lambda reads code only from a bucket in the function's own Region.",
        AwsKind::Conflict => "Another deployment is at work on this function. Deploy again when it is done.",
        AwsKind::PreconditionFailed => "Somebody else changed the function meanwhile. Look at it, then deploy again.",
        AwsKind::CodeStorageExceeded => "Delete old versions and layers, or ask AWS for more code storage.",
        AwsKind::Other => return None,
    };
    Some(fixed.to_owned())
}
