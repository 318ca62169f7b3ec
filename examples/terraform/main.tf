# The function, its schedule, its state and its roles, as `make deploy` creates them, without alarms,
# dashboard, events and distributed runs.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  organization = var.organization_id != ""
  account      = data.aws_caller_identity.current.account_id
  partition    = data.aws_partition.current.partition
  region       = data.aws_region.current.region
  read_role    = "PortOceanReadRole"

  # What `portolan policy` prints, and what it prints with --management. To read other kinds, replace it and
  # the statements in read-role.json.
  policies = jsondecode(replace(file("${path.module}/policies.json"), "arn:aws:", "arn:${local.partition}:"))
}

# The function.

resource "aws_lambda_function" "portolan" {
  function_name    = var.name
  description      = "Portolan: charts AWS accounts into Port"
  filename         = var.archive
  source_code_hash = filebase64sha256(var.archive)
  runtime          = "provided.al2023"
  architectures    = ["arm64"]
  handler          = "bootstrap"
  role             = aws_iam_role.function.arn
  memory_size      = 1024
  timeout          = 900

  environment {
    variables = merge(
      {
        OCEAN__INTEGRATION__IDENTIFIER   = var.integration_identifier
        OCEAN__SCHEDULED_RESYNC_INTERVAL = tostring(var.interval)
        PORTOLAN_STATE                   = "s3://${aws_s3_bucket.state.id}/portolan"
        PORT_SECRET_ARN                  = aws_secretsmanager_secret.port.arn
      },
      local.organization ? {
        OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN = aws_iam_role.read[0].arn
        OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID      = var.external_id
      } : {},
      local.organization && length(var.accounts_exclude) > 0 ? { PORTOLAN_ACCOUNTS_EXCLUDE = join(",", var.accounts_exclude) } : {},
      var.settings,
    )
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.failed_runs.arn
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.function.name
    application_log_level = "INFO"
  }

  # Lambda tries whether the role may send to the queue.
  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_function_event_invoke_config" "portolan" {
  function_name                = aws_lambda_function.portolan.function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 1
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 30
}

resource "aws_iam_role" "function" {
  name_prefix = "${var.name}-"
  description = "Portolan's function runs as this role"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "function" {
  name = "function"
  role = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "ReadQuota"
          Effect   = "Allow"
          Action   = ["lambda:GetAccountSettings", "cloudformation:DescribeType"]
          Resource = "*"
        },
        {
          Sid      = "KeepState"
          Effect   = "Allow"
          Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
          Resource = "${aws_s3_bucket.state.arn}/portolan/*"
        },
        {
          Sid      = "ListState"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = aws_s3_bucket.state.arn
        },
        {
          Sid      = "ReadSecret"
          Effect   = "Allow"
          Action   = "secretsmanager:GetSecretValue"
          Resource = aws_secretsmanager_secret.port.arn
        },
        {
          Sid      = "WriteLog"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${var.name}:*"
        },
        {
          Sid      = "KeepFailedRuns"
          Effect   = "Allow"
          Action   = "sqs:SendMessage"
          Resource = aws_sqs_queue.failed_runs.arn
        },
      ],
      local.organization ? [
        {
          Sid       = "EnterAccounts"
          Effect    = "Allow"
          Action    = "sts:AssumeRole"
          Resource  = "arn:${local.partition}:iam::*:role/${local.read_role}"
          Condition = { StringEquals = { "aws:ResourceOrgID" = var.organization_id } }
        },
      ] : [],
      local.organization ? [
        {
          Sid      = "ReadOffers"
          Effect   = "Allow"
          Action   = "ssm:GetParametersByPath"
          Resource = "arn:${local.partition}:ssm:*::parameter/aws/service/global-infrastructure/*"
        },
      ] : [],
    )
  })
}

# Events that the function failed on, and that never reached it.

resource "aws_sqs_queue" "failed_runs" {
  name_prefix               = "${var.name}-failed-runs-"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_policy" "failed_runs" {
  queue_url = aws_sqs_queue.failed_runs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = "sqs:*"
      Principal = { AWS = "*" }
      Resource  = aws_sqs_queue.failed_runs.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_sqs_queue" "failed_starts" {
  name_prefix               = "${var.name}-failed-starts-"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_policy" "failed_starts" {
  queue_url = aws_sqs_queue.failed_starts.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = "sqs:*"
      Principal = { AWS = "*" }
      Resource  = aws_sqs_queue.failed_starts.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

# Port's credentials. Terraform never sees them: put them in with
#   aws secretsmanager put-secret-value --secret-id … --secret-string file://port.json

resource "aws_secretsmanager_secret" "port" {
  name_prefix = "${var.name}-port-"
  description = "Port's credentials for Portolan: {\"PORT_CLIENT_ID\":\"…\",\"PORT_CLIENT_SECRET\":\"…\"}"
}

# What a run leaves to the next one.

resource "aws_s3_bucket" "state" {
  bucket_prefix = "${lower(var.name)}-state-"
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    expiration {
      expired_object_delete_marker = true
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Deny"
        Action    = "s3:*"
        Principal = { AWS = "*" }
        Resource  = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Effect    = "Deny"
        Action    = "s3:*"
        Principal = { AWS = "*" }
        Resource  = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = 1.2 } }
      },
      {
        Sid       = "OnlyTheFunctionWrites"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action = [
          "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:ReplicateDelete", "s3:ReplicateObject",
          "s3:RestoreObject",
        ]
        Resource  = "${aws_s3_bucket.state.arn}/*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = aws_iam_role.function.arn } }
      },
    ]
  })
}

