package settings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"portolan/internal/secret"
)

// Setting is one row of the table of settings.
type Setting struct {
	Name    string // the variable, as it is written in documentation
	Type    string // "text", "secret", "boolean", "URL", "list", …
	Default string // as it would be written; "" is none
	Meaning string // one or two sentences of Markdown
	Secret  bool   // the value is never shown

	// set parses text into its field. Its error completes the sentence "it should hold …".
	set func(s *Settings, text string) error
}

// config begins the names of the integration's own settings.
const config = "OCEAN__INTEGRATION__CONFIG__"

var table = []Setting{
	{"OCEAN__PORT__BASE_URL", "URL", "https://api.getport.io",
		"Port's API. The default is Europe; the United States are `https://api.us.getport.io`. Only `https`, except for loopback.",
		false, setBaseURL},
	{"PORT_SECRET_ARN", "text", "",
		"ARN or name of the Secrets Manager secret with Port's credentials, `{\"PORT_CLIENT_ID\":\"…\",\"PORT_CLIENT_SECRET\":\"…\"}`.",
		false, setPortSecret},
	{"OCEAN__PORT__CLIENT_ID", "secret", "",
		"Port's client id, instead of `PORT_SECRET_ARN`.",
		true, secretField(func(s *Settings) *secret.Text { return &s.Port.ClientID })},
	{"OCEAN__PORT__CLIENT_SECRET", "secret", "",
		"Port's client secret, instead of `PORT_SECRET_ARN`.",
		true, secretField(func(s *Settings) *secret.Text { return &s.Port.ClientSecret })},
	{"OCEAN__INTEGRATION__IDENTIFIER", "text", "",
		"Required. The integration's identifier in Port. Together with the type it decides which entities are the integration's own.",
		false, nameField(func(s *Settings) *string { return &s.Integration.Identifier })},
	{"OCEAN__INTEGRATION__TYPE", "text", "aws-v3",
		"The integration's type in Port, in lower case.",
		false, setType},

	{config + "ACCOUNT_ROLE_ARN", "role ARN", "",
		"Organizations mode: the role in the management account. Portolan assumes the role of the same name in each member account.",
		false, setRole},
	{config + "ACCOUNT_ROLE_ARNS", "list of role ARNs", "",
		"An explicit list of accounts, by the role to assume in each. Ignored if `ACCOUNT_ROLE_ARN` is set.",
		false, setRoles},
	{config + "OU_ID", "list", "",
		"Organizational units or roots (`ou-…`, `r-…`) to read, with everything below them. Only with `ACCOUNT_ROLE_ARN`.",
		false, setOUs},
	{config + "EXTERNAL_ID", "secret", "",
		"The external id that the roles' trust policies require.",
		true, setExternalID},
	{config + "AWS_PARTITION", "text", "",
		"The AWS partition, `aws`, `aws-us-gov` or `aws-cn`. Without it, the partition of the credentials.",
		false, setPartition},
	{config + "AWS_ACCESS_KEY_ID", "secret", "",
		"Static credentials: the access key id. Without static credentials, the AWS SDK's default chain finds some.",
		true, secretField(func(s *Settings) *secret.Text { return &s.AWS.AccessKeyID })},
	{config + "AWS_SECRET_ACCESS_KEY", "secret", "",
		"Static credentials: the secret access key.",
		true, secretField(func(s *Settings) *secret.Text { return &s.AWS.SecretAccessKey })},
	{config + "AWS_SESSION_TOKEN", "secret", "",
		"Static credentials: the session token, if they are temporary.",
		true, secretField(func(s *Settings) *secret.Text { return &s.AWS.SessionToken })},

	{"OCEAN__INITIALIZE_PORT_RESOURCES", "boolean", "true",
		"Create the default blueprints and the default mapping in the first run.",
		false, boolField(func(s *Settings) *bool { return &s.Integration.Initialize })},
	{"OCEAN__CREATE_PORT_RESOURCES_ORIGIN", "text", "",
		"With `Empty`, no blueprints are created, and a new integration starts with a mapping without resources. `Default` and `Port` change nothing.",
		false, setOrigin},
	{"PORTOLAN_INITIAL_KINDS", "list", "ocean",
		"What a new integration starts with: kinds, and [groups](kinds.md#groups) of them, such as `native,network,AWS::IAM::Role`. `ocean` are those that Ocean's aws-v3 maps by default.",
		false, setInitialKinds},
	{"OCEAN__SEND_RAW_DATA_EXAMPLES", "boolean", "true",
		"Send masked examples of each kind to Port, for its mapping editor.",
		false, boolField(func(s *Settings) *bool { return &s.Integration.SendExamples })},
	{"OCEAN__SCHEDULED_RESYNC_INTERVAL", "minutes", "",
		"The time between two resyncs. Port shows when the next one is due.",
		false, setInterval},
	{"OCEAN__EVENT_LISTENER__TYPE", "text", "POLLING",
		"What `portolan run` does: `ONCE` resyncs and exits; `POLLING` keeps running, and resyncs at the interval and when Port asks. `KAFKA` and `WEBHOOK` work as `POLLING`, which learns of the same requests at most a minute later. Also as `OCEAN__EVENT_LISTENER='{\"type\":\"ONCE\"}'`. Has no meaning in Lambda.",
		false, setListener},
	{"OCEAN__EVENT_LISTENER__INTERVAL", "seconds", "60",
		"How often `POLLING` asks Port whether somebody has requested a resync.",
		false, setPollInterval},
	{"OCEAN__EVENT_LISTENER__RESYNC_ON_START", "boolean", "true",
		"Whether `POLLING` resyncs when it starts.",
		false, boolField(func(s *Settings) *bool { return &s.Schedule.OnStart })},

	{"PORTOLAN_REGIONS", "list", "",
		"Read only these regions. Without it, every region that is enabled in the account.",
		false, setRegions},
	{"PORTOLAN_ACCOUNTS_EXCLUDE", "list", "",
		"The ids of accounts that are not read.",
		false, setExcluded},
	{"PORTOLAN_BULK_TAGS", "boolean", "true",
		"Read the tags of many resources in one call, by AWS's Resource Groups Tagging API; [more](operations.md#tags-in-bulk). `false` reads the tags of each resource by a call of its own.",
		false, boolField(func(s *Settings) *bool { return &s.AWS.BulkTags })},
	{"PORTOLAN_HISTORY_DAYS", "days", "30",
		"How far back histories are read: builds, deployments, executions of pipelines. `0` reads everything that AWS keeps.",
		false, daysField(func(s *Settings) *time.Duration { return &s.History.Span }, "30")},
	{"PORTOLAN_HISTORY_OLDER", "text", "keep",
		"What happens to older entities of a history in Port: `keep` or `delete`.",
		false, setOlder},
	{"PORTOLAN_STATE", "place", "",
		"Where a run keeps what the next one needs: `s3://bucket/prefix` or the path of a folder. Without it, nothing is kept.",
		false, setState},
	{"PORTOLAN_REWRITE_DAYS", "days", "7",
		"After how many days an unchanged entity is written again. With `0` it is not. Only with `PORTOLAN_STATE`.",
		false, daysField(func(s *Settings) *time.Duration { return &s.State.Rewrite }, "7")},
	{"PORTOLAN_DELETE_COUNT", "number", "500",
		"The most entities of one kind in one account that a run deletes, unless it has `allowMassDelete`. `0` sets no limit. Only with `PORTOLAN_STATE`.",
		false, setDeleteCount},
	{"PORTOLAN_DELETE_SHARE", "share", "0.5",
		"The largest share, 0 to 1, of the entities of one kind in one account that a run deletes, if more than 20 would go. `0` sets no limit. Only with `PORTOLAN_STATE`.",
		false, setDeleteShare},
	{"PORTOLAN_DELETE_AFTER", "runs", "1",
		"How many runs must have read an entity's cell to the end without finding the entity before it is deleted. Only with `PORTOLAN_STATE`.",
		false, setDeleteAfter},
	{"PORTOLAN_COVERAGE", "boolean", "false",
		"Show in Port what was read: an entity of the blueprint `awsSyncCoverage` for each kind in each account.",
		false, boolField(func(s *Settings) *bool { return &s.Coverage })},
	{"APPLICATION__PORT", "number", "8000",
		"The TCP port on which `portolan run` answers the probes `/health/live` and `/health/ready`, and `/metrics`, while it keeps running (`POLLING`). `0` is none.",
		false, setProbePort},
	{"APPLICATION__ENABLE_HTTP_LOGGING", "boolean", "true",
		"Send the log of each run to Port, masked, for the data source's page.",
		false, boolField(func(s *Settings) *bool { return &s.Log.ToPort })},
	{"PORTOLAN_SCALE_CONCURRENCY", "number", "10",
		"How many invocations read at a time in a run that takes several. Each gets its share of Port's rate limits. Only with `PORTOLAN_STATE`.",
		false, setScaleConcurrency},
	{"PORTOLAN_EVENTS_QUEUE", "URL", "",
		"The queue through which [events](events.md) come, `https://sqs.eu-west-1.amazonaws.com/111122223333/…`; Portolan posts messages of its own there. Without it, an event's cell is read at once, and not again.",
		false, setEventsQueue},
	{"PORTOLAN_EVENTS_WAIT", "seconds", "20",
		"How long after an event its cell is read: AWS's lists lag behind. At most 900; `0` is at once.",
		false, secondsField(func(s *Settings) *time.Duration { return &s.Schedule.Events.Wait }, "20")},
	{"PORTOLAN_EVENTS_AGAIN", "seconds", "300",
		"How long after that the cell is read once more. At most 900; `0` is never.",
		false, secondsField(func(s *Settings) *time.Duration { return &s.Schedule.Events.Again }, "300")},
	{"PORTOLAN_EVENTS_PACE", "seconds", "120",
		"The shortest time between two readings of a cell for events. At most 900.",
		false, secondsField(func(s *Settings) *time.Duration { return &s.Schedule.Events.Pace }, "120")},
	{"PORTOLAN_LOG_LEVEL", "text", "info",
		"`debug`, `info`, `warn` or `error`.",
		false, setLogLevel},
	{"PORTOLAN_LOG_FORMAT", "text", "",
		"`json` or `text`. Without it, `json` in Lambda and `text` elsewhere.",
		false, setLogFormat},
}

