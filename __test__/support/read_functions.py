"""Reads functions back with boto3 and prints them as JSON. Usage: read_functions.py ENDPOINT REGION BUCKET NAME..."""
import json
import sys

import boto3

endpoint, region, bucket, *names = sys.argv[1:]
keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
client = boto3.client("lambda", endpoint_url=endpoint, region_name=region, **keys)
s3 = boto3.client("s3", endpoint_url=endpoint, region_name=region, **keys)


def found(ask, name):
    try:
        return ask(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        return {}


def function(name):
    got = client.get_function(FunctionName=name)
    versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    shas = {version["Version"]: version["CodeSha256"] for version in versions}
    aliases = client.list_aliases(FunctionName=name)["Aliases"]
    return {
        "codeSha256": got["Configuration"]["CodeSha256"],
        "timeout": got["Configuration"]["Timeout"],
        "tags": got.get("Tags", {}),
        "reserved": got.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        "versions": len(versions) - 1,
        "url": found(client.get_function_url_config, name).get("AuthType"),
        "statements": len(json.loads(found(client.get_policy, name).get("Policy", "{}")).get("Statement", [])),
        "retries": found(client.get_function_event_invoke_config, name).get("MaximumRetryAttempts"),
        "aliases": {alias["Name"]: shas.get(alias["FunctionVersion"]) for alias in aliases},
    }


def upload(one):
    parts = s3.list_parts(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"]).get("Parts", [])
    return {"key": one["Key"], "parts": len(parts)}


uploads = [upload(one) for one in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]
print(json.dumps({"functions": {name: function(name) for name in names}, "uploads": uploads}))
