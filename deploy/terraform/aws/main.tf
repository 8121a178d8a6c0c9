# Liner on one EC2 host with the lake on S3, and alerts before it gets expensive. Not run: there was no account.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { Project = "liner" }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "bucket" {
  type        = string
  description = "The bucket's name, which nobody else in the world may have."
}

variable "prefix" {
  type    = string
  default = "liner"
}

variable "email" {
  type        = string
  description = "Who hears of costs."
}

variable "instance_type" {
  type        = string
  description = "4 GB of memory are enough for a few listeners; t4g is ARM, as is the image of the host."
  default     = "t4g.medium"
}

output "lake_url" {
  value = "s3://${aws_s3_bucket.lake.id}/${var.prefix}"
}

output "host" {
  description = "aws ssm start-session --target ID"
  value       = aws_instance.host.id
}

output "address" {
  description = "For the A record of the host name in SITE_URL."
  value       = aws_eip.host.public_ip
}
