// Demo shows Portolan at work without an account: it builds the function, starts
// a simulated AWS Organization, a simulated Port and Lambda's runtime API, and
// drives the function through a day: a scheduled run that meets two faults, a plan
// and a run by hand after the estate changed, a run after the faults were
// fixed, and a batch of events.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"golang.org/x/term"

	"portolan/internal/catalog"
	"portolan/internal/report"
	"portolan/internal/report/save"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/runtimesim"
	"portolan/scripts/demo/northwind"
)

const (
	externalID  = "northwind-7d1f0c"
	integration = "northwind-aws"
	clientID    = "demo-client"
	secretValue = "demo-secret"
)

func main() {
	stay := flag.Bool("stay", term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())),
		"keep the catalog's page up at the end until Ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo(ctx, *stay); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context, stay bool) error {
	title("Building the function")
	binary, err := build(ctx)
	if err != nil {
		return err
	}
	s, err := newStage(ctx, binary)
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Printf("AWS   %s  Organization of %d accounts, %d regions, %d resources\nPort  %s  empty; its catalog is at %s\n",
		s.aws.URL(), northwind.Accounts, len(northwind.Regions), s.resources, s.portURL, s.page)

	title("06:00 — the schedule wakes the function")
	if err := s.invoke(ctx, scheduled, "report.html"); err != nil {
		return err
	}
	title("07:30 — the estate changes")
	changes, err := northwind.Change(s.aws)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(changes, "\n"))

	title("07:45 — somebody asks what a run would change")
	if err := s.invoke(ctx, `{"action":"plan"}`, "plan.html"); err != nil {
		return err
	}
	title("08:00 — somebody invokes the function by hand")
	if err := s.invoke(ctx, "{}", ""); err != nil {
		return err
	}
	title("08:15 — the two faults that the report named are fixed")
	fmt.Printf("role %s created in %s, policy %s lifted\n", northwind.ReadRole, northwind.UnpreparedAccount, northwind.NoFrankfurt.Name)
	if err := northwind.Fix(s.aws, externalID); err != nil {
		return err
	}
	title("12:00 — the schedule again: everything is read")
	if err := s.invoke(ctx, scheduled, ""); err != nil {
		return err
	}
	title("12:10 — AWS tells of two changes, and only what they touch is read")
	if err := s.live(ctx); err != nil {
		return err
	}
	if err := showReports(); err != nil {
		return err
	}
	title("The catalog")
	fmt.Printf("What Port holds now: %s\n", s.page)
	if !stay {
		fmt.Println("(run make demo in a terminal, and the page stays up)")
		return nil
	}
	fmt.Println("Open it in a browser; Ctrl-C ends the demo.")
	<-ctx.Done()
	return nil
}

func showReports() error {
	title("The reports")
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	fmt.Printf("Open these in a browser:\n"+
		"  the first run      file://%[1]s/report.html\n  the plan           file://%[1]s/plan.html\n"+
		"  every run          %[1]s/state/runs/*.html\n", filepath.ToSlash(absolute))
	return nil
}

func title(text string) { fmt.Printf("\n== %s\n\n", text) }

// build makes the function for this machine, as make build does for Lambda.
func build(ctx context.Context) (string, error) {
	binary := filepath.Join(folder, "bootstrap")
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "lambda.norpc", "-o", binary, "./lambda")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("build the function: %w", err)
	}
	return filepath.Abs(binary)
}

// scheduled is the event that EventBridge sends.
const scheduled = `{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events",` +
	`"account":"` + northwind.ManagementAccount + `","time":"2026-01-05T06:00:00Z","region":"` + northwind.HomeRegion + `",` +
	`"resources":["arn:aws:events:` + northwind.HomeRegion + `:` + northwind.ManagementAccount + `:rule/portolan"],"detail":{}}`

