package settings

import "strings"

// Why a setting of Ocean is ignored.
const (
	noServer    = "there are no live events and no actions here"
	noCaching   = "everything is read anew in each run"
	ownPace     = "batches, timeouts and parallelism follow Port's and AWS's limits by themselves"
	ownMapping  = "mapping always happens here, in one process"
	ownDefaults = "the default blueprints and mapping are part of the program"
	noIncrement = "every resync is a full one"
	notServed   = "it belongs to a part of Ocean that has no counterpart here"
	secureTLS   = "certificates are always verified; add your authority with SSL_CERT_FILE"
	ownOrder    = "the AWS SDK's default chain finds the credentials, static ones first if they are set"
	ownListener = "it belongs to listeners other than ONCE and POLLING"
)

// ignored are the settings of Ocean that an installation may carry and that
// have no meaning here, with the reason. A name that ends in __* stands for
// everything below it.
var ignored = []struct{ name, why string }{
	{"OCEAN__PORT__INGEST_URL", ownMapping},
	{"OCEAN__PORT__LIFECYCLE_URL", ownMapping},
	{"OCEAN__PORT__APP_URL", notServed},
	{"OCEAN__PORT__PORT_APP_CONFIG_CACHE_TTL", noCaching},
	{"OCEAN__PORT__FEATURE_FLAGS_CACHE_TTL_SECONDS", noCaching},
	{"OCEAN__PORT__BLUEPRINT_CACHE_TTL_SECONDS", noCaching},
	{"OCEAN__INTEGRATION__VERSION", "the version is the program's own"},
	{"OCEAN__INTEGRATION__SKIP_CHECK_DIFF", "the integration in Port is changed only where it differs"},
	{"OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED", noIncrement},
	{"OCEAN__INTEGRATION__INCREMENTAL_SYNC_INTERVAL", noIncrement},
	{config + "CREDENTIAL_PROVIDER_PRIORITY", ownOrder},
	{config + "LIVE_EVENTS_API_KEY", noServer},
	{config + "IDENTITY_OAUTH_CLIENT_SECRET", notServed},
	{"OCEAN__EVENT_LISTENER__RESYNC_INTERVAL", ownListener},
	{"OCEAN__EVENT_LISTENER__BROKERS", ownListener},
	{"OCEAN__EVENT_LISTENER__SECURITY_PROTOCOL", ownListener},
	{"OCEAN__EVENT_LISTENER__AUTHENTICATION_MECHANISM", ownListener},
	{"OCEAN__EVENT_LISTENER__KAFKA_SECURITY_ENABLED", ownListener},
	{"OCEAN__EVENT_LISTENER__CONSUMER_POLL_TIMEOUT", ownListener},
	{"OCEAN__EVENT_LISTENER__APP_HOST", ownListener},
	{"OCEAN__EVENT_LISTENER__SHOULD_RESYNC", ownListener},
	{"OCEAN__EVENT_LISTENER__SHOULD_PROCESS_WEBHOOKS", ownListener},
	{"OCEAN__EVENT_LISTENER__SHOULD_RUN_ACTIONS", ownListener},
	{"OCEAN__RESOURCES_PATH", ownDefaults},
	{"OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS", "a mapping never sees the environment"},
	{"OCEAN__CLIENT_TIMEOUT", ownPace},
	{"OCEAN__UPSERT_ENTITIES_BATCH_MAX_LENGTH", ownPace},
	{"OCEAN__UPSERT_ENTITIES_BATCH_MAX_SIZE_IN_BYTES", ownPace},
	{"OCEAN__DELETE_ENTITIES_MAX_BATCH_SIZE", ownPace},
	{"OCEAN__YIELD_ITEMS_TO_PARSE_BATCH_SIZE", ownPace},
	{"OCEAN__PROCESS_IN_QUEUE_TIMEOUT", ownPace},
	{"OCEAN__PROCESS_IN_QUEUE_MAX_WORKERS", ownPace},
	{"OCEAN__PROCESS_EXECUTION_MODE", ownMapping},
	{"OCEAN__PROCESSING_MODE", ownMapping},
	{"OCEAN__LAKEHOUSE_ENABLED", ownMapping},
	{"OCEAN__LAKEHOUSE_BUFFER_INTERVAL_SECONDS", ownMapping},
	{"OCEAN__LAKEHOUSE_BUFFER_MAX_COUNT", ownMapping},
	{"OCEAN__STATUS_HEARTBEAT_INTERVAL_SECONDS", noServer},
	{"OCEAN__METRICS__*", "a run's figures are in its report"},
	{"OCEAN__RUNTIME", "it is always OnPrem here"},
	{"OCEAN__BASE_URL", noServer},
	{"OCEAN__LIVE_EVENTS__*", noServer},
	{"OCEAN__PATH_PREFIX", noServer},
	{"OCEAN__ACTIONS_PROCESSOR__*", noServer},
	{"OCEAN__CACHING_STORAGE_MODE", noCaching},
	{"OCEAN__SSL__*", secureTLS},
	{"OCEAN__EVENT_WORKERS_COUNT", noServer},
	{"OCEAN__MAX_EVENT_PROCESSING_SECONDS", noServer},
	{"OCEAN__MAX_WAIT_SECONDS_BEFORE_SHUTDOWN", noServer},
	{"OCEAN__IDENTITY_PROPAGATION__*", notServed},
	{"OCEAN__DATABASE__*", notServed},
	{"OCEAN__STREAMING__*", notServed},
	{"OCEAN__OAUTH_ACCESS_TOKEN_FILE_PATH", notServed},
	{"APPLICATION__LOG_LEVEL", "the log's level is PORTOLAN_LOG_LEVEL"},
}

// whyIgnored gives the reason for which the setting with this key is ignored.
func whyIgnored(k string) (string, bool) {
	for _, row := range ignored {
		below, tree := strings.CutSuffix(row.name, "__*")
		if k == key(below) || tree && strings.HasPrefix(k, key(below)+"/") {
			return row.why, true
		}
	}
	return "", false
}
