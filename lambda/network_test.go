package main

import (
	"strings"
	"testing"
	"time"
)

// TestProxyThatIsNone sets a proxy that Go would take for none, so that names were looked up
// and hosts were called directly.
func TestProxyThatIsNone(t *testing.T) {
	t.Parallel()
	aws, port, env := simulated(t)
	env = append(env, "HTTPS_PROXY=http://user:hunter2@proxy.example.com:none")
	const says = "HTTPS_PROXY holds no address of a proxy (the value is not shown)"
	for _, args := range [][]string{{"resync"}, {"plan"}, {"doctor"}, {"run"}, {"uninstall", "--entities"}} {
		p := launch(t, env, args...)
		code := p.ends(time.Minute)
		if said := p.out.String(); code != exitUsage || strings.Count(said, says) != 1 || !strings.Contains(said, "PTL-101") || strings.Contains(said, "hunter2") {
			t.Errorf("%v: exit code %d: %s", args, code, said)
		}
	}
	var log output
	result, _ := invoke(t, function(t, env, &log, time.Minute), "{}")
	if said := string(result.Payload) + log.String(); result.FunctionError == "" || !strings.Contains(said, says) || strings.Contains(said, "hunter2") {
		t.Errorf("the function: %q %s", result.FunctionError, said)
	}
	if len(aws.Calls())+len(port.Requests()) > 0 {
		t.Errorf("called: %v %v", aws.Calls(), port.Requests())
	}
}
