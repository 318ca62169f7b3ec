package doctor_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"portolan/internal/diag"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
)

func TestQuota(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		quota doctor.Quota
		err   error
		level doctor.Level
		said  string
	}{
		"the usual":                {doctor.Quota{Concurrent: 1000, Free: 900, Wanted: 11}, nil, doctor.OK, "1,000 executions"},
		"just enough":              {doctor.Quota{Concurrent: 100, Free: 11, Wanted: 11}, nil, doctor.OK, "11 of them not reserved"},
		"a new account":            {doctor.Quota{Concurrent: 10, Free: 10, Wanted: 1}, nil, doctor.Note, ""},
		"too few for what is read": {doctor.Quota{Concurrent: 10, Free: 10, Wanted: 11}, nil, doctor.Warning, ""},
		"all are reserved":         {doctor.Quota{Concurrent: 1000, Free: 5, Wanted: 11}, nil, doctor.Warning, ""},
		"it cannot be read":        {doctor.Quota{}, errors.New("denied"), doctor.Unknown, "denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.deps.Quota = func(context.Context) (doctor.Quota, error) { return test.quota, test.err }
			checks := doctor.Examine(t.Context(), w.deps, invocation.Request{Kinds: []string{"AWS::Account::Info"}}).Checks
			at := slices.IndexFunc(checks, func(c *doctor.Check) bool { return c.Name == "quota" })
			if at < 0 || checks[at].Level != test.level || !strings.Contains(checks[at].Said, test.said) {
				t.Fatalf("checks %+v", checks)
			}
			found := len(checks[at].Diagnostics) == 1 && checks[at].Diagnostics[0].Code == diag.QuotaSmall
			if found != (test.level == doctor.Note || test.level == doctor.Warning) {
				t.Errorf("diagnostics %+v", checks[at].Diagnostics)
			}
		})
	}
}
