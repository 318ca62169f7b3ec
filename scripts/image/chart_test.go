package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/settings"
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

// flags returns the values of a repeated flag.
func flags(args []string, flag string) []string {
	var values []string
	for i, arg := range args {
		if arg == flag && i+1 < len(args) {
			values = append(values, args[i+1])
		}
	}
	return values
}

// chartDefaults are the values of the chart port-ocean 0.21 that reach a container's
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
		"liveEvents":                        map[string]any{"baseUrl": ""},
		"podServiceAccount":                 map[string]any{},
		"integration": map[string]any{
			"config": map[string]any{}, "secrets": map[string]any{}, "identifier": "default-identifier",
			"eventListener": map[string]any{"type": "KAFKA", "brokers": "b-1-public.publicclusterprod.t9rw6w.c1.kafka.eu-west-1.amazonaws.com:9196"},
		},
	}
}

// rendered is a variable that the chart writes for a container.
type rendered struct {
	name      string
	value     string // the path of the chart's value, or "=" and a constant
	always    bool   // with the default values too
	workloads []string
	other     string // some value that somebody may set; "" if none can be
}

// workloads are the kinds of workload that the chart has.
var workloads = []string{"Deployment", "StatefulSet", "CronJob"}

// chartVariables reads testdata/chart.tsv, which was taken from the templates of the chart
// port-ocean 0.21: every variable that one of its workloads sets in the container. For a
// newer chart, compare the table with what `helm template` renders for each value.
func chartVariables() ([]rendered, error) {
	table, err := os.ReadFile("testdata/chart.tsv")
	if err != nil {
		return nil, err
	}
	var all []rendered
	for line := range strings.Lines(string(table)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) != 5 {
			return nil, fmt.Errorf("the chart's table has a line of %d cells: %s", len(cells), line)
		}
		all = append(all, rendered{cells[0], cells[1], cells[2] == "always", strings.Split(cells[3], ","), cells[4]})
	}
	return all, nil
}

// lookUp returns the value at a path, nil if there is none.
func lookUp(values map[string]any, path string) any {
	var value any = values
	for step := range strings.SplitSeq(path, ".") {
		within, _ := value.(map[string]any)
		value = within[step]
	}
	return value
}

// set sets a value as Helm 3.22 does for the forms that docs/containers.md has: at a path of
// keys, JSON with --set-json, otherwise a list in braces or a text in which a comma needs a
// backslash. https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set
func set(values map[string]any, assignment string, isJSON bool) error {
	path, text, _ := strings.Cut(assignment, "=")
	var value any
	if list, ok := strings.CutPrefix(text, "{"); isJSON {
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return err
		}
	} else if ok {
		value = strings.Split(strings.TrimSuffix(list, "}"), ",")
	} else {
		parts := strings.Split(strings.ReplaceAll(text, `\,`, "\n"), ",")
		if len(parts) > 1 {
			return fmt.Errorf("key %s has no value", parts[1])
		}
		value = strings.ReplaceAll(parts[0], "\n", ",")
	}
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		inner, ok := values[key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			values[key] = inner
		}
		values = inner
	}
	values[keys[len(keys)-1]] = value
	return nil
}

// helm returns the environment that `helm upgrade` makes of its flags, through the
// chart's ConfigMap, Secret and workload, and whether a service account is named.
func helm(args []string) (environ []string, account bool, err error) {
	values := chartDefaults()
	for _, flag := range []string{"--set", "--set-json"} {
		for _, assignment := range flags(args, flag) {
			if err := set(values, assignment, flag == "--set-json"); err != nil {
				return nil, false, err
			}
		}
	}
	variables, err := chartVariables()
	if err != nil {
		return nil, false, err
	}
	add := func(name string, value any) { environ = append(environ, name+"="+text(value)) }
	for _, v := range variables {
		value := lookUp(values, v.value)
		if fixed, ok := strings.CutPrefix(v.value, "="); ok {
			value = fixed
		}
		set := value != nil && value != ""
		if slices.Contains(v.workloads, lookUp(values, "workload.kind").(string)) && (set || v.always) {
			add(v.name, value)
		}
	}
	for _, part := range []string{"config", "secrets"} {
		for name, value := range lookUp(values, "integration."+part).(map[string]any) {
			add("OCEAN__INTEGRATION__CONFIG__"+snake(name), value)
		}
	}
	slices.Sort(environ)
	return environ, lookUp(values, "podServiceAccount.name") != nil, nil
}

