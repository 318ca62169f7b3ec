//go:build unix

package main

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"
)

// visitor is the environment of somebody who tries the program: the credentials of AWS, and every
// folder that a program may write to by itself. Whoever is called beside loopback goes through its proxy.
type visitor struct {
	env     []string
	folders []string
	mu      sync.Mutex
	strange []string // hosts for which the proxy was asked
}

func newVisitor(t *testing.T, env []string) *visitor {
	t.Helper()
	s := &visitor{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.strange = append(s.strange, r.Host)
		s.mu.Unlock()
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(proxy.Close)
	for _, variable := range env {
		if strings.HasPrefix(variable, "AWS_") || strings.HasPrefix(variable, "PORTOLAN_REGIONS=") {
			s.env = append(s.env, variable)
		}
	}
	for _, name := range []string{"TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "PORTOLAN_STATE"} {
		folder := t.TempDir()
		s.folders = append(s.folders, folder)
		s.env = append(s.env, name+"="+folder)
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		s.env = append(s.env, name+"="+proxy.URL)
	}
	return s
}

// called returns the hosts other than loopback that were called.
func (s *visitor) called() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.strange)
}

// launch starts the program in a folder of its own.
func (s *visitor) launch(t *testing.T, args ...string) *process {
	t.Helper()
	home := t.TempDir()
	s.folders = append(s.folders, home)
	return launchIn(t, home, append(slices.Clone(s.env), "HOME="+home), args...)
}

// wrote returns the files that are in any of the folders.
func (s *visitor) wrote(t *testing.T) (files []string) {
	t.Helper()
	for _, folder := range s.folders {
		if err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && path != folder {
				files = append(files, path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

var addressOfPage = regexp.MustCompile(`catalog +(http://127\.0\.0\.1:\d+/)\n`)

// address waits for the page.
func (p *process) address() string {
	p.t.Helper()
	var found []string
	p.until("the address of the page", func() bool {
		found = addressOfPage.FindStringSubmatch(p.out.String())
		return found != nil
	})
	return found[1]
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", url, r.StatusCode, err, body)
	}
	return string(body)
}

// TestTry shows an account to somebody who has credentials of AWS and nothing else. It calls AWS and
// nobody else, though Port is set up for the second, and writes no file.
func TestTry(t *testing.T) {
	t.Parallel()
	aws, port, env := simulated(t)
	for name, more := range map[string][]string{
		"AWS only": nil, "Port is set up": slices.DeleteFunc(slices.Clone(env), func(v string) bool {
			return !strings.HasPrefix(v, "OCEAN__PORT") && !strings.HasPrefix(v, "PORT_") && !strings.Contains(v, "IDENTIFIER")
		}),
	} {
		s := newVisitor(t, env)
		s.env = append(s.env, more...)
		p := s.launch(t, "try", "--no-browser", "--kinds", "quick AWS::IAM::Role")
		url := p.address()
		var found struct {
			Entities []struct{ Blueprint, Identifier string }
		}
		if err := json.Unmarshal([]byte(fetch(t, url+"api/entities?q=orders")), &found); err != nil || len(found.Entities) != 1 || found.Entities[0].Blueprint != "sqsQueue" {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		if text := fetch(t, url); !strings.Contains(text, "ui/page.js") {
			t.Errorf("%s: %s", name, text)
		}
		if text := fetch(t, url+"report"); !strings.Contains(text, "all-in-one") || !strings.Contains(text, "completed") {
			t.Errorf("%s: the report lacks the account: %.2000s", name, text)
		}
		said := p.out.String()
		for _, want := range []string{"all-in-one (" + accountID + "): ", "Ctrl-C", "portolan plan", url + "report"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, said)
			}
		}
		p.signal(syscall.SIGINT)
		if code := p.ends(time.Minute); code != exitDone {
			t.Errorf("%s: exit code %d:\n%s", name, code, &p.out)
		}
		if files, hosts := s.wrote(t), s.called(); len(files)+len(hosts) > 0 {
			t.Errorf("%s: wrote %v, called %v", name, files, hosts)
		}
	}
	if n := len(port.Requests()); n > 0 {
		t.Errorf("Port was called %d times", n)
	}
	for _, call := range aws.Calls() {
		if !regexp.MustCompile(`^(Get|List|Describe|BatchGet|Search)`).MatchString(call.Operation) {
			t.Errorf("%s %s does more than read", call.Service, call.Operation)
		}
	}
}

// TestTryCallsOnlyAWS leaves out where AWS is, so that the names of its hosts are what is called.
func TestTryCallsOnlyAWS(t *testing.T) {
	t.Parallel()
	_, _, env := simulated(t)
	s := newVisitor(t, slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "AWS_ENDPOINT_URL=") }))
	p := s.launch(t, "try", "--no-browser", "--timeout", "3s")
	if code := p.ends(time.Minute); code != exitFailed {
		t.Errorf("exit code %d:\n%s", code, &p.out)
	}
	hosts := s.called()
	if len(hosts) == 0 {
		t.Error("nobody was called")
	}
	for _, host := range hosts {
		if !regexp.MustCompile(`^[a-z0-9.-]+\.(amazonaws\.com|api\.aws)(:443)?$`).MatchString(host) {
			t.Errorf("%s was called", host)
		}
	}
	if files := s.wrote(t); len(files) > 0 {
		t.Errorf("wrote %v", files)
	}
}

