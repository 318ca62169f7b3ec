package port_test

import (
	"encoding/json"
	"strings"
	"testing"

	"portolan/internal/port"
)

func TestExamples(t *testing.T) {
	t.Parallel()
	large := map[string]any{"p": json.Number(strings.Repeat("1", 1<<20))}
	tests := map[string]struct {
		documents []map[string]any
		want      string
	}{
		"masked, however they come": {
			[]map[string]any{{"a": clientSecret, "password": "p"}, {"b": clientID, "c": "of-the-settings"}},
			`{"examples":[{"a":"[REDACTED]","password":"[REDACTED]"},{"b":"[REDACTED]","c":"[REDACTED]"}]}`,
		},
		"one is too large": {[]map[string]any{large, {"a": 1}}, `{"examples":[{"a":1}]}`},
		"none is left":     {[]map[string]any{large}, ""},
		"none":             {nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{}
			c := client(t, s, func(o *port.Options) { o.Secrets = []string{"of-the-settings"} })
			if _, err := c.Integration(t.Context()); err != nil { // learns the credentials
				t.Fatal(err)
			}
			if err := c.SendExamples(t.Context(), "AWS::S3::Bucket", test.documents); err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(s.calls) > 1 {
				got = s.calls[1].Body
			}
			if got != test.want {
				t.Errorf("sent %.200s, want %s", got, test.want)
			}
		})
	}
}