// text is a value as the chart writes it: lists and objects as JSON.
func text(value any) string {
	switch value.(type) {
	case []any, []string, map[string]any:
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
		t.Error("a comma without a backslash is taken; Helm refuses it, as docs/containers.md says")
	}
}

// bare is the chart with its default values, except those that must be set.
const bare = `helm upgrade --install aws-v3 port-labs/port-ocean
  --set port.clientId="$PORT_CLIENT_ID"
  --set port.clientSecret="$PORT_CLIENT_SECRET"
  --set integration.type="aws-v3"
  --set integration.identifier="my-aws-v3"
  --set integration.secrets.awsAccessKeyId="$AWS_ACCESS_KEY_ID"
  --set integration.secrets.awsSecretAccessKey="$AWS_SECRET_ACCESS_KEY"`

// bareOf returns the environment of bare in a workload, with more flags.
func bareOf(t *testing.T, workload string, more ...string) []string {
	t.Helper()
	args := append(parse(t, bare), "--set", "workload.kind="+workload)
	environ, _, err := helm(append(args, more...))
	if err != nil {
		t.Fatal(err)
	}
	return environ
}

// TestDefaultValuesOfTheChart loads the default environment of each workload of the chart:
// there are no warnings.
func TestDefaultValuesOfTheChart(t *testing.T) {
	t.Parallel()
	for _, workload := range workloads {
		got, err := settings.Load(bareOf(t, workload))
		listener, replaced := "POLLING", "KAFKA"
		if workload == "CronJob" {
			listener, replaced = "ONCE", ""
		}
		if err != nil || len(got.Warnings) > 0 || got.Schedule.Listener != listener || got.Schedule.Replaced != replaced || got.Port.ClientSecret == "" || got.AWS.SecretAccessKey == "" {
			t.Errorf("%s: %+v, %v", workload, got, err)
		}
	}
}

// TestValuesOfTheChart sets each value that the chart renders, in each of its workloads:
// the variable is used, or ignored with one message that names it, and never unknown.
func TestValuesOfTheChart(t *testing.T) {
	t.Parallel()
	variables, err := chartVariables()
	if err != nil {
		t.Fatal(err)
	}
	for _, workload := range workloads {
		plain, err := settings.Load(bareOf(t, workload))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range variables {
			if v.other == "" || !slices.Contains(v.workloads, workload) {
				continue
			}
			flag, value := "--set", v.value+"="+v.other
			if strings.HasPrefix(v.other, "{") {
				flag = "--set-json"
			}
			environ := bareOf(t, workload, flag, value)
			if !slices.ContainsFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, v.name+"=") }) {
				t.Errorf("%s: %s renders no %s", workload, v.value, v.name)
			}
			got, err := settings.Load(environ)
			if err != nil {
				t.Errorf("%s: %s: %v", workload, value, err)
				continue
			}
			ignored := slices.ContainsFunc(got.Warnings, func(warning string) bool {
				return strings.HasPrefix(warning, v.name) && strings.Contains(warning, " is ignored: ")
			})
			got.Warnings = nil
			taken := !cmp.Equal(plain, got)
			off := v.other == "false" && strings.HasSuffix(v.name, "ENABLED") // what there is not
			if strings.HasPrefix(v.name, "OCEAN__") && !taken && !ignored && !off {
				t.Errorf("%s: %s=%s has no effect, and no message says so", workload, v.name, v.other)
			}
		}
	}
}

// TestOtherWorkersOfTheChart loads the listeners of the chart's other Deployments, which
// must not resync in addition to the first.
func TestOtherWorkersOfTheChart(t *testing.T) {
	t.Parallel()
	for _, listener := range []string{"WEBHOOKS_ONLY", "ACTIONS_ONLY"} {
		environ := append(bareOf(t, "CronJob"), `OCEAN__EVENT_LISTENER={"type":"`+listener+`"}`)
		environ = slices.DeleteFunc(environ, func(pair string) bool { return pair == `OCEAN__EVENT_LISTENER={"type":"ONCE"}` })
		if _, err := settings.Load(environ); err == nil || !strings.Contains(err.Error(), "switch it off (the chart's liveEvents.worker.enabled") {
			t.Errorf("%s: %v", listener, err)
		}
	}
}
