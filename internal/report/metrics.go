package report

// MetricNamespace and MetricDimension are where CloudWatch has the metrics of a run.
// The dimension's value is the integration's identifier.
const (
	MetricNamespace = "Portolan"
	MetricDimension = "Integration"
)

// The names of the metrics: counts, but for Duration in seconds, DeadlineUsed in
// percent of the time limit, and PeakMemory in megabytes.
const (
	MetricRunsCompleted       = "RunsCompleted"
	MetricRunsIncomplete      = "RunsIncomplete"
	MetricRunsFailed          = "RunsFailed"
	MetricCellsComplete       = "CellsComplete"
	MetricCellsIncomplete     = "CellsIncomplete"
	MetricResourcesRead       = "ResourcesRead"
	MetricEntitiesCreated     = "EntitiesCreated"
	MetricEntitiesUpdated     = "EntitiesUpdated"
	MetricEntitiesUnchanged   = "EntitiesUnchanged"
	MetricEntitiesDeleted     = "EntitiesDeleted"
	MetricEntitiesFailed      = "EntitiesFailed"
	MetricDeletesWithheld     = "DeletesWithheld"
	MetricAWSCalls            = "AWSCalls"
	MetricAWSRetries          = "AWSRetries"
	MetricAWSThrottles        = "AWSThrottles"
	MetricPortCalls           = "PortCalls"
	MetricPortThrottles       = "PortThrottles"
	MetricDuration            = "Duration"
	MetricDeadlineUsed        = "DeadlineUsed"
	MetricPeakMemory          = "PeakMemory"
	MetricAccountsRead        = "AccountsRead"
	MetricAccountsUnreachable = "AccountsUnreachable"
)
