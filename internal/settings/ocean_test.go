package settings_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/settings"
)

// older are the names of the settings that only Ocean's older aws integration has.
// https://github.com/port-labs/ocean/blob/main/integrations/aws/.port/spec.yaml
var older = []string{
	"OCEAN__INTEGRATION__CONFIG__ORGANIZATION_ROLE_ARN",
	"OCEAN__INTEGRATION__CONFIG__ACCOUNT_READ_ROLE_NAME",
	"OCEAN__INTEGRATION__CONFIG__MAXIMUM_CONCURRENT_ACCOUNTS",
}

// oceans are the names of all settings of Ocean, those of its aws-v3 included.
// https://github.com/port-labs/ocean/blob/main/port_ocean/config/settings.py
var oceans = strings.Fields(`
	APPLICATION__LOG_LEVEL APPLICATION__ENABLE_HTTP_LOGGING APPLICATION__PORT
	OCEAN__PORT__CLIENT_ID
	OCEAN__PORT__CLIENT_SECRET
	OCEAN__PORT__BASE_URL
	OCEAN__PORT__PORT_APP_CONFIG_CACHE_TTL
	OCEAN__PORT__FEATURE_FLAGS_CACHE_TTL_SECONDS
	OCEAN__PORT__BLUEPRINT_CACHE_TTL_SECONDS
	OCEAN__PORT__INGEST_URL
	OCEAN__PORT__LIFECYCLE_URL
	OCEAN__PORT__APP_URL
	OCEAN__INTEGRATION__IDENTIFIER
	OCEAN__INTEGRATION__TYPE
	OCEAN__INTEGRATION__VERSION
	OCEAN__INTEGRATION__SKIP_CHECK_DIFF
	OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED
	OCEAN__INTEGRATION__INCREMENTAL_SYNC_INTERVAL
	OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN
	OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARNS
	OCEAN__INTEGRATION__CONFIG__OU_ID
	OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID
	OCEAN__INTEGRATION__CONFIG__CREDENTIAL_PROVIDER_PRIORITY
	OCEAN__INTEGRATION__CONFIG__AWS_ACCESS_KEY_ID
	OCEAN__INTEGRATION__CONFIG__AWS_SECRET_ACCESS_KEY
	OCEAN__INTEGRATION__CONFIG__AWS_SESSION_TOKEN
	OCEAN__INTEGRATION__CONFIG__AWS_PARTITION
	OCEAN__INTEGRATION__CONFIG__REGION
	OCEAN__INTEGRATION__CONFIG__LIVE_EVENTS_API_KEY
	OCEAN__EVENT_LISTENER__TYPE
	OCEAN__EVENT_LISTENER__INTERVAL
	OCEAN__EVENT_LISTENER__RESYNC_ON_START
	OCEAN__EVENT_LISTENER__BROKERS
	OCEAN__EVENT_LISTENER__SECURITY_PROTOCOL
	OCEAN__EVENT_LISTENER__AUTHENTICATION_MECHANISM
	OCEAN__EVENT_LISTENER__KAFKA_SECURITY_ENABLED
	OCEAN__EVENT_LISTENER__CONSUMER_POLL_TIMEOUT
	OCEAN__EVENT_LISTENER__APP_HOST
	OCEAN__EVENT_LISTENER__SHOULD_RESYNC
	OCEAN__EVENT_LISTENER__SHOULD_PROCESS_WEBHOOKS
	OCEAN__EVENT_LISTENER__SHOULD_RUN_ACTIONS
	OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS
	OCEAN__INITIALIZE_PORT_RESOURCES
	OCEAN__SCHEDULED_RESYNC_INTERVAL
	OCEAN__STATUS_HEARTBEAT_INTERVAL_SECONDS
	OCEAN__CLIENT_TIMEOUT
	OCEAN__CREATE_PORT_RESOURCES_ORIGIN
	OCEAN__SEND_RAW_DATA_EXAMPLES
	OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH
	OCEAN__BASE_URL
	OCEAN__PATH_PREFIX
	OCEAN__EVENT_WORKERS_COUNT
	OCEAN__EVENTS_DEBUG_LOGGING
	OCEAN__RUNTIME
	OCEAN__RESOURCES_PATH
	OCEAN__METRICS__ENABLED
	OCEAN__METRICS__WEBHOOK_URL
	OCEAN__MAX_EVENT_PROCESSING_SECONDS
	OCEAN__MAX_WAIT_SECONDS_BEFORE_SHUTDOWN
	OCEAN__CACHING_STORAGE_MODE
	OCEAN__UPSERT_ENTITIES_BATCH_MAX_LENGTH
	OCEAN__UPSERT_ENTITIES_BATCH_MAX_SIZE_IN_BYTES
	OCEAN__LAKEHOUSE_ENABLED
	OCEAN__DISABLE_IP_OUTBOUND_BLOCKER
	OCEAN__LAKEHOUSE_BUFFER_INTERVAL_SECONDS
	OCEAN__LAKEHOUSE_BUFFER_MAX_COUNT
	OCEAN__PROCESSING_MODE
	OCEAN__PROCESS_EXECUTION_MODE
	OCEAN__YIELD_ITEMS_TO_PARSE_BATCH_SIZE
	OCEAN__PROCESS_IN_QUEUE_TIMEOUT
	OCEAN__PROCESS_IN_QUEUE_MAX_WORKERS
	OCEAN__DELETE_ENTITIES_MAX_BATCH_SIZE
	OCEAN__PROBE_REPORTING_MODE
	OCEAN__STREAMING__ENABLED
	OCEAN__STREAMING__MAX_BUFFER_SIZE_MB
	OCEAN__STREAMING__CHUNK_SIZE
	OCEAN__STREAMING__LOCATION
	OCEAN__ACTIONS_PROCESSOR__ENABLED
	OCEAN__ACTIONS_PROCESSOR__RUNS_BUFFER_HIGH_WATERMARK
	OCEAN__ACTIONS_PROCESSOR__VISIBILITY_TIMEOUT_MS
	OCEAN__ACTIONS_PROCESSOR__POLL_CHECK_INTERVAL_SECONDS
	OCEAN__ACTIONS_PROCESSOR__WORKERS_COUNT
	OCEAN__ACTIONS_PROCESSOR__MAX_RUNS_BUFFER_UTIL_PCT_PER_ACTION
	OCEAN__LIVE_EVENTS__TYPE
	OCEAN__LIVE_EVENTS__IS_REDIS_STREAM_CONSUMER_ENABLED
	OCEAN__LIVE_EVENTS__REDIS__URL
	OCEAN__LIVE_EVENTS__REDIS__PASSWORD
	OCEAN__SSL__PORT__VERIFY
	OCEAN__SSL__PORT__X509__STRICT
	OCEAN__SSL__THIRD_PARTY__VERIFY
	OCEAN__SSL__THIRD_PARTY__X509__STRICT
`)

