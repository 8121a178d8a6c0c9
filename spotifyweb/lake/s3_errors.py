"""What S3 answers, as a sentence that names the setting and what to do.

Codes: Amazon S3's list of error responses; SeaweedFS and MinIO answer with the same.
"""

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from spotifyweb.diagnosis import Diagnosis

RETRYABLE = {408, 425, 429, 500, 502, 503, 504, 507}


KEY = Diagnosis(
    sentence="S3 does not know the access key",
    hint="correct AWS_ACCESS_KEY_ID",
)
SECRET = Diagnosis(
    sentence="S3 refuses the secret of the access key",
    hint="correct AWS_SECRET_ACCESS_KEY",
)
TOKEN = Diagnosis(
    sentence="the session token of the AWS credentials has expired or is none",
    hint="renew AWS_SESSION_TOKEN, or let the machine's role give credentials",
)
RIGHTS = Diagnosis(
    sentence="the credentials have no right to do this in the bucket",
    hint="attach deploy/aws/lake-policy.json to the user or role, and look at LAKE_URL",
)
BUCKET = Diagnosis(
    sentence="the bucket in LAKE_URL does not exist",
    hint="create it, or correct LAKE_URL; look at AWS_ENDPOINT_URL, too",
)
CLOCK = Diagnosis(
    sentence="this machine's clock differs from S3's by more than 15 minutes",
    hint="set it, and keep it right with NTP",
    retry=True,
)
SLOW = Diagnosis(
    sentence="S3 asks for fewer requests",
    hint="wait: it is tried again by itself",
    retry=True,
)
REGION = Diagnosis(
    sentence="the bucket lies in another region",
    hint="set AWS_REGION to the bucket's region, and leave AWS_ENDPOINT_URL empty for Amazon",
)
ENCRYPTION = Diagnosis(
    sentence="S3 could not use the key that encrypts the lake",
    hint="look at LAKE_SSE and LAKE_KMS_KEY_ID, and at the key's state and policy",
)
CREDENTIALS = Diagnosis(
    sentence="there are no AWS credentials",
    hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role",
)
ENDPOINT = Diagnosis(
    sentence="nothing answers at the endpoint of S3",
    hint="look at AWS_ENDPOINT_URL, AWS_REGION and the network",
    retry=True,
)
CERTIFICATE = Diagnosis(
    sentence="the certificate of the endpoint of S3 is not trusted",
    hint="set AWS_CA_BUNDLE to the certificate of its authority (PEM)",
)
EXPIRED = Diagnosis(
    sentence="the certificate of the endpoint of S3 has expired",
    hint="renew it at the endpoint; look at this machine's clock, too",
)
NAME = Diagnosis(
    sentence="the certificate of the endpoint of S3 is for another host name",
    hint="write the name that stands in the certificate in AWS_ENDPOINT_URL",
)
PLAIN = Diagnosis(
    sentence="the endpoint of S3 speaks no TLS",
    hint="write http:// in AWS_ENDPOINT_URL, or name its TLS port there",
)
CODES = {
    "InvalidAccessKeyId": KEY,
    "SignatureDoesNotMatch": SECRET,
    "ExpiredToken": TOKEN,
    "InvalidToken": TOKEN,
    "TokenRefreshRequired": TOKEN,
    "AccessDenied": RIGHTS,
    "AllAccessDisabled": RIGHTS,
    "Forbidden": RIGHTS,
    "403": RIGHTS,
    "NoSuchBucket": BUCKET,
    "RequestTimeTooSkewed": CLOCK,
    "RequestExpired": CLOCK,
    "SlowDown": SLOW,
    "Throttling": SLOW,
    "ThrottlingException": SLOW,
    "RequestLimitExceeded": SLOW,
    "503": SLOW,
    "PermanentRedirect": REGION,
    "AuthorizationHeaderMalformed": REGION,
    "IllegalLocationConstraintException": REGION,
    "301": REGION,
}
TLS = {  # in the words of OpenSSL and urllib3
    "certificate has expired": EXPIRED,
    "doesn't match": NAME,
    "wrong version number": PLAIN,
}
FAILURES: dict[type[BotoCoreError], Diagnosis] = {  # the first that fits counts
    exceptions.NoCredentialsError: CREDENTIALS,
    exceptions.PartialCredentialsError: CREDENTIALS,
    exceptions.ConnectionError: ENDPOINT,
    exceptions.HTTPClientError: ENDPOINT,
}


def of_answer(error: ClientError) -> Diagnosis:
    """Return what an answer of S3 means."""
    answer = error.response.get("Error", {})
    code, words = answer.get("Code", ""), answer.get("Message", "")
    if code.startswith("KMS.") or "kms:" in words:
        return ENCRYPTION
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return CODES.get(code) or Diagnosis(sentence=str(error), hint="", retry=status in RETRYABLE)


def of_failure(error: BotoCoreError) -> Diagnosis:
    """Return what it means that there was no answer."""
    if isinstance(error, exceptions.SSLError):
        return next((found for words, found in TLS.items() if words in str(error)), CERTIFICATE)
    kinds = (found for kind, found in FAILURES.items() if isinstance(error, kind))
    return next(kinds, Diagnosis(sentence=str(error), hint="", retry=True))