// TestTryWithFaults has credentials that expire, regions that are not known, and a service that hangs.
func TestTryWithFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []awssim.Fault
		args   []string
		says   []string
		code   int // of a page that is served until a signal comes; exitFailed is without a page
	}{
		"expired": {[]awssim.Fault{{Service: "sts", Times: -1, Effect: awssim.Expire}}, nil, []string{"PTL-303", "ExpiredToken"}, exitFailed},
		"no regions": {
			[]awssim.Fault{{Service: "account", Operation: "ListRegions", Times: -1, Effect: awssim.Deny}, {Service: "ec2", Operation: "DescribeRegions", Times: -1, Effect: awssim.Deny}},
			nil, []string{"Not everything was read", "account:ListRegions", "ec2:DescribeRegions"}, exitIncomplete,
		},
		"too slow": {[]awssim.Fault{{Service: "sqs", Times: -1, Effect: awssim.Hang}}, []string{"--timeout", "3s"}, []string{"Not everything was read"}, exitIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			aws, _, env := simulated(t)
			for _, fault := range test.faults {
				aws.Inject(fault)
			}
			p := newVisitor(t, env).launch(t, append([]string{"try", "--no-browser"}, test.args...)...)
			if test.code != exitFailed {
				if text := fetch(t, p.address()+"report"); !strings.Contains(text, "incomplete") {
					t.Error("the report is of a run that was complete")
				}
				p.signal(syscall.SIGINT)
			}
			code, said := p.ends(time.Minute), p.out.String()
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			for _, want := range test.says {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
		})
	}
}

// TestTryWithoutAccess has credentials that are missing or wrong, and names that do not exist.
func TestTryWithoutAccess(t *testing.T) {
	t.Parallel()
	aws, _, env := simulated(t)
	aws.Inject(awssim.Fault{Service: "sqs", Times: -1, Effect: awssim.Deny})
	with := func(variables ...string) func([]string) []string {
		return func(env []string) []string { return append(env, variables...) }
	}
	without := func(prefix string) func([]string) []string {
		return func(env []string) []string {
			return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, prefix) })
		}
	}
	for name, test := range map[string]struct {
		change func([]string) []string
		args   []string
		code   int
		says   []string
	}{
		"no credentials": {func(env []string) []string {
			return append(without("AWS_ACCESS_KEY_ID")(without("AWS_SECRET_ACCESS_KEY")(env)), "AWS_EC2_METADATA_DISABLED=true")
		}, nil, exitFailed, []string{"PTL-303", "AWS_PROFILE", "aws sts get-caller-identity"}},
		"wrong credentials":    {with("AWS_SECRET_ACCESS_KEY=wrong"), nil, exitFailed, []string{"PTL-303", "SignatureDoesNotMatch"}},
		"a region not enabled": {with(), []string{"--regions", "me-south-1"}, exitUsage, []string{"me-south-1"}},
		"a misspelt region":    {with(), []string{"--regions", "eu-wets-1"}, exitUsage, []string{"eu-west-1"}},
		"a misspelt group":     {with(), []string{"--kinds", "quik"}, exitUsage, []string{"quick"}},
		"a port that is none":  {with(), []string{"--port", "70000"}, exitUsage, []string{"--port"}},
		"another account":      {with(), []string{"--accounts", "999999999999"}, exitUsage, []string{"999999999999"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newVisitor(t, env)
			s.env = test.change(s.env)
			p := s.launch(t, append([]string{"try", "--no-browser"}, test.args...)...)
			code := p.ends(time.Minute)
			said := p.out.String()
			if code != test.code || strings.Contains(said, "http://127.0.0.1") && strings.Contains(said, "catalog ") {
				t.Errorf("exit code %d, want %d:\n%s", code, test.code, said)
			}
			for _, want := range test.says {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
		})
	}
	s := newVisitor(t, env)
	p := s.launch(t, "try", "--no-browser", "-v")
	url := p.address()
	said := p.out.String()
	if !strings.Contains(said, "run started") {
		t.Errorf("-v shows no log:\n%s", said)
	}
	if !strings.Contains(said, "Not everything was read: ") || !strings.Contains(said, "portolan policy --kinds quick") {
		t.Errorf("it does not say what to allow:\n%s", said)
	}
	if text := fetch(t, url+"report"); !strings.Contains(text, "sqs:ListQueues") {
		t.Error("the report does not say what is denied")
	}
	p.signal(syscall.SIGTERM)
	if code := p.ends(time.Minute); code != exitIncomplete {
		t.Errorf("exit code %d:\n%s", code, &p.out)
	}
}

// TestTryNamesThePolicy prints the policy of a group, as try says to.
func TestTryNamesThePolicy(t *testing.T) {
	t.Parallel()
	code, out, notes := says(t, "policy", "--kinds", "quick")
	if code != exitDone || !strings.Contains(out, "sqs:ListQueues") || !strings.Contains(out, "cloudformation:ListResources") || strings.Contains(out, "codebuild:ListBuilds") {
		t.Errorf("exit code %d: %s%s", code, out, notes)
	}
}

func TestDesktop(t *testing.T) {
	t.Parallel()
	if desktop([]string{"DISPLAY=:0"}) {
		t.Error("a test has no terminal, and a browser would be opened")
	}
}
