package invocation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"portolan/internal/invocation"
)

const (
	ruleEvent = `{"version":"0","id":"89d1a02d-5ec7-412e-82f5-13505f849b41","detail-type":"Scheduled Event",
		"source":"aws.events","account":"111122223333","time":"2026-11-23T19:00:00Z","region":"eu-west-1",
		"resources":["arn:aws:events:eu-west-1:111122223333:rule/hourly"],"detail":{}}`
	schedulerEvent = `{"version":"0","id":"d32c5kddcf5bb8c3","detail-type":"Scheduled Event","source":"aws.scheduler",
		"account":"111122223333","time":"2026-11-23T19:00:00Z","region":"eu-west-1",
		"resources":["arn:aws:scheduler:eu-west-1:111122223333:schedule/default/hourly"],"detail":"{}"}`
)

func TestParse(t *testing.T) {
	t.Parallel()
	all := invocation.Request{Action: "resync", Trigger: "manual"}
	scheduled := invocation.Request{Action: "resync", Trigger: "schedule"}
	tests := map[string]struct {
		payload string
		want    invocation.Request
	}{
		"empty":         {"", all},
		"blanks":        {" \n", all},
		"null":          {"null", all},
		"empty object":  {"{}", all},
		"rule":          {ruleEvent, scheduled},
		"scheduler":     {schedulerEvent, scheduled},
		"the one word":  {`{"action":"resync"}`, all},
		"nulls":         {`{"action":null,"kinds":null,"force":null}`, all},
		"empty filters": {`{"kinds":[],"accounts":[],"regions":[]}`, invocation.Request{Action: "resync", Trigger: "manual", Kinds: []string{}, Accounts: []string{}, Regions: []string{}}},
		"everything": {
			`{"action":"resync","kinds":["AWS::S3::Bucket"],"accounts":["111122223333"],"regions":["eu-west-1"],"force":true,"allowMassDelete":true}`,
			invocation.Request{
				Action: "resync", Kinds: []string{"AWS::S3::Bucket"}, Accounts: []string{"111122223333"},
				Regions: []string{"eu-west-1"}, Force: true, AllowMassDelete: true, Trigger: "manual",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := invocation.Parse([]byte(tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPayloadIsReadBack(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]invocation.Request{
		`{"action":"resync"}`: {Action: "resync"},
		`{"accounts":["111122223333"],"action":"plan","allowMassDelete":true,"force":true,"kinds":["AWS::S3::Bucket"],"regions":["eu-west-1"]}`: {
			Action: "plan", Kinds: []string{"AWS::S3::Bucket"}, Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1"},
			Force: true, AllowMassDelete: true,
		},
	} {
		if got := string(want.Payload()); got != payload {
			t.Errorf("the payload is %s, not %s", got, payload)
		}
		want.Trigger = "manual"
		got, err := invocation.Parse([]byte(payload))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s is read as something else (-want +got): %v\n%s", payload, err, diff)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	got := invocation.Request{Action: "plan", Trigger: "cli"}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	got.Flags(flags)
	err := flags.Parse([]string{
		"--kinds", "AWS::S3::Bucket,AWS::SQS::Queue", "--accounts", "111122223333", "--regions", "eu-west-1", "--force", "--allow-mass-delete",
	})
	want := invocation.Request{
		Action: "plan", Trigger: "cli", Kinds: []string{"AWS::S3::Bucket", "AWS::SQS::Queue"}, Accounts: []string{"111122223333"},
		Regions: []string{"eu-west-1"}, Force: true, AllowMassDelete: true,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v: %s", err, diff)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	const noObject = `the payload is not a JSON object; it should be one such as {"action":"resync"}, or empty`
	tests := map[string]struct{ payload, want string }{
		"not JSON":         {"resync", noObject},
		"a text":           {`"resync"`, noObject},
		"an array":         {`[]`, noObject},
		"two objects":      {`{} {}`, noObject},
		"a narrowed poll":  {`{"action":"poll","kinds":["AWS::S3::Bucket"]}`, `the action poll takes no other keys: Port asks for a full resync; leave the other keys out, or use the action resync`},
		"a misspelt key":   {`{"acounts":["1"]}`, `the payload's key "acounts" is not known; valid are accounts, action, allowMassDelete, everyRegion, force, kinds, regions, takeOwnership; did you mean "accounts"?`},
		"a key's case":     {`{"Force":true}`, `the payload's key "Force" is not known; valid are accounts, action, allowMassDelete, everyRegion, force, kinds, regions, takeOwnership; did you mean "force"?`},
		"a strange key":    {`{"dry\nrun":true}`, `the payload's key "dry\nrun" is not known; valid are accounts, action, allowMassDelete, everyRegion, force, kinds, regions, takeOwnership`},
		"another action":   {`{"action":"explode"}`, `the action "explode" is not known; valid: resync, plan, poll, doctor`},
		"every region":     {`{"everyRegion":true}`, "everyRegion means nothing to the action resync; only doctor takes it"},
		"a forced look":    {`{"action":"doctor","force":true}`, "force, allowMassDelete and takeOwnership mean nothing to the action doctor, which writes nothing"},
		"an empty action":  {`{"action":""}`, `the action "" is not known; valid: resync, plan, poll, doctor`},
		"a text for many":  {`{"kinds":"AWS::S3::Bucket"}`, `the payload's kinds is "\"AWS::S3::Bucket\""; it should be an array of texts`},
		"a text for true":  {`{"force":"yes"}`, `the payload's force is "\"yes\""; it should be true or false`},
		"a number":         {`{"action":1}`, `the payload's action is "1"; it should be a text`},
		"accounts numbers": {`{"accounts":[111122223333]}`, `the payload's accounts is "[111122223333]"; it should be an array of texts`},
		"a short account":  {`{"accounts":["42"]}`, `the account "42" is not an account id; it should be twelve digits in quotes`},
		"a strange region": {`{"regions":["Ireland"]}`, `the region "Ireland" is not a region's name; it should be one such as eu-west-1`},
		"another event": {
			`{"detail-type":"Object Created","source":"aws.s3","detail":{}}`,
			`the payload is an event from "aws.s3"; only scheduled events start a run`,
		},
		"two faults": {
			`{"action":"explode","regions":["x"]}`,
			"the action \"explode\" is not known; valid: resync, plan, poll, doctor\n" +
				`the region "x" is not a region's name; it should be one such as eu-west-1`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := invocation.Parse([]byte(tt.payload))
			if err == nil {
				t.Fatalf("no error, request %+v", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNamesOfRegions that are misspelt are told with the nearest.
func TestNamesOfRegions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"eu-west-1": "", "eu-wset-1": "", // which may be newer than the program
		"EU-WEST-1": `did you mean "eu-west-1"?`, " eu-west-1": `did you mean "eu-west-1"?`, "eu_west_1": `did you mean "eu-west-1"?`,
		"eu-west-1a": `did you mean "eu-west-1"?`, "": "is not a region's name", "Ireland": "is not a region's name",
	} {
		err := invocation.Request{Action: invocation.Resync, Regions: []string{name}}.Check(nil)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

// TestEmptyLists on the command line are refused: they would ask for everything.
func TestEmptyLists(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--kinds", "--accounts", "--regions"} {
		var r invocation.Request
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		r.Flags(flags)
		if err := flags.Parse([]string{flag, ""}); err != nil {
			t.Fatal(err)
		}
		if err := invocation.CheckFlags(flags); err == nil || !strings.Contains(err.Error(), flag+" is empty") {
			t.Errorf("%s: %v", flag, err)
		}
		if err := flags.Parse([]string{flag, "x"}); err != nil || invocation.CheckFlags(flags) != nil {
			t.Errorf("%s x: %v, %v", flag, err, invocation.CheckFlags(flags))
		}
	}
}

func TestCheckKinds(t *testing.T) {
	t.Parallel()
	judge := func(name string) error {
		if name == "AWS::S3::Bucket" {
			return nil
		}
		return fmt.Errorf("%q, which is not a kind", name)
	}
	r := invocation.Request{Action: invocation.Resync, Kinds: []string{"AWS::S3::Bucket"}, Trigger: invocation.CLI}
	if err := r.Check(judge); err != nil {
		t.Error(err)
	}
	r.Kinds = []string{"AWS::S3::Buckets", "AWS::Moon::Base"}
	want := "the request names \"AWS::S3::Buckets\", which is not a kind\n" +
		"the request names \"AWS::Moon::Base\", which is not a kind"
	if err := r.Check(judge); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := r.Check(nil); err != nil {
		t.Errorf("kinds are judged by nobody: %v", err)
	}
}

// FuzzParse holds for every payload: no panic; either a request that passes its
// own check, or an error on short lines and no request.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "null", "{}", ruleEvent, schedulerEvent, `{"kinds":["AWS::S3::Bucket"],"force":true}`,
		`{"accounts":[1]}`, `{"detail-type":1,"source":2}`, `{"\u0000":[]}`,
		`{"regions":["EU-WEST-1"," eu-west-1","eu-wset-1"]}`, `{"accounts":["1111-2222-3333"],"regions":[""]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := invocation.Parse(payload)
		if err == nil {
			if r.Trigger == "" || r.Check(nil) != nil {
				t.Errorf("request %+v of %q", r, payload)
			}
			return
		}
		if !cmp.Equal(invocation.Request{}, r) {
			t.Errorf("request %+v beside error %v", r, err)
		}
		for line := range strings.Lines(err.Error()) {
			if len(line) > 1200 {
				t.Errorf("a line of %d bytes", len(line))
			}
		}
	})
}
