package settings

import (
	"regexp"
	"strings"
)

// usual are the default values in Port's Helm chart (port-ocean 0.21) of settings that are ignored
// here; a "*" stands for the rest. Ignoring them needs no warning.
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

// isUsual says whether ignoring the setting with this key and value needs no warning: it is the
// chart's default, or it switches off something that does not exist here.
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
