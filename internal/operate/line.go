package operate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// line makes a line of the log readable: the function's own JSON and Lambda's; anything else stays as
// it is. Times are in the reader's zone.
func line(message string, at time.Time) string {
	var members map[string]any
	if json.Unmarshal([]byte(message), &members) != nil || members == nil {
		return stamp(at) + " " + strings.TrimRight(message, "\r\n")
	}
	if logged, ok := members["time"].(string); ok {
		if parsed, err := time.Parse(time.RFC3339Nano, logged); err == nil {
			at = parsed
		}
	}
	level, text := "", ""
	switch {
	case members["_aws"] != nil:
		level, text = "METRIC", metrics(members)
	case members["type"] != nil && members["record"] != nil:
		record, _ := members["record"].(map[string]any)
		level, text = "LAMBDA", join(show(members["type"]), pairs("", record))
	default:
		level, text = show(members["level"]), join(show(members["msg"]), pairs("", without(members, "time", "level", "msg")))
	}
	return fmt.Sprintf("%s %-6s %s", stamp(at), level, text)
}

func stamp(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05") }

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " ")
}

// metrics returns the figures of a run that are not zero.
func metrics(members map[string]any) string {
	figures := without(members, "_aws", "level", "timestamp")
	maps.DeleteFunc(figures, func(_ string, value any) bool { return value == 0.0 })
	return pairs("", figures)
}

func without(members map[string]any, names ...string) map[string]any {
	rest := maps.Clone(members)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// pairs writes members as name=value, those within others as outer.inner=value.
func pairs(prefix string, members map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if inner, ok := members[name].(map[string]any); ok {
			parts = append(parts, pairs(prefix+name+".", inner))
			continue
		}
		parts = append(parts, prefix+name+"="+quoted(show(members[name])))
	}
	return join(parts...)
}

// show returns a value as JSON has it, a text without its quotes.
func show(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	if value == nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

func quoted(text string) string {
	if text == "" || strings.ContainsFunc(text, unicode.IsSpace) {
		return fmt.Sprintf("%q", text)
	}
	return text
}