// Table returns every setting, in the order of documentation.
func Table() []Setting { return slices.Clone(table) }

// Check checks one value of a setting that Table lists. Its error completes the sentence "it
// should hold …". Only [Load] checks what depends on other settings.
func Check(name, text string) error {
	for _, row := range table {
		if row.Name == name {
			return row.set(&Settings{}, text)
		}
	}
	panic("there is no setting " + name)
}

// Markdown returns the table of settings as documentation shows it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Variable | Type | Default | Meaning |\n|---|---|---|---|\n")
	for _, row := range table {
		def := ""
		if row.Default != "" {
			def = "`" + row.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", row.Name, row.Type, def, strings.ReplaceAll(row.Meaning, "|", `\|`))
	}
	return b.String()
}

// key is the form in which names of variables are compared: OCEAN__ names without regard to
// case and word separators, all others as they are. CONFIG and SECRETS are the same.
func key(name string) string {
	if !hasOceanPrefix(name) {
		return name
	}
	return join(segments(name))
}

func hasOceanPrefix(name string) bool {
	const prefix = "OCEAN__"
	return len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

func segments(name string) []string {
	return strings.Split(name, "__")[1:]
}

// join folds a path below OCEAN__: ["INTEGRATION", "SECRETS", "ouId"] becomes
// "integration/config/ouid".
func join(path []string) string {
	folded := make([]string, len(path))
	for i, segment := range path {
		folded[i] = strings.ToLower(strings.ReplaceAll(segment, "_", ""))
	}
	if len(folded) > 1 && folded[0] == "integration" && folded[1] == "secrets" {
		folded[1] = "config"
	}
	return strings.Join(folded, "/")
}
