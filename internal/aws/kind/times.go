package kind

import (
	"encoding/json"
	"math"
	"time"
)

// timestamp formats a time as documents have it: ISO 8601 in UTC, with six digits of
// fraction if there is one.
func timestamp(t time.Time) string {
	t = t.UTC().Round(time.Microsecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000000Z")
}

func timeText(value any) any {
	switch value := value.(type) {
	case json.Number:
		seconds, err := value.Float64()
		if err != nil {
			return value
		}
		whole, fraction := math.Modf(seconds)
		return timestamp(time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1e3))
	case string:
		for _, layout := range []string{time.RFC3339Nano, time.RFC1123} {
			if t, err := time.Parse(layout, value); err == nil {
				return timestamp(t)
			}
		}
	}
	return value
}
