package settings

import (
	"regexp"
	"strings"
)

// usual are the values that Port's Helm chart (port-ocean 0.21) gives to settings that
// are ignored here, whether anybody asked for them or not; a "*" stands for the rest.
// Nobody needs to hear that they are ignored.
var usual = map[string]string{
	"OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS": "true",
	"OCEAN__EVENT_LISTENER__BROKERS":               "b-1-public.publicclusterprod.*",
	"OCEAN__EVENTS_DEBUG_LOGGING":                  "false",
	"OCEAN__LAKEHOUSE_ENABLED":                     "true",
	"OCEAN__PROCESSING_MODE":                       "dsp",
	"OCEAN__PROCESS_EXECUTION_MODE":                "single_process",
	"OCEAN__RUNTIME":                               "OnPrem",
	"OCEAN__PORT__INGEST_URL":                      "https://ingest.*",
}

// isUsual says whether nobody needs to hear that the setting with this key and value
// is ignored: the chart sets it so, or it switches off what there is not.
func isUsual(k, text string) bool {
	if strings.EqualFold(text, "false") && strings.HasSuffix(k, "enabled") {
		return true
	}
	for name, value := range usual {
		if key(name) == k {
			start, open := strings.CutSuffix(value, "*")
			return strings.EqualFold(value, text) || open && strings.HasPrefix(text, start)
		}
	}
	return false
}

// serviceLink matches the variables by which Kubernetes tells a container of the
// services beside it. A service that is called portolan has some that look like settings.
// https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
var serviceLink = regexp.MustCompile(`^PORTOLAN_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)