// TestEveryNameOfOceanIsKnown sets each of Ocean's settings to some value: it is used, or
// ignored with a message, or refused for its value, but never called unknown.
func TestEveryNameOfOceanIsKnown(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Concat(oceans, older) {
		s, err := settings.Load(append(slices.DeleteFunc(minimal(), func(pair string) bool {
			return strings.HasPrefix(pair, name+"=")
		}), name+"=strange-value"))
		if err != nil && (strings.Contains(err.Error(), "is not a setting") || !strings.Contains(err.Error(), name[strings.LastIndex(name, "__")+2:])) {
			t.Errorf("%s: %v", name, err)
		}
		if row := slices.IndexFunc(settings.Table(), func(row settings.Setting) bool { return row.Name == name }); row >= 0 || err != nil {
			continue
		}
		if len(s.Warnings) != 1 || !strings.HasPrefix(s.Warnings[0], name+" is ignored: ") {
			t.Errorf("%s is ignored without a word: %q", name, s.Warnings)
		}
	}
}

// TestNamesOfOceanAreDocumented holds the documentation's two tables against the list,
// and wants a meaning for each setting that is ignored.
func TestNamesOfOceanAreDocumented(t *testing.T) {
	t.Parallel()
	documented := settings.Markdown() + settings.IgnoredMarkdown() + settings.FormerMarkdown()
	for _, name := range slices.Concat(oceans, older) {
		found := strings.Contains(documented, "`"+name+"`")
		for above := name; !found && strings.Contains(above, "__"); {
			above = above[:strings.LastIndex(above, "__")]
			found = strings.Contains(documented, "`"+above+"__*`")
		}
		if !found {
			t.Errorf("%s is not documented", name)
		}
	}
	for line := range strings.Lines(settings.IgnoredMarkdown()) {
		for _, cell := range strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("an empty cell in %s", line)
			}
		}
	}
}
