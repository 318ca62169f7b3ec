package operate_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
)

// TestStrangersControlNothing has the function, its log and AWS write what would act upon the
// operator's terminal.
func TestStrangersControlNothing(t *testing.T) {
	t.Parallel()
	const evil = "x\x1b[2J\u009b31m\x07\r\nFORGED\rFORGED\u2028FORGED\u202e\u200b\U000e0041"
	word, err := json.Marshal(evil + strings.Repeat("y", 200_000))
	if err != nil {
		t.Fatal(err)
	}
	text := string(word)
	report := `{"run":"r","status":"incomplete","reason":` + text + `,"accounts":[{"id":"1","name":` + text + `}]}`
	failed := func(request) reply {
		return reply{http.StatusOK, map[string]string{"X-Amz-Function-Error": "Unhandled"}, `{"errorMessage":` + text + `}`}
	}
	denied := func(request) reply {
		return reply{http.StatusForbidden, map[string]string{"X-Amzn-Errortype": "AccessDeniedException"}, `{"message":` + text + `}`}
	}
	logged := func(request) reply {
		return events("", event{"1", time.Now().UnixMilli(), evil}, event{"2", time.Now().UnixMilli(), `{"level":"WARN","msg":` + text + `,"name":` + text + `}`})
	}
	for name, said := range map[string]string{
		"a report":         functionCloud(t, func(request) reply { return ok(report) }).operate("", "invoke").text(),
		"a report as JSON": functionCloud(t, func(request) reply { return ok(report) }).operate("", "invoke", "--output", "json").text(),
		"no report":        functionCloud(t, func(request) reply { return ok(`{"a":` + text + `}`) }).operate("", "invoke").text(),
		"a failed run":     functionCloud(t, failed).operate("", "invoke").text(),
		"a refusal":        functionCloud(t, denied).operate("", "invoke").text(),
		"the log":          logCloud(t, logged).operate("", "logs", "--follow=false").text(),
	} {
		if !strings.Contains(said, "FORGED") {
			t.Errorf("%s: nothing is shown: %.300s", name, said)
		}
		for line := range strings.Lines(said) {
			at := strings.IndexFunc(line, func(r rune) bool {
				return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
			})
			if at >= 0 || strings.HasPrefix(line, "FORGED") || len(line) > 100_000 && name != "a report as JSON" {
				t.Errorf("%s: %d bytes, %.200q", name, len(line), line)
			}
		}
	}
}
