package config

import (
	"cmp"
	"fmt"
	"strings"

	"portolan/internal/settings"
)

// Key is one row of the table of keys.
type Key struct {
	Name    string
	Type    string // "text", "boolean", "minutes", …
	Default string // as it would be written; "" is none
	Meaning string // one or two sentences of Markdown
	Env     string // the function's variable that the key sets; "" is none

	// form is what a value has to look like; nil leaves that to the variable.
	form *form
}

// ocean begins the names of the integration's own settings.
const ocean = "OCEAN__INTEGRATION__CONFIG__"

// single is the value of the key scale that makes a run one invocation.
const single = "single"

// defaultFile is read if it exists.
const defaultFile = "portolan.yaml"

var table = []Key{
	{"integrationIdentifier", "text", "portolan", "The integration's identifier in Port. If you come from `aws-v3`, keep the one you have.", "OCEAN__INTEGRATION__IDENTIFIER", nil},
	{"integrationType", "text", "", "The integration's type in Port.", "OCEAN__INTEGRATION__TYPE", nil},
	{"portBaseUrl", "URL", "", "Port's API; in the United States `https://api.us.getport.io`.", "OCEAN__PORT__BASE_URL", nil},
	{"portSecretArn", "ARN", "", "An existing secret with Port's credentials. Without it the stack creates an empty one, which `make secret` fills.", "PORT_SECRET_ARN", by(setPortSecret, pattern(secretARN))},
	{"initializePortResources", "boolean", "", "Create the default blueprints and the default mapping in the first run.", "OCEAN__INITIALIZE_PORT_RESOURCES", nil},
	{"initialKinds", "list", "", "What a new integration starts with: kinds and [groups](kinds.md#groups) of them, such as `native,network,AWS::IAM::Role`. `ocean` are those of `aws-v3`.", "PORTOLAN_INITIAL_KINDS", nil},
	{"sendRawDataExamples", "boolean", "", "Send masked examples of each kind to Port, for its mapping editor.", "OCEAN__SEND_RAW_DATA_EXAMPLES", nil},

	{"organizationId", "id", "", "The Organization, `o-…`. `make bootstrap-org` writes it into `cdk.context.json`.", "", match(organizationID, "an Organization's id, such as o-a1b2c3d4e5", func(c *Config) *string { return &c.Members.OrganizationID })},
	{"organizationRootId", "id", "", "The Organization's root, `r-…`, whose accounts are read unless `ouId` narrows them. `make bootstrap-org` writes it.", "", by(setRoot, keywords{"pattern": `^\s*r-[0-9a-z]{4,32}\s*$`})},
	{"ouId", "list", "", "Organizational units to read, with everything below them. Only their accounts get the read role.", ocean + "OU_ID", nil},
	{"accountsExclude", "list", "", "Accounts that are not read and get no role.", "PORTOLAN_ACCOUNTS_EXCLUDE", nil},
	{"regions", "list", "", "Read only these regions; without it, all that are enabled.", "PORTOLAN_REGIONS", nil},
	{"delegatedAdmin", "boolean", "false", "The stack is in a delegated administrator's account, not in the management account.", "", flag(func(c *Config) *bool { return &c.Members.DelegatedAdmin })},
	{"accountRoleArn", "role ARN", "", "Read an Organization through existing roles: this is the role in the account that lists the Organization. The stack then creates no roles.", ocean + "ACCOUNT_ROLE_ARN", nil},
	{"accountRoleArns", "list of role ARNs", "", "Read the accounts of these existing roles. The stack then creates no roles.", ocean + "ACCOUNT_ROLE_ARNS", nil},
	{"singleAccount", "boolean", "false", "Read only the function's own account.", "", by(setSingle, truth)},
	{"externalId", "text", "", "The external id that the roles require. Without it, the roles that the stack creates require one of the stack's own.", ocean + "EXTERNAL_ID", nil},

	{"readRoleName", "text", "PortOceanReadRole", "The read role's name in every account.", "", match(roleName, "a role's name: at most 64 letters, digits and any of _ + = , . @ -", func(c *Config) *string { return &c.Read.Role.Name })},
	{"readRolePath", "text", "/", "The read role's path.", "", match(rolePath, "a role's path that begins and ends with a slash, such as /port/", func(c *Config) *string { return &c.Read.Role.Path })},
	{"readAccess", "text", "kinds", "What the read role may do. `kinds`: only what the kinds need. `ReadOnlyAccess`: also what AWS's managed policy of that name allows, which covers the handlers behind Cloud Control.", "", oneOf([]string{"kinds", ReadOnlyAccess}, func(c *Config) *string { return &c.Read.Access })},
	{"kinds", "list", nativeKinds, "The kinds that the read role may read, [of any type](types.md), and [groups](kinds.md#groups) of them: `native, network, AWS::IAM::Role`. The mapping in Port says which of them are read.", "", by(setKinds, nil)},
	{"cloudControl", "boolean", "false", "The read role may also read native kinds in the form of Cloud Control, which mappings of Ocean's older `aws` integration expect.", "", flag(func(c *Config) *bool { return &c.Read.CloudControl })},
	{"stackSetFailureTolerance", "percent", "100", "In what percentage of its accounts the read role's StackSet may fail without being stopped. The report of a run names these accounts.", "", number(0, 100, func(c *Config) *int { return &c.Members.StackSet.FailureTolerance })},
	{"stackSetConcurrency", "percent", "100", "In what percentage of its accounts the StackSet works at a time.", "", number(1, 100, func(c *Config) *int { return &c.Members.StackSet.Concurrency })},

	{"scheduledResyncInterval", "minutes", "360", "The time between two runs. Port shows it too.", "OCEAN__SCHEDULED_RESYNC_INTERVAL", by(setInterval, keywords{"minimum": 1})},
	{"scheduleExpression", "text", "", "Run at fixed times instead, `cron(0 6 * * ? *)`. `scheduledResyncInterval` is then the longest time between two runs.", "", match(cronExpression, "a cron expression of six fields, such as cron(0 6 * * ? *)", func(c *Config) *string { return &c.Schedule.Expression })},
	{"scheduleTimezone", "text", "UTC", "The time zone of `scheduleExpression`, `Europe/Berlin`.", "", by(setTimezone, nil)},
	{"scheduleFlexibleWindow", "minutes", "0", "How much later than scheduled a run may start.", "", minutes(1440, func(c *Config) *duration { return &c.Schedule.Window })},
	{"scheduleEnabled", "boolean", "true", "`false` deploys the schedule switched off.", "", flag(func(c *Config) *bool { return &c.Schedule.Enabled })},
	{"pollInterval", "minutes", "5", "How often Port is asked whether somebody has requested a run, with its Resync button or by changing the mapping. `0` turns this off, and so does `scheduleEnabled: false`.", "", minutes(1440, func(c *Config) *duration { return &c.Schedule.Poll })},

	{"events", "boolean", "false", "Let AWS's [events](events.md) wake the function: what is created, changed or deleted is in Port within a minute or two. The stack makes an event bus, a queue, and rules in every account.", "", flag(func(c *Config) *bool { return &c.Events.Enabled })},
	{"eventRegions", "list", "", "With `events`: the regions whose events come; without it, those of `regions`. Events about new, closed and moved accounts come only in `us-east-1`.", "", by(setEventRegions, nil)},
	{"eventsWindow", "seconds", "30", "With `events`: for how long events are gathered before the function takes them, 1 to 300.", "", seconds(1, 300, func(c *Config) *duration { return &c.Events.Window })},
	{"eventsConcurrency", "number", "2", "With `events`: the most batches at a time, 2 to 1000. Cells are read by one of them at a time in any case.", "", number(2, 1000, func(c *Config) *int { return &c.Events.Concurrency })},
	{"eventsWait", "seconds", "", "With `events`: how long after an event its cell is read. AWS's lists lag behind.", "PORTOLAN_EVENTS_WAIT", by(nil, keywords{"minimum": 0, "maximum": 900})},
	{"eventsAgain", "seconds", "", "With `events`: how long after that the cell is read once more; `0` is never.", "PORTOLAN_EVENTS_AGAIN", by(nil, keywords{"minimum": 0, "maximum": 900})},
	{"eventsPace", "seconds", "", "With `events`: the shortest time between two readings of a cell for events.", "PORTOLAN_EVENTS_PACE", by(nil, keywords{"minimum": 0, "maximum": 900})},

	{"scale", "text", single, "`single`: a run is one invocation. `distributed`: a run is an execution of a state machine, for estates that are too large for one invocation.", "", oneOf([]string{single, Distributed}, func(c *Config) *string { return &c.Scale.Mode })},
	{"scaleConcurrency", "number", "10", "With `distributed`: how many batches of accounts are read at a time, 1 to 1000. Port's rate is divided by it.", "PORTOLAN_SCALE_CONCURRENCY", number(1, 1000, func(c *Config) *int { return &c.Scale.Concurrency })},
	{"scaleTimeout", "hours", "12", "With `distributed`: how long a run may take, 1 to 168.", "", hours(1, 168, func(c *Config) *duration { return &c.Scale.Timeout })},
	{"scaleFailureTolerance", "percent", "100", "With `distributed`: what percentage of the batches may fail before the run stops reading the others. What was read counts either way.", "", number(0, 100, func(c *Config) *int { return &c.Scale.FailureTolerance })},

	{"memorySize", "MB", "1024", "The function's memory, 128 to 10240.", "", number(128, 10240, func(c *Config) *int { return &c.Function.MemoryMB })},
	{"timeout", "seconds", "900", "The time limit of an invocation, 60 to 900.", "", seconds(60, 900, func(c *Config) *duration { return &c.Function.Timeout })},
	{"reservedConcurrency", "number", "", "How many executions are reserved for the function; it cannot have more. You do not need this to keep runs apart: the lease in the state does that.", "", number(1, 1000, func(c *Config) *int { return &c.Function.ReservedConcurrency })},
	{"tracing", "boolean", "false", "Trace invocations with X-Ray.", "", flag(func(c *Config) *bool { return &c.Function.Tracing })},
	{"logLevel", "text", "", "`debug`, `info`, `warn` or `error`.", "PORTOLAN_LOG_LEVEL", by(nil, offer("debug", "info", "warn", "error"))},
	{"logRetention", "days", "30", "How long the log is kept; CloudWatch allows 1, 3, 5, 7, 14, 30, 60, 90, …, 3653.", "", by(setRetention, offer(retentions...))},

	{"bulkTags", "boolean", "", "Read the tags of up to a hundred resources in one call.", "PORTOLAN_BULK_TAGS", nil},
	{"historyDays", "days", "", "How far back histories are read.", "PORTOLAN_HISTORY_DAYS", nil},
	{"historyOlder", "text", "", "What happens to older entities of a history in Port: `keep` or `delete`.", "PORTOLAN_HISTORY_OLDER", by(nil, choice("keep", "delete"))},
	{"rewriteDays", "days", "", "After how many days an unchanged entity is written again.", "PORTOLAN_REWRITE_DAYS", nil},
	{"deleteCount", "number", "", "The most entities of one kind in one account that a run deletes.", "PORTOLAN_DELETE_COUNT", nil},
	{"deleteShare", "share", "", "The largest share of them, 0 to 1.", "PORTOLAN_DELETE_SHARE", nil},
	{"deleteAfter", "runs", "", "How many runs must have missed an entity before it is deleted.", "PORTOLAN_DELETE_AFTER", by(nil, keywords{"minimum": 1, "maximum": 100})},
	{"coverage", "boolean", "", "Show in Port what was read of each kind in each account.", "PORTOLAN_COVERAGE", nil},
	{"retainState", "boolean", "true", "Keep the state's bucket when the stack is destroyed.", "", flag(func(c *Config) *bool { return &c.Storage.Retain })},

	{"alarmEmail", "address", "", "Who gets the alarms. AWS first asks the address to confirm.", "", match(email, "one e-mail address", func(c *Config) *string { return &c.Alarms.Email })},
	{"alarmTopicArn", "ARN", "", "An SNS topic that gets the alarms; its policy must let CloudWatch publish.", "", match(topicARN, "the ARN of an SNS topic", func(c *Config) *string { return &c.Alarms.TopicARN })},
	{"kmsKeyArn", "ARN", "", "Your own KMS key for the secret, the state and the log; its policy must let CloudWatch Logs use it. Without it, AWS's keys.", "", match(keyARN, "the ARN of a KMS key, such as arn:aws:kms:eu-west-1:111122223333:key/…", func(c *Config) *string { return &c.Storage.KMSKeyARN })},
	{"stackName", "text", "Portolan", "The name of the stack and of the function.", "", match(stackName, "a stack's name: at most 64 letters, digits and dashes, a letter first", func(c *Config) *string { return &c.StackName })},
	{"config", "file", defaultFile, "A YAML or JSON file that holds any of the other keys.", "", by(func(*Config, string) error { return nil }, nil)},
}

// Table returns every key, in the order of documentation.
func Table() []Key {
	rows := make([]Key, len(table))
	defaults := map[string]string{}
	for _, row := range settings.Table() {
		defaults[row.Name] = row.Default
	}
	for i, row := range table {
		row.Default = cmp.Or(row.Default, defaults[row.Env])
		rows[i] = row
	}
	return rows
}

// Markdown returns the table of keys as documentation shows it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Key | Type | Default | Meaning | Variable |\n|---|---|---|---|---|\n")
	for _, row := range Table() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", row.Name, row.Type, code(row.Default), row.Meaning, code(row.Env))
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
