output "function" {
  description = "The function. Start a run with: aws lambda invoke --function-name … --invocation-type Event --payload '{\"action\":\"resync\"}' …"
  value       = aws_lambda_function.portolan.function_name
}

output "secret" {
  description = "The secret that gets Port's credentials."
  value       = aws_secretsmanager_secret.port.arn
}

output "state" {
  description = "The bucket with reports of the last runs and what the next one needs."
  value       = aws_s3_bucket.state.id
}
