package kinds

import (
	"slices"
	"time"

	"portolan/internal/aws/kind"
)

// How long answers are believed that cannot change. AWS promises it in words only for task
// definitions, so even these are asked for again at some time. A day is for what the proof does not
// cover whole.
const (
	aDay  = 24 * time.Hour
	aWeek = 7 * aDay
)

// past says whether a property is a time that was some time ago.
func past(properties kind.Object, name string, now time.Time, ago time.Duration) bool {
	text, _ := properties[name].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && at.Add(ago).Before(now)
}

// oneOf says whether a property is one of these texts.
func oneOf(properties kind.Object, name string, texts ...string) bool {
	text, _ := properties[name].(string)
	return slices.Contains(texts, text)
}

// always is for what has another name, version or time in the listing as soon as it changes.
func always(*kind.Resource, time.Time) bool { return true }