// stage is the three simulators and the function between them.
type stage struct {
	aws       *awssim.Server
	port      *portsim.Server
	portURL   string
	stopPort  func() error
	function  *runtimesim.Runtime
	log       *os.File
	resources int
	before    map[string]string
	shown     atomic.Pointer[shown]
	page      string // where it is shown
}

func newStage(ctx context.Context, binary string) (*stage, error) {
	secret := fmt.Sprintf(`{"PORT_CLIENT_ID":%q,"PORT_CLIENT_SECRET":%q}`, clientID, secretValue)
	estate := northwind.Estate(externalID, secret)
	s := &stage{resources: estate.Count("")}
	empty, err := catalog.New(nil)
	if err != nil {
		return nil, err
	}
	s.shown.Store(&shown{empty, catalog.About{Name: northwind.Organization}})
	if s.page, err = s.open(ctx); err != nil {
		return nil, err
	}
	s.aws, err = awssim.Start(estate, "", awssim.Options{
		Latency: awssim.Latency{Base: 20 * time.Millisecond, Jitter: 20 * time.Millisecond}, Limits: awssim.DocumentedLimits(),
		Trail: &awssim.Trail{},
	})
	if err != nil {
		return nil, err
	}
	s.port = portsim.New(portsim.Options{
		ClientID: clientID, ClientSecret: secretValue, Latency: 60 * time.Millisecond, Limits: portsim.DocumentedLimits(),
	})
	if s.portURL, s.stopPort, err = s.port.Listen(""); err != nil {
		return nil, err
	}
	state, err := filepath.Abs(filepath.Join(folder, "state"))
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(state); err != nil { // what an earlier demo left
		return nil, err
	}
	if s.log, err = os.Create(filepath.Join(folder, "function.log")); err != nil {
		return nil, err
	}
	identity, err := s.aws.Assume(northwind.ManagementAccount, northwind.FunctionRole, "portolan")
	if err != nil {
		return nil, err
	}
	s.function, err = runtimesim.New(runtimesim.Options{
		Binary: binary, Timeout: 5 * time.Minute, MemoryMB: 512, Stdout: s.log,
		Env: []string{
			"AWS_REGION=" + northwind.HomeRegion, "AWS_ENDPOINT_URL=" + s.aws.URL(),
			"AWS_ACCESS_KEY_ID=" + identity.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + identity.SecretAccessKey,
			"AWS_SESSION_TOKEN=" + identity.SessionToken,
			"OCEAN__PORT__BASE_URL=" + s.portURL, "PORT_SECRET_ARN=portolan/port",
			"OCEAN__INTEGRATION__IDENTIFIER=" + integration,
			"OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN=arn:aws:iam::" + northwind.ManagementAccount + ":role/" + northwind.ReadRole,
			"OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID=" + externalID,
			"OCEAN__SCHEDULED_RESYNC_INTERVAL=360",
			"PORTOLAN_REGIONS=" + strings.Join(northwind.Regions, ","),
			"PORTOLAN_INITIAL_KINDS=native," + strings.Join(northwind.Types, ","),
			"PORTOLAN_STATE=" + state,
		},
	})
	return s, err
}

func (s *stage) close() {
	_ = s.function.Close()
	_ = s.aws.Close()
	_ = s.stopPort()
	_ = s.log.Close()
}

// folder is where the demo leaves what it made.
var folder = filepath.Join("build", "demo")

// invoke sends an event to the function, shows how far it is, and prints its
// report. Unless it is "", the report's page goes into this file.
func (s *stage) invoke(ctx context.Context, payload, page string) error {
	s.aws.ForgetCalls()
	stop := s.watch()
	result, err := s.function.Invoke(ctx, []byte(payload))
	stop()
	if err != nil {
		return fmt.Errorf("invoke the function (its log is in %s): %w", s.log.Name(), err)
	}
	if result.Init > 0 {
		fmt.Printf("cold start: %s of initialisation\n", result.Init.Round(time.Millisecond))
	}
	var r report.Report
	if err := json.Unmarshal(result.Payload, &r); err != nil || r.Run == "" {
		return fmt.Errorf("the function answered %s", result.Payload)
	}
	if err := r.Write(os.Stdout); err != nil {
		return err
	}
	s.printDifference()
	if err := s.show(&r); err != nil {
		return err
	}
	if page == "" {
		return nil
	}
	page = filepath.Join(folder, page)
	fmt.Printf("\nThe same as a page, to open in a browser: %s\n", page)
	return save.File(page).Write(&r)
}

