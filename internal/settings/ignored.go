package settings

import (
	"fmt"
	"strings"
)

// Why a setting of Ocean is ignored.
const (
	noServer    = "Portolan does not serve live events or actions; AWS's events come through PORTOLAN_EVENTS_QUEUE"
	noCaching   = "each run reads everything anew"
	ownPace     = "batches, timeouts and concurrency follow Port's and AWS's limits automatically"
	ownMapping  = "mapping always happens here, in this process"
	ownDefaults = "the default blueprints and mapping are part of the program"
	noIncrement = "every resync is a full one"
	notServed   = "it belongs to a part of Ocean that has no counterpart here"
	secureTLS   = "certificates are always verified; add your authority with SSL_CERT_FILE"
	ownOrder    = "the AWS SDK's default chain finds the credentials, static ones first if they are set"
	ownListener = "it is for listeners other than ONCE and POLLING"
)

// ignored lists the settings of Ocean that have no meaning here, with their meaning in Ocean and
// the reason. A name that ends in __* stands for everything below it. Together with the
// settings that Ocean shares with the table, these are all of Ocean's names:
// https://github.com/port-labs/ocean/blob/main/port_ocean/config/settings.py
var ignored = []struct{ name, meaning, why string }{
	{"OCEAN__PORT__INGEST_URL", "where raw data goes", ownMapping},
	{"OCEAN__PORT__LIFECYCLE_URL", "where the state of the process goes", ownMapping},
	{"OCEAN__PORT__APP_URL", "Port's web pages", notServed},
	{"OCEAN__PORT__PORT_APP_CONFIG_CACHE_TTL", "how long the mapping is cached", noCaching},
	{"OCEAN__PORT__FEATURE_FLAGS_CACHE_TTL_SECONDS", "how long Port's feature flags are cached", noCaching},
	{"OCEAN__PORT__BLUEPRINT_CACHE_TTL_SECONDS", "how long blueprints are cached", noCaching},
	{"OCEAN__INTEGRATION__VERSION", "the integration's version", "the version is the program's own"},
	{"OCEAN__INTEGRATION__SKIP_CHECK_DIFF", "change the integration in Port without comparing it first", "the integration in Port is changed only where it differs"},
	{"OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED", "resync only what has changed", noIncrement},
	{"OCEAN__INTEGRATION__INCREMENTAL_SYNC_INTERVAL", "the time between two incremental resyncs", noIncrement},
	{config + "CREDENTIAL_PROVIDER_PRIORITY", "the order in which credentials are looked for", ownOrder},
	{config + "REGION", "a region of AWS", "every region that an account has enabled is read; PORTOLAN_REGIONS narrows that"},
	{config + "LIVE_EVENTS_API_KEY", "the key that live events must carry", noServer},
	{config + "MAXIMUM_CONCURRENT_ACCOUNTS", "how many accounts the older aws integration reads at a time", ownPace},
	{config + "IDENTITY_OAUTH_CLIENT_SECRET", "credentials of a single user", notServed},
	{"OCEAN__EVENT_LISTENER__RESYNC_INTERVAL", "the time between two resyncs", ownListener},
	{"OCEAN__EVENT_LISTENER__BROKERS", "Kafka's servers", ownListener},
	{"OCEAN__EVENT_LISTENER__SECURITY_PROTOCOL", "the protocol for Kafka", ownListener},
	{"OCEAN__EVENT_LISTENER__AUTHENTICATION_MECHANISM", "how to log in to Kafka", ownListener},
	{"OCEAN__EVENT_LISTENER__KAFKA_SECURITY_ENABLED", "whether to log in to Kafka", ownListener},
	{"OCEAN__EVENT_LISTENER__CONSUMER_POLL_TIMEOUT", "how long to wait for Kafka", ownListener},
	{"OCEAN__EVENT_LISTENER__APP_HOST", "where Port sends its webhook", ownListener},
	{"OCEAN__EVENT_LISTENER__SHOULD_RESYNC", "whether the process resyncs", ownListener},
	{"OCEAN__EVENT_LISTENER__SHOULD_PROCESS_WEBHOOKS", "whether it takes live events", ownListener},
	{"OCEAN__EVENT_LISTENER__SHOULD_RUN_ACTIONS", "whether it runs actions", ownListener},
	{"OCEAN__RESOURCES_PATH", "the folder of default blueprints and mapping", ownDefaults},
	{"OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS", "whether a mapping sees the environment", "a mapping never sees the environment"},
	{"OCEAN__CLIENT_TIMEOUT", "how many seconds AWS has to answer", ownPace},
	{"OCEAN__UPSERT_ENTITIES_BATCH_MAX_LENGTH", "how many entities are written in a call", ownPace},
	{"OCEAN__UPSERT_ENTITIES_BATCH_MAX_SIZE_IN_BYTES", "how large such a call may be", ownPace},
	{"OCEAN__DELETE_ENTITIES_MAX_BATCH_SIZE", "how many entities are deleted in a call", ownPace},
	{"OCEAN__YIELD_ITEMS_TO_PARSE_BATCH_SIZE", "how many elements of a list are mapped at a time", ownPace},
	{"OCEAN__PROCESS_IN_QUEUE_TIMEOUT", "how many seconds the mapping of a document may take", ownPace},
	{"OCEAN__PROCESS_IN_QUEUE_MAX_WORKERS", "how many documents are mapped at a time", ownPace},
	{"OCEAN__PROCESS_EXECUTION_MODE", "in how many processes mapping happens; Ocean itself ignores it now", ownMapping},
	{"OCEAN__PROCESSING_MODE", "whether Port or Ocean maps", ownMapping},
	{"OCEAN__LAKEHOUSE_ENABLED", "whether Port gets raw data", ownMapping},
	{"OCEAN__LAKEHOUSE_BUFFER_INTERVAL_SECONDS", "how often Port gets it", ownMapping},
	{"OCEAN__LAKEHOUSE_BUFFER_MAX_COUNT", "how much Port gets at a time", ownMapping},
	{"OCEAN__STATUS_HEARTBEAT_INTERVAL_SECONDS", "how often the process reports that it is alive", noServer},
	{"OCEAN__METRICS__*", "a webhook for metrics", "a run's figures are in its report"},
	{"OCEAN__PROBE_REPORTING_MODE", "where the result of a connection test goes", "portolan doctor tests the connection, and prints what it finds"},
	{"OCEAN__RUNTIME", "who hosts the process", "it is always OnPrem here"},
	{"OCEAN__BASE_URL", "the address of live events", noServer},
	{"OCEAN__LIVE_EVENTS__*", "the queue of live events", noServer},
	{"OCEAN__EVENTS_DEBUG_LOGGING", "log each live event", noServer},
	{"OCEAN__PATH_PREFIX", "the prefix of the paths at that address", noServer},
	{"OCEAN__ACTIONS_PROCESSOR__*", "actions of Port", noServer},
	{"OCEAN__CACHING_STORAGE_MODE", "where AWS's answers are cached", noCaching},
	{"OCEAN__SSL__*", "how certificates are verified", secureTLS},
	{"OCEAN__DISABLE_IP_OUTBOUND_BLOCKER", "whether addresses of private networks may be called", "there is no such blocker: Portolan calls only Port and AWS"},
	{"OCEAN__EVENT_WORKERS_COUNT", "how many live events are handled at a time", noServer},
	{"OCEAN__MAX_EVENT_PROCESSING_SECONDS", "how long a live event may take", noServer},
	{"OCEAN__MAX_WAIT_SECONDS_BEFORE_SHUTDOWN", "how long to wait for live events at the end", noServer},
	{"OCEAN__IDENTITY_PROPAGATION__*", "actions on behalf of a user", notServed},
	{"OCEAN__DATABASE__*", "the chart's database", notServed},
	{"OCEAN__STREAMING__*", "AWS's answers in a file", notServed},
	{"OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH", "a token of other integrations", notServed},
	{"APPLICATION__LOG_LEVEL", "the log's level", "the log's level is PORTOLAN_LOG_LEVEL"},
}

// IgnoredMarkdown returns the table of ignored settings as documentation shows it.
func IgnoredMarkdown() string {
	var b strings.Builder
	b.WriteString("| Variable | In Ocean | Ignored, because |\n|---|---|---|\n")
	for _, row := range ignored {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", row.name, row.meaning, row.why)
	}
	return b.String()
}

// whyIgnored returns the reason why the setting with this key is ignored.
func whyIgnored(k string) (string, bool) {
	for _, row := range ignored {
		below, tree := strings.CutSuffix(row.name, "__*")
		if k == key(below) || tree && strings.HasPrefix(k, key(below)+"/") {
			return row.why, true
		}
	}
	return "", false
}
