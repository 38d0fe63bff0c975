//! The bucket for archives: whether it can be used, and how it is made.

use std::time::Duration;

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint, BucketVersioningStatus,
    CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};

use crate::cancel::Cancel;
use crate::deploy::cloud::Cloud;
use crate::deploy::failure::failure;
use crate::deploy::options::{REFERENCE, S3Options};
use crate::deploy::wait::Pause;
use crate::error::{AwsError, AwsKind, Error};

/// Lambda copies what it is given, so an artefact is of no use afterwards but for another deployment of the same code.
const ARTEFACT_DAYS: i32 = 30;
/// An upload that takes longer was given up.
const UPLOAD_DAYS: i32 = 1;
/// The Region that a request to make a bucket must not name.
const UNNAMED_REGION: &str = "us-east-1";

/// Makes sure that the bucket is there, where that can be seen, and in the function's Region: Lambda reads from no other.
/// And that it keeps versions, where they are needed: otherwise the archive would be sent for nothing.
///
/// # Errors
/// What S3 answers.
pub async fn prepare(cloud: &Cloud, options: &S3Options, cancel: &Cancel) -> Result<(), Error> {
    let looked = cloud.s3().head_bucket().bucket(&options.bucket).set_expected_bucket_owner(options.owner.clone());
    match cancel.guard(looked.send()).await? {
        Ok(answer) => match answer.bucket_region.filter(|region| Some(region.as_str()) != cloud.region()) {
            Some(region) => Err(elsewhere(&options.bucket, &region)),
            None => keeps_versions(cloud, options, cancel).await,
        },
        Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
            Some(404) if options.create_bucket => create(cloud, options, cancel).await,
            // The upload tells that it is not there; whether we may look at it says nothing of whether we may write.
            Some(403) => keeps_versions(cloud, options, cancel).await,
            Some(404) => Ok(()),
            _ => Err(failure("HeadBucket", &options.bucket, &error)),
        },
    }
}

/// Looks where it may: whoever may not is told by the answer to the upload.
async fn keeps_versions(cloud: &Cloud, options: &S3Options, cancel: &Cancel) -> Result<(), Error> {
    if options.storage_mode.as_deref() != Some(REFERENCE) {
        return Ok(());
    }
    let looked =
        cloud.s3().get_bucket_versioning().bucket(&options.bucket).set_expected_bucket_owner(options.owner.clone());
    match cancel.guard(looked.send()).await? {
        Ok(answer) if answer.status == Some(BucketVersioningStatus::Enabled) => Ok(()),
        Ok(_) => Err(without_versions(&options.bucket)),
        Err(error) => match failure("GetBucketVersioning", &options.bucket, &error) {
            Error::Aws(error) if error.kind == AwsKind::AccessDenied => Ok(()),
            error => Err(error),
        },
    }
}

/// A bucket that keeps no versions.
pub fn without_versions(bucket: &str) -> Error {
    let expected = "a bucket that keeps versions, for 'REFERENCE',";
    Error::option("s3.objectStorageMode", expected, format!("'{bucket}', which does not"))
}

/// A bucket is made in the account of the credentials: it must be the one that is to own it.
async fn check_owner(cloud: &Cloud, options: &S3Options, cancel: &Cancel) -> Result<(), Error> {
    let Some(owner) = &options.owner else { return Ok(()) };
    let account = cancel.guard(cloud.account()).await??;
    if account == *owner {
        return Ok(());
    }
    let expected = format!("'{account}', the account in which `s3.createBucket` would make the bucket,");
    Err(Error::option("s3.expectedBucketOwner", expected, format!("'{owner}'")))
}

/// A bucket that is in another Region than the function.
pub fn elsewhere(bucket: &str, region: &str) -> Error {
    Error::Aws(Box::new(AwsError {
        kind: AwsKind::BucketWrongRegion,
        operation: "HeadBucket",
        resource: bucket.to_owned(),
        aws_code: None,
        status: None,
        request_id: None,
        message: format!("the bucket is in {region}"),
        cause: None,
    }))
}

/// A private, encrypted bucket in which nothing stays for ever. It is made wholly, or not at all: the next deployment
/// would take it as it is. So whoever ends the call waits for that.
async fn create(cloud: &Cloud, options: &S3Options, cancel: &Cancel) -> Result<(), Error> {
    check_owner(cloud, options, cancel).await?;
    let _tidying = cancel.tidy();
    let mut making = std::pin::pin!(make(cloud, options));
    let why = match cancel.guard(&mut making).await {
        Ok(made) => return made,
        Err(why) => why,
    };
    match tokio::time::timeout(TIDYING, making).await {
        Ok(Err(Error::BucketLeft { .. })) | Err(_) => {
            Err(Error::BucketLeft { why: Box::new(why), bucket: options.bucket.clone() })
        }
        // It is as it should be, or was not made, or was removed again.
        Ok(_) => Err(why),
    }
}

