package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"portolan/internal/nearest"
	"portolan/internal/settings"
)

// given is a value and where it was set.
type given struct {
	value any
	where string // "context key" or "portolan.yaml:"
}

// Load reads the configuration from the CDK's context, and from the file that the key "config"
// names, by default portolan.yaml if it exists. Files are read from the given file system, the
// folder of cdk.json.
//
// The error joins one error for each key that is unknown, malformed or missing, or that contradicts
// another.
func Load(context map[string]any, files fs.FS) (*Config, error) {
	values, err := gather(context, files)
	if err != nil {
		return nil, err
	}
	c := &Config{Environment: map[string]string{}}
	var problems []error
	set := map[string]bool{}
	for _, row := range table {
		v, ok := values[row.Name]
		delete(values, row.Name)
		text, err := textOf(v.value)
		if err == nil {
			set[row.Name] = ok && text != ""
			if text == "" {
				text = row.Default
			}
			if text == "" {
				continue
			}
			err = row.take(c, text)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s holds %s; it should hold %w", v.where, row.Name, row.show(v.value), err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		problems = append(problems, fmt.Errorf("%s %s is not known%s", values[name].where, strconv.Quote(name), instead(name)))
	}
	if len(problems) == 0 {
		problems = c.settle(set)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return c, nil
}

// instead ends a sentence about an unknown key with the one that is meant, if there is one: the key
// for what the chart of the older aws integration calls so, or the nearest.
func instead(name string) string {
	if variable, how, ok := settings.Former(name); ok {
		at := slices.IndexFunc(table, func(row Key) bool { return row.Env == variable })
		return fmt.Sprintf(": Ocean's older aws integration has it; use %s instead: %s", table[at].Name, how)
	}
	return nearest.Hint(name, names())
}

// gather combines the context and the file.
func gather(context map[string]any, files fs.FS) (map[string]given, error) {
	path, named := context["config"].(string)
	if !named {
		path = defaultFile
	}
	values := map[string]given{}
	text, err := fs.ReadFile(files, path)
	switch {
	case err == nil:
		var members map[string]any
		if err := yaml.Unmarshal(text, &members); err != nil {
			return nil, fmt.Errorf("%s is not a YAML or JSON object: %s", path, yaml.FormatError(err, false, false))
		}
		for name, value := range members {
			values[name] = given{value, path + ":"}
		}
	case named || !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("context key config holds %q, which cannot be read: %w; "+
			"it should hold a file beside cdk.json or below", path, err)
	}
	for name, value := range context {
		if !foreign(name) {
			values[name] = given{value, "context key"}
		}
	}
	return values, nil
}

// foreign recognizes the keys that the CDK and its command line keep in the context: feature
// flags (@aws-cdk/…), options (aws:cdk:…), looked-up values (ami:account=…), and
// two of the command line's own.
func foreign(name string) bool {
	return strings.ContainsAny(name, ":/@") || name == "acknowledged-issue-numbers" || name == "cli-telemetry"
}

// textOf writes a value as it would be written on the command line: a list as JSON.
// Its error completes the sentence "it should hold …".
func textOf(value any) (string, error) {
	list, isList := value.([]any)
	if !isList {
		return scalar(value)
	}
	items := make([]string, len(list))
	for i, item := range list {
		text, err := scalar(item)
		if err != nil {
			return "", fmt.Errorf("a list of texts; item %d is none", i+1)
		}
		items[i] = text
	}
	if len(items) == 0 {
		return "", nil
	}
	text, err := json.Marshal(items)
	return string(text), err
}

func scalar(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool, int, int64, uint64:
		return fmt.Sprint(v), nil
	}
	return "", errors.New("a text, a number, true or false, or a list")
}

// show returns a value for an error, or says that it is not shown.
func (row Key) show(value any) string {
	text, err := textOf(value)
	if err != nil {
		return "an object"
	}
	return settings.Show(row.Env, text)
}

func names() []string {
	names := make([]string, len(table))
	for i, row := range table {
		names[i] = row.Name
	}
	return names
}
