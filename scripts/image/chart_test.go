package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/strvals"
)

// words splits a command as a shell does: quotes, escapes, and $NAME outside of single
// quotes.
func words(command string, variables map[string]string) ([]string, error) {
	var all []string
	var word strings.Builder
	began := false
	var quote rune
	escaped := false
	command = expand(strings.ReplaceAll(command, "\\\n", " "), variables)
	for _, c := range command {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped = true
		case quote == 0 && (c == '"' || c == '\''):
			quote, began = c, true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == ' ' || c == '\n'):
			if began {
				all = append(all, word.String())
			}
			word.Reset()
			began = false
		default:
			word.WriteRune(c)
			began = true
		}
	}
	if quote != 0 || escaped {
		return nil, fmt.Errorf("the command does not end: %s", command)
	}
	if began {
		all = append(all, word.String())
	}
	return all, nil
}

var variable = regexp.MustCompile(`\$\w+`)

func expand(text string, variables map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string { return variables[name[1:]] })
}

// flags gives the values of a repeated flag.
func flags(args []string, flag string) []string {
	var values []string
	for i, arg := range args {
		if arg == flag && i+1 < len(args) {
			values = append(values, args[i+1])
		}
	}
	return values
}

// chartDefaults are those values of the chart port-ocean 0.21 that reach a container's
// environment.
func chartDefaults() map[string]any {
	return map[string]any{
		"port":                              map[string]any{"baseUrl": "https://api.getport.io", "ingestUrl": "https://ingest.getport.io", "appUrl": ""},
		"workload":                          map[string]any{"kind": "Deployment"},
		"initializePortResources":           true,
		"sendRawDataExamples":               true,
		"allowEnvironmentVariablesJqAccess": true,
		"processingMode":                    "dsp",
		"lakehouseEnabled":                  true,
		"streamingEnabled":                  false,
		"actionsProcessor":                  map[string]any{"enabled": false},
		"incrementalSync":                   map[string]any{"enabled": false},
		"podServiceAccount":                 map[string]any{},
		"integration": map[string]any{
			"config": map[string]any{}, "secrets": map[string]any{},
			"eventListener": map[string]any{"type": "KAFKA", "brokers": "b-1-public.publicclusterprod.t9rw6w.c1.kafka.eu-west-1.amazonaws.com:9196"},
		},
	}
}

// helm gives the environment that `helm upgrade` makes of its flags by way of the
// chart's ConfigMap, Secret and Deployment or CronJob, and whether a service account is
// named.
func helm(args []string) (environ []string, account bool, err error) {
	values := chartDefaults()
	for _, set := range flags(args, "--set") {
		if err := strvals.ParseInto(set, values); err != nil {
			return nil, false, err
		}
	}
	for _, set := range flags(args, "--set-json") {
		if err := strvals.ParseJSON(set, values); err != nil {
			return nil, false, err
		}
	}
	at := func(path string) any {
		var value any = values
		for step := range strings.SplitSeq(path, ".") {
			value = value.(map[string]any)[step]
		}
		return value
	}
	add := func(name string, value any) { environ = append(environ, name+"="+text(value)) }
	cron := at("workload.kind") == "CronJob"
	listener := at("integration.eventListener")
	if cron {
		listener = map[string]any{"type": "ONCE"}
	}
	add("OCEAN__PORT__BASE_URL", at("port.baseUrl"))
	add("OCEAN__INITIALIZE_PORT_RESOURCES", at("initializePortResources"))
	add("OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS", at("allowEnvironmentVariablesJqAccess"))
	if interval := values["scheduledResyncInterval"]; interval != nil && !cron {
		add("OCEAN__SCHEDULED_RESYNC_INTERVAL", interval)
	}
	add("OCEAN__SEND_RAW_DATA_EXAMPLES", at("sendRawDataExamples"))
	add("OCEAN__EVENT_LISTENER", listener)
	add("OCEAN__INTEGRATION__IDENTIFIER", at("integration.identifier"))
	for _, part := range []string{"config", "secrets"} {
		for name, value := range at("integration." + part).(map[string]any) {
			add("OCEAN__INTEGRATION__CONFIG__"+snake(name), value)
		}
	}
	add("OCEAN__LAKEHOUSE_ENABLED", at("lakehouseEnabled"))
	add("OCEAN__PROCESSING_MODE", at("processingMode"))
	add("OCEAN__PROCESS_EXECUTION_MODE", "single_process")
	add("OCEAN__STREAMING__ENABLED", at("streamingEnabled"))
	add("OCEAN__ACTIONS_PROCESSOR__ENABLED", at("actionsProcessor.enabled"))
	add("OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED", at("incrementalSync.enabled"))
	add("OCEAN__PORT__CLIENT_ID", at("port.clientId"))
	add("OCEAN__PORT__CLIENT_SECRET", at("port.clientSecret"))
	slices.Sort(environ)
	return environ, at("podServiceAccount.name") != nil, nil
}

// text is a value as the chart writes it: lists and objects as JSON.
func text(value any) string {
	switch value.(type) {
	case []any, map[string]any:
		written, err := json.Marshal(value)
		if err != nil {
			panic(err) // values of Helm are JSON
		}
		return string(written)
	}
	return fmt.Sprint(value)
}

var hump = regexp.MustCompile(`([a-z0-9])([A-Z])`)

func snake(name string) string { return strings.ToUpper(hump.ReplaceAllString(name, "${1}_${2}")) }

func TestHelmCommas(t *testing.T) {
	t.Parallel()
	const one, two = "arn:aws:iam::111111111111:role/AWSIntegrationRole", "arn:aws:iam::222222222222:role/AWSIntegrationRole"
	want := `OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARNS=["` + one + `","` + two + `"]`
	for name, args := range map[string][]string{
		"escaped":     {"--set", `integration.config.accountRoleArns=["` + one + `"\,"` + two + `"]`},
		"Helm's list": {"--set", `integration.config.accountRoleArns={` + one + `,` + two + `}`},
		"JSON":        {"--set-json", `integration.config.accountRoleArns=["` + one + `","` + two + `"]`},
	} {
		if environ, _, err := helm(append(args, "--set", "integration.identifier=x")); err != nil || !slices.Contains(environ, want) {
			t.Errorf("%s: %q, %v", name, environ, err)
		}
	}
	if _, _, err := helm([]string{"--set", `integration.config.accountRoleArns=["` + one + `","` + two + `"]`}); err == nil {
		t.Error("Helm takes commas as they are by now; docs/containers.md says that it does not")
	}
}