# When runs start.

resource "aws_scheduler_schedule" "run" {
  name                         = var.name
  description                  = "Starts Portolan's runs"
  schedule_expression          = "rate(${var.interval} minutes)"
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.portolan.arn
    role_arn = aws_iam_role.schedule.arn
    input    = "{\"version\":\"0\",\"detail-type\":\"Scheduled Event\",\"source\":\"aws.scheduler\",\"detail\":{}}"

    dead_letter_config {
      arn = aws_sqs_queue.failed_starts.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 5
    }
  }

  # A rate without a start date begins at once.
  depends_on = [aws_iam_role_policy_attachment.read, aws_cloudformation_stack_instances.read]
}

resource "aws_scheduler_schedule" "poll" {
  name                = "${var.name}-poll"
  description         = "Makes Portolan ask Port whether somebody wants a run"
  schedule_expression = "rate(5 minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.portolan.arn
    role_arn = aws_iam_role.schedule.arn
    input    = "{\"action\":\"poll\"}"

    dead_letter_config {
      arn = aws_sqs_queue.failed_starts.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 300
      maximum_retry_attempts       = 5
    }
  }

  depends_on = [aws_iam_role_policy_attachment.read, aws_cloudformation_stack_instances.read]
}

resource "aws_iam_role" "schedule" {
  name_prefix = "${var.name}-schedule-"
  description = "Portolan's schedule starts the function with this role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = { StringEquals = {
        "aws:SourceAccount" = local.account
        "aws:SourceArn"     = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/default"
      } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "schedule"
  role = aws_iam_role.schedule.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartFunction"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = aws_lambda_function.portolan.arn
      },
      {
        Sid      = "KeepFailedStarts"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.failed_starts.arn
      },
    ]
  })
}

# What is read: by a role of its own in an Organization's management account, by the function's role in a
# single account.

resource "aws_iam_policy" "read" {
  count       = length(local.policies[local.organization ? "management" : "account"])
  name_prefix = "${var.name}-read-"
  description = "What Portolan reads"
  policy      = jsonencode(local.policies[local.organization ? "management" : "account"][count.index])
}

resource "aws_iam_role_policy_attachment" "read" {
  count      = length(local.policies[local.organization ? "management" : "account"])
  role       = local.organization ? aws_iam_role.read[0].name : aws_iam_role.function.name
  policy_arn = aws_iam_policy.read[count.index].arn
}

resource "aws_iam_role" "read" {
  count       = local.organization ? 1 : 0
  name        = local.read_role
  description = "Portolan reads this account with this role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = aws_iam_role.function.arn }
      Condition = { StringEquals = { "aws:PrincipalOrgID" = var.organization_id, "sts:ExternalId" = var.external_id } }
    }]
  })

  lifecycle {
    precondition {
      condition     = length(var.external_id) >= 16 && length(var.organizational_units) > 0
      error_message = "With organization_id, set external_id, of at least 16 characters, and organizational_units."
    }
  }
}

# The role in the other accounts, also in those that join later.

resource "aws_cloudformation_stack_set" "read" {
  count            = local.organization ? 1 : 0
  name             = "${var.name}-read-role"
  description      = "The role with which Portolan reads accounts"
  permission_model = "SERVICE_MANAGED"
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  template_body    = file("${path.module}/read-role.json")

  parameters = {
    FunctionRoleArn = aws_iam_role.function.arn
    OrganizationId  = var.organization_id
    ExternalId      = var.external_id
  }

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  managed_execution {
    active = true
  }

  lifecycle {
    # CloudFormation sets it: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudformation_stack_set
    ignore_changes = [administration_role_arn]
  }
}

resource "aws_cloudformation_stack_instances" "read" {
  count          = local.organization ? 1 : 0
  stack_set_name = aws_cloudformation_stack_set.read[0].name
  regions        = [local.region] # IAM is global

  deployment_targets {
    organizational_unit_ids = var.organizational_units
    account_filter_type     = length(var.accounts_exclude) > 0 ? "DIFFERENCE" : null
    accounts                = length(var.accounts_exclude) > 0 ? var.accounts_exclude : null
  }

  operation_preferences {
    concurrency_mode             = "SOFT_FAILURE_TOLERANCE"
    failure_tolerance_percentage = 100
    max_concurrent_percentage    = 100
  }
}
