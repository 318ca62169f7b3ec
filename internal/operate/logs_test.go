package operate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"portolan/internal/operate"
)

type event struct {
	ID      string `json:"eventId"`
	At      int64  `json:"timestamp"`
	Message string `json:"message"`
}

func events(next string, all ...event) reply {
	text, err := json.Marshal(map[string]any{"events": all, "nextToken": next, "searchedLogStreams": []any{}})
	if err != nil {
		panic(err)
	}
	if next == "" {
		text = []byte(strings.Replace(string(text), `"nextToken":"",`, "", 1))
	}
	return ok(string(text))
}

func logCloud(t *testing.T, answer func(request) reply) *cloud {
	return newCloud(t, map[string]func(request) reply{"cloudformation:DescribeStacks": installed(), "logs:FilterLogEvents": answer})
}

func TestLogs(t *testing.T) {
	t.Parallel()
	now := time.Now().UnixMilli()
	c := logCloud(t, func(r request) reply {
		if r.JSON["logGroupName"] != logGroup {
			t.Errorf("asked for %v", r.JSON)
		}
		since := time.Duration(float64(now)-r.JSON["startTime"].(float64)) * time.Millisecond
		if since < 119*time.Minute || since > 121*time.Minute {
			t.Errorf("asked from %s ago", since)
		}
		if r.JSON["nextToken"] == nil {
			return events("more", event{"1", now - 5000, "plain text\n"})
		}
		return events("", event{"2", now - 4000, `{"time":"2026-01-02T03:04:05Z","level":"WARN","msg":"deletes withheld","entities":7,"reason":"a hold"}`})
	})
	c.operate("", "logs", "--since", "2h", "--follow=false").says(t, 0, "plain text\n", `WARN   deletes withheld entities=7 reason="a hold"`)
}

// TestLogsGoOn has lines come late, and twice.
func TestLogsGoOn(t *testing.T) {
	t.Parallel()
	now := time.Now().UnixMilli()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	asked := 0
	c := logCloud(t, func(r request) reply {
		asked++
		switch asked {
		case 1:
			return events("", event{"a", now - 60_000, "first"}, event{"b", now, "second"})
		case 2:
			if from := int64(r.JSON["startTime"].(float64)); from != now-30_000 {
				t.Errorf("asked from %d ms before the newest line", now-from)
			}
			return events("", event{"b", now, "second"}, event{"late", now - 10_000, "third, and late"})
		default:
			stop()
			return events("", event{"late", now - 10_000, "third, and late"}, event{"b", now, "second"})
		}
	})
	program := &operate.Program{}
	program.Hurry()
	got := c.run(ctx, program, []string{"logs"})
	got.says(t, 0)
	var lines []string
	for text := range strings.Lines(got.out) {
		lines = append(lines, strings.TrimSpace(text[len("2026-01-02 15:04:05"):]))
	}
	if want := "[first second third, and late]"; fmt.Sprint(lines) != want {
		t.Errorf("%v, want %s", lines, want)
	}
}

func TestLogsThatAWSRefuses(t *testing.T) {
	t.Parallel()
	for says, answer := range map[string]func(request) reply{
		"the log group " + logGroup + " does not exist; it comes with the first run": jsonError("ResourceNotFoundException", "The specified log group does not exist."),
		"allow logs:FilterLogEvents to the identity":                                 jsonError("AccessDeniedException", "no"),
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			logCloud(t, answer).operate("", "logs").says(t, 1, says)
		})
	}
}

func TestLogsWithWrongWords(t *testing.T) {
	t.Parallel()
	newCloud(t, nil).operate("", "logs", "--since", "-1h").says(t, 2, "--since is -1h0m0s")
	newCloud(t, nil).operate("", "logs", "--since", "yesterday").says(t, 2, "yesterday")
}
