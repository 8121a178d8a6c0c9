# One host, whose role has the lake's rights: no AWS keys in .env. There is no SSH; sessions go through SSM.

data "aws_ssm_parameter" "image" {
  name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
}

resource "aws_iam_role" "host" {
  name = "liner-host"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "host" {
  for_each = {
    lake     = aws_iam_policy.lake.arn
    sessions = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
  }
  role       = aws_iam_role.host.name
  policy_arn = each.value
}

resource "aws_iam_instance_profile" "host" {
  name = "liner-host"
  role = aws_iam_role.host.name
}

resource "aws_security_group" "host" {
  name        = "liner-host"
  description = "HTTPS for everybody, and port 80 for its certificate"

  dynamic "ingress" {
    for_each = { HTTPS = 443, certificates = 80 }
    content {
      description = ingress.key
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }

  egress {
    description = "Spotify, Kafka, S3, Snowflake, package mirrors"
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "host" {
  ami                    = data.aws_ssm_parameter.image.value
  instance_type          = var.instance_type
  iam_instance_profile   = aws_iam_instance_profile.host.name
  vpc_security_group_ids = [aws_security_group.host.id]
  ebs_optimized          = true
  monitoring             = false # detailed metrics cost extra

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 2 # containers ask for the role's credentials, too
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 30
    encrypted   = true
  }

  user_data = <<-EOT
    #!/bin/sh
    set -e
    apt-get update
    apt-get install -y docker.io docker-compose-v2 docker-buildx caddy git make python3-venv
    timedatectl set-ntp true
  EOT

  lifecycle {
    ignore_changes = [ami] # a newer image must not replace the host
  }
}

resource "aws_eip" "host" {
  instance = aws_instance.host.id
}