// live changes the estate, and brings the function the events that AWS sends of it, as a queue does.
// For once the function does not wait for AWS's lists to catch up.
func (s *stage) live(ctx context.Context) error {
	s.aws.TakeEvents(math.MaxInt) // of what was told by the runs
	began := time.Now()
	changes, err := northwind.ChangeAtNoon(s.aws)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(changes, "\n"))
	var batch events.SQSEvent
	for i, text := range s.aws.TakeEvents(math.MaxInt) {
		batch.Records = append(batch.Records, events.SQSMessage{
			MessageId: fmt.Sprint(i), Body: string(text), EventSource: "aws:sqs", AWSRegion: northwind.HomeRegion,
			EventSourceARN: "arn:aws:sqs:" + northwind.HomeRegion + ":" + northwind.ManagementAccount + ":portolan-events",
		})
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		return err
	}
	s.aws.ForgetCalls()
	result, err := s.function.Invoke(ctx, payload)
	if err != nil {
		return fmt.Errorf("invoke the function (its log is in %s): %w", s.log.Name(), err)
	}
	calls := 0
	for _, tally := range s.aws.Tallies() {
		calls += tally.Calls
	}
	fmt.Printf("\n%d events, %d calls to AWS, %.1f seconds from the change to Port; the queue is told %s\n",
		len(batch.Records), calls, time.Since(began).Seconds(), result.Payload)
	s.printDifference()
	return s.show(nil)
}

// watch shows, on a terminal, what the simulators have seen so far.
func (s *stage) watch() (stop func()) {
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		return func() {}
	}
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			calls := 0
			for _, tally := range s.aws.Tallies() {
				calls += tally.Calls
			}
			fmt.Printf("\r\033[K%d AWS calls, %d entities in Port", calls, len(s.catalog()))
			select {
			case <-tick.C:
			case <-done:
				fmt.Print("\r\033[K")
				return
			}
		}
	}()
	return func() {
		close(done)
		<-over
	}
}

// catalog is what Port holds, each entity with its content.
func (s *stage) catalog() map[string]string {
	catalog := make(map[string]string)
	for _, blueprint := range s.port.Blueprints() {
		for _, e := range s.port.Entities(blueprint) {
			content, _ := json.Marshal([]any{e.Title, e.Properties, e.Relations})
			catalog[blueprint+" "+e.Identifier] = string(content)
		}
	}
	return catalog
}

// printDifference shows what the run changed in the catalog, if that is little
// enough to read.
func (s *stage) printDifference() {
	const readable = 30
	now := s.catalog()
	var lines []string
	for key, content := range now {
		switch old, existed := s.before[key]; {
		case !existed:
			lines = append(lines, "+ "+key)
		case old != content:
			lines = append(lines, "~ "+key)
		}
	}
	for key := range s.before {
		if _, still := now[key]; !still {
			lines = append(lines, "- "+key)
		}
	}
	if s.before != nil && len(lines) == 0 {
		fmt.Println("\nNothing changed in Port.")
	} else if s.before != nil && len(lines) <= readable {
		slices.Sort(lines)
		fmt.Printf("\nWhat changed in Port:\n%s\n", strings.Join(lines, "\n"))
	} else {
		fmt.Printf("\nPort holds %d entities, %d of them changed by this run.\n", len(now), len(lines))
	}
	s.before = now
}
