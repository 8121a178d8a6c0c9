# The bucket, and the policy with the least rights from deploy/aws.

locals {
  policies = "${path.module}/../../aws"
  # As deploy/aws names them, with this bucket and prefix.
  lake_policy = replace(replace(file("${local.policies}/lake-policy.json"), "BUCKET", var.bucket), "PREFIX", var.prefix)
  lifecycle   = jsondecode(replace(file("${local.policies}/lifecycle.json"), "PREFIX", var.prefix))
}

resource "aws_s3_bucket" "lake" {
  bucket = var.bucket
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# A version outlives an erasure by the one day that the lifecycle gives it.
resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket     = aws_s3_bucket.lake.id
  depends_on = [aws_s3_bucket_versioning.lake]

  dynamic "rule" {
    for_each = local.lifecycle.Rules
    content {
      id     = rule.value.ID
      status = rule.value.Status
      filter {
        prefix = rule.value.Filter.Prefix
      }
      dynamic "abort_incomplete_multipart_upload" {
        for_each = try([rule.value.AbortIncompleteMultipartUpload], [])
        content {
          days_after_initiation = abort_incomplete_multipart_upload.value.DaysAfterInitiation
        }
      }
      dynamic "noncurrent_version_expiration" {
        for_each = try([rule.value.NoncurrentVersionExpiration], [])
        content {
          noncurrent_days = noncurrent_version_expiration.value.NoncurrentDays
        }
      }
      dynamic "expiration" {
        for_each = try([rule.value.Expiration], [])
        content {
          expired_object_delete_marker = expiration.value.ExpiredObjectDeleteMarker
        }
      }
    }
  }
}

resource "aws_iam_policy" "lake" {
  name   = "liner-lake"
  policy = local.lake_policy
}