async fn make(cloud: &Cloud, options: &S3Options) -> Result<(), Error> {
    let bucket = &options.bucket;
    let region = cloud.region().filter(|region| *region != UNNAMED_REGION).map(BucketLocationConstraint::from);
    let place = region.map(|region| CreateBucketConfiguration::builder().location_constraint(region).build());
    let created = cloud.s3().create_bucket().bucket(bucket).set_create_bucket_configuration(place).send();
    let is_surely_new = match created.await {
        // Of a bucket that its owner has already S3 says the same there.
        Ok(_) => cloud.region() != Some(UNNAMED_REGION),
        // Another deployment made it just now, or the answer to the first attempt was lost.
        Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(OURS_ALREADY) => false,
        Err(error) => return Err(failure("CreateBucket", bucket, &error)),
    };
    let Err(why) = set_up(cloud, options).await else { return Ok(()) };
    // Somebody else's is not ours to remove.
    if is_surely_new {
        let removal = tokio::time::timeout(TIDYING, cloud.s3().delete_bucket().bucket(bucket).send());
        if let Ok(Ok(_)) = removal.await {
            return Err(why);
        }
    }
    Err(Error::BucketLeft { why: Box::new(why), bucket: bucket.clone() })
}

const OURS_ALREADY: &str = "BucketAlreadyOwnedByYou";
/// To clean up must not take longer than what failed.
const TIDYING: Duration = Duration::from_secs(10);
/// So long S3 may not know a new bucket everywhere.
const NEW_DEADLINE: Duration = Duration::from_secs(30);

async fn set_up(cloud: &Cloud, options: &S3Options) -> Result<(), Error> {
    let bucket = &options.bucket;
    let closed = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    let (encryption, lifecycle) = (encryption()?, lifecycle(options)?);
    let client = cloud.s3();
    patiently(|| async {
        let put = client.put_public_access_block().bucket(bucket).public_access_block_configuration(closed.clone());
        put.send().await.map(drop).map_err(|error| failure("PutPublicAccessBlock", bucket, &error))
    })
    .await?;
    patiently(|| async {
        let put = client.put_bucket_encryption().bucket(bucket);
        let put = put.server_side_encryption_configuration(encryption.clone());
        put.send().await.map(drop).map_err(|error| failure("PutBucketEncryption", bucket, &error))
    })
    .await?;
    patiently(|| async {
        let put = client.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(lifecycle.clone());
        put.send().await.map(drop).map_err(|error| failure("PutBucketLifecycleConfiguration", bucket, &error))
    })
    .await
}

/// S3 refuses changes of a bucket that it is still making.
async fn patiently<F>(attempt: impl Fn() -> F) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let mut pause = Pause::new(NEW_DEADLINE);
    loop {
        match attempt().await {
            Err(Error::Aws(error))
                if matches!(error.aws_code.as_deref(), Some("OperationAborted" | "NoSuchBucket")) =>
            {
                if !pause.wait(&Cancel::new()).await? {
                    return Err(Error::Aws(error));
                }
            }
            done => return done,
        }
    }
}

fn encryption() -> Result<ServerSideEncryptionConfiguration, Error> {
    let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::Aes256).build();
    let rule = default
        .map(|default| ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build());
    let configuration = rule.and_then(|rule| ServerSideEncryptionConfiguration::builder().rules(rule).build());
    configuration.map_err(|cause| Error::Internal(format!("encryption: {cause}")))
}

fn lifecycle(options: &S3Options) -> Result<BucketLifecycleConfiguration, Error> {
    let uploads = AbortIncompleteMultipartUpload::builder().days_after_initiation(UPLOAD_DAYS).build();
    let rule = LifecycleRule::builder()
        .id("lambda-pack-native")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(&options.prefix).build())
        .expiration(LifecycleExpiration::builder().days(ARTEFACT_DAYS).build())
        .abort_incomplete_multipart_upload(uploads)
        .build();
    let configuration = rule.and_then(|rule| BucketLifecycleConfiguration::builder().rules(rule).build());
    configuration.map_err(|cause| Error::Internal(format!("lifecycle: {cause}")))
}
