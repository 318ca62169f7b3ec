package event_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/event"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

const readRole = "PortOceanReadRole"

var native = event.New(kinds.All, readRole)

// TestSamples holds which cells each recorded event chooses.
func TestSamples(t *testing.T) {
	t.Parallel()
	at := func(account, region string, kinds ...string) []event.Cell {
		var cells []event.Cell
		for _, k := range kinds {
			cells = append(cells, event.Cell{Account: account, Region: region, Kind: "AWS::" + k})
		}
		return cells
	}
	const member, other, third = "444455556666", "555566667777", "666677778888"
	want := map[string][]event.Cell{
		"ec2-run-instances":                    at(member, "eu-west-1", "EC2::Instance", "EC2::Volume"),
		"ec2-terminate-instances-autoscaling":  at(member, "us-east-1", "EC2::Instance", "EC2::Volume"),
		"ec2-terminate-instances":              at(member, "eu-west-1", "EC2::Instance", "EC2::Volume"),
		"ecs-create-service":                   at(member, "eu-west-1", "ECS::Service"),
		"ecs-register-task-definition":         at(member, "eu-west-1", "ECS::TaskDefinition"),
		"lambda-create-function":               at(member, "eu-central-1", "Lambda::Function"),
		"lambda-delete-function":               at(member, "eu-central-1", "Lambda::Function"),
		"lambda-update-function-configuration": at(member, "eu-central-1", "Lambda::Function"),
		"organizations-create-account-result":  append(at("", "", "Organizations::Account"), at("777788889999", "", "Account::Info")...),
		"rds-create-db-instance":               at(third, "eu-west-1", "RDS::DBCluster", "RDS::DBInstance"),
		"s3-create-bucket":                     at(other, "", "S3::Bucket"),
		"s3-delete-bucket-failed":              nil,
		"s3-put-bucket-tagging":                at(other, "", "S3::Bucket"),
		"sqs-create-queue":                     at(member, "us-east-1", "SQS::Queue"),
		"sqs-delete-queue":                     at(member, "us-east-1", "SQS::Queue"),
	}
	got := map[string][]event.Cell{}
	for name, text := range samples(t) {
		h := native.Read(text)
		got[name] = h.Cells
		if h.At.IsZero() || h.Name == "" || h.Source == "" || (len(h.Cells) == 0) != (h.Reason != "") {
			t.Errorf("%s: %+v", name, h)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if h := native.Read(samples(t)["s3-delete-bucket-failed"]); h.Reason != event.Failed {
		t.Errorf("a call that failed: %q", h.Reason)
	}
}

func samples(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/samples/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = text
	}
	return all
}

// row is a line of testdata/events.tsv: what is known of the events of a kind, which was
// gathered from AWS's documentation and models without regard to this program.
type row struct {
	kind, source string
	wake, noise  []string // each a name, or source:name
}

func table(t testing.TB) []row {
	t.Helper()
	text, err := os.ReadFile("testdata/events.tsv")
	if err != nil {
		t.Fatal(err)
	}
	operation := regexp.MustCompile(`^([a-z0-9.-]+\.amazonaws\.com:)?[A-Z][A-Za-z0-9]+$`)
	names := func(list string) []string {
		var found []string
		for _, part := range regexp.MustCompile(`[,;] *`).Split(list, -1) {
			part = strings.TrimPrefix(strings.TrimPrefix(part, "data (off by default): "), "svc:")
			part, _, _ = strings.Cut(part, " (")
			if operation.MatchString(part) {
				found = append(found, part)
			}
		}
		return found
	}
	var rows []row
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		fields := strings.Split(line, "\t")
		if i == 0 || len(fields) != 8 {
			continue
		}
		source, _, _ := strings.Cut(fields[2], ";")
		rows = append(rows, row{
			kind: fields[0], source: source,
			wake: slices.Concat(names(fields[3]), names(fields[4]), names(fields[5])), noise: names(fields[6]),
		})
	}
	return rows
}

// TestEveryNameOfTheTable wants each kind to declare all names that are known to matter to it,
// and none of those that are known to be noise for it.
func TestEveryNameOfTheTable(t *testing.T) {
	t.Parallel()
	rows := table(t)
	var all []string
	woken, quiet := 0, 0
	for _, r := range rows {
		all = append(all, r.kind)
		for _, name := range r.wake {
			woken++
			if !wakes(native.Read(called(r.source, name, nil)), r.kind) {
				t.Errorf("%s does not wake %s", name, r.kind)
			}
		}
		for _, name := range r.noise {
			if slices.Contains(r.wake, name) {
				continue // for resources of other kinds
			}
			quiet++
			if h := native.Read(called(r.source, name, nil)); wakes(h, r.kind) {
				t.Errorf("%s wakes %s", name, r.kind)
			}
		}
		if len(r.wake) == 0 {
			t.Errorf("%s has no names", r.kind)
		}
	}
	slices.Sort(all)
	var declared []string
	for _, k := range kinds.All {
		declared = append(declared, k.Type)
	}
	slices.Sort(declared)
	if diff := cmp.Diff(declared, all); diff != "" {
		t.Errorf("kinds (-declared +in the table):\n%s", diff)
	}
	if woken < 300 || quiet < 200 {
		t.Errorf("the table has %d names that matter and %d that do not", woken, quiet)
	}
}

// TestDeclarations wants what kinds declare to be well formed: in the table, or known to it.
func TestDeclarations(t *testing.T) {
	t.Parallel()
	rows := map[string]row{}
	for _, r := range table(t) {
		rows[r.kind] = r
	}
	form := regexp.MustCompile(`^([a-z0-9.-]+\.amazonaws\.com:)?[A-Z][A-Za-z0-9]+(\*|/[a-z]+-)?$`)
	for _, k := range kinds.All {
		r := rows[k.Type]
		if k.EventSource() != r.source {
			t.Errorf("%s: events come from %s, want %s", k.Type, k.EventSource(), r.source)
		}
		for _, call := range strings.Fields(k.Events.Calls) {
			if !form.MatchString(call) {
				t.Errorf("%s declares %q", k.Type, call)
			}
			name, _, _ := strings.Cut(call, "/")
			prefix, is := strings.CutSuffix(name, "*")
			if !slices.ContainsFunc(r.wake, func(known string) bool { return known == name || is && strings.HasPrefix(known, prefix) }) {
				t.Errorf("%s declares %s, which the table does not know", k.Type, call)
			}
		}
		if k.Events.Writes {
			t.Errorf("%s takes every write, though names are known", k.Type)
		}
	}
}

// called is the event of a call. The name may have a source of its own.
func called(source, name string, change func(detail map[string]any)) []byte {
	if other, rest, found := strings.Cut(name, ":"); found {
		source, name = other, rest
	}
	first, _, _ := strings.Cut(source, ".")
	detail := map[string]any{
		"eventSource": source, "eventName": name, "readOnly": false, "awsRegion": "eu-west-1", "requestParameters": map[string]any{},
	}
	if change != nil {
		change(detail)
	}
	return envelope("aws."+first, "AWS API Call via CloudTrail", detail)
}

func envelope(source, typ string, detail any) []byte {
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": "ee24dd82-3a87-4f55-83c4-bab47767f43a", "detail-type": typ, "source": source,
		"account": "444455556666", "time": "2026-11-24T09:14:07Z", "region": "eu-west-1", "resources": []any{}, "detail": detail,
	})
	if err != nil {
		panic(err)
	}
	return text
}

func wakes(h event.Hint, kind string) bool {
	return slices.ContainsFunc(h.Cells, func(c event.Cell) bool { return c.Kind == kind })
}

// TestSentByTheService wants the events that need no trail to wake what declares them.
func TestSentByTheService(t *testing.T) {
	t.Parallel()
	count := 0
	for _, k := range kinds.All {
		source, _, _ := strings.Cut(k.EventSource(), ".")
		for _, typ := range k.Events.Sent {
			count++
			if h := native.Read(envelope("aws."+source, typ, map[string]any{"state": "running"})); !wakes(h, k.Type) || h.Name != typ {
				t.Errorf("%s does not wake %s: %+v", typ, k.Type, h)
			}
			if h := native.Read(envelope("aws.other", typ, map[string]any{})); h.Reason != event.Unknown {
				t.Errorf("%s of another service: %+v", typ, h)
			}
		}
	}
	if count < 10 {
		t.Errorf("%d detail-types are declared", count)
	}
}

// TestReasons wants each event that wakes nothing to have its reason, and nothing else.
func TestReasons(t *testing.T) {
	t.Parallel()
	const sqs, create = "sqs.amazonaws.com", "CreateQueue"
	good := called(sqs, create, nil)
	swap := func(from, to string) []byte {
		text := strings.Replace(string(good), from, to, 1)
		if text == string(good) {
			t.Fatalf("%s is not in the event", from)
		}
		return []byte(text)
	}
	set := func(name string, value any) []byte {
		return called(sqs, create, func(detail map[string]any) { detail[name] = value })
	}
	by := func(arn string) []byte { return set("userIdentity", map[string]any{"type": "AssumedRole", "arn": arn}) }
	role := "arn:aws:sts::444455556666:assumed-role/"
	for name, test := range map[string]struct {
		text []byte
		want event.Reason
	}{
		"as it is":                    {good, ""},
		"with a null error":           {set("errorCode", nil), ""},
		"by a service":                {set("userIdentity", map[string]any{"invokedBy": "cloudformation.amazonaws.com"}), ""},
		"by somebody":                 {by(role + "Deployer/portolan-fan"), ""},
		"by hand in the read role":    {by(role + readRole + "/ines"), ""},
		"by an odd identity":          {set("userIdentity", []any{1}), ""},
		"without readOnly":            {called(sqs, create, func(d map[string]any) { delete(d, "readOnly") }), ""},
		"without a time":              {swap(`"time":"2026-11-24T09:14:07Z",`, ""), ""},
		"by us":                       {by(role + readRole + "/portolan-5b1a0e40"), event.OwnCall},
		"that failed":                 {set("errorCode", "AccessDenied"), event.Failed},
		"that failed oddly":           {set("errorCode", map[string]any{}), event.Failed},
		"of a read-only call":         {called(sqs, "GetQueueUrl", func(d map[string]any) { d["readOnly"] = true }), event.ReadOnly},
		"of another call":             {called(sqs, "PurgeQueue", nil), event.Unrelated},
		"of a call in another case":   {called(sqs, "createQueue", nil), event.Unrelated},
		"of another service":          {called("mediaconvert.amazonaws.com", create, nil), event.Unrelated},
		"of another type":             {swap("AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"), event.Unknown},
		"of a schedule":               {envelope("aws.events", "Scheduled Event", map[string]any{}), event.Unknown},
		"of a customer":               {swap(`"source":"aws.sqs"`, `"source":"com.example"`), event.Foreign},
		"whose source looks like AWS": {swap(`"source":"aws.sqs"`, `"source":"awssqs"`), event.Foreign},
		"whose service is not AWS's":  {called("sqs.example.com", create, nil), event.Foreign},
		"of a short account":          {swap("444455556666", "44445555666"), event.Foreign},
		"of an odd account":           {swap("444455556666", "44445555666x"), event.Foreign},
		"of an odd region":            {swap(`"region":"eu-west-1"`, `"region":"nowhere"`), event.Foreign},
		"of a path for a region":      {swap(`"region":"eu-west-1"`, `"region":"../eu-west-1"`), event.Foreign},
		"without an account":          {swap(`"account":"444455556666",`, ""), event.Foreign},
		"with another case":           {swap(`"account"`, `"Account"`), event.Foreign},
		"of a number for an account":  {swap(`"444455556666"`, "444455556666"), event.Malformed},
		"without a type":              {swap(`"detail-type"`, `"type"`), event.Malformed},
		"without a detail":            {swap(`"detail":`, `"details":`), event.Malformed},
		"with a text for a detail":    {envelope("aws.sqs", "AWS API Call via CloudTrail", "CreateQueue"), event.Malformed},
		"without a name":              {set("eventName", nil), event.Malformed},
		"with an odd name":            {set("eventName", "Create\nQueue"), event.Malformed},
		"that is empty":               {nil, event.Malformed},
		"that is not JSON":            {[]byte("hello"), event.Malformed},
		"that is a list":              {[]byte("[]"), event.Malformed},
		"that is null":                {[]byte("null"), event.Malformed},
		"that is two":                 {slices.Concat(good, good), event.Malformed},
		"of S3, to a queue":           {[]byte(`{"Records":[{"eventSource":"aws:s3"}]}`), event.Malformed},
		"that is deep":                {[]byte(`{"detail":` + strings.Repeat("[", 100_000)), event.Malformed},
		"that is deep and whole":      {swap(`"requestParameters":{}`, `"requestParameters":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)), event.Malformed},
		"of the doctor's":             {envelope(event.TestSource, event.TestType, map[string]any{"id": testID}), event.Tested},
		"of the doctor's without id":  {envelope(event.TestSource, event.TestType, map[string]any{}), event.Malformed},
		"of the doctor's with a path": {envelope(event.TestSource, event.TestType, map[string]any{"id": "../" + testID}), event.Malformed},
		"like the doctor's":           {envelope(event.TestSource, "Another", map[string]any{"id": testID}), event.Foreign},
		"that is large":               {set("responseElements", strings.Repeat("x", event.MaxSize)), event.TooLarge},
	} {
		h := native.Read(test.text)
		if h.Reason != test.want || (len(h.Cells) > 0) != (test.want == "") {
			t.Errorf("an event %s: %+v, want %q", name, h, test.want)
		}
		if (h.Test == testID) != (h.Reason == event.Tested) || h.Test != "" && h.Test != testID {
			t.Errorf("an event %s: %+v", name, h)
		}
		if h.Reason != "" && (!slices.Contains(event.Reasons(), h.Reason) || h.Reason.Explain() == string(h.Reason)) {
			t.Errorf("%q is not among the reasons, or not explained", h.Reason)
		}
	}
}

const testID = "6f1a2b3c-0000-4000-8000-000000000001"

// TestTagsOfOtherResources wants a call that names resources of other kinds to wake nothing.
func TestTagsOfOtherResources(t *testing.T) {
	t.Parallel()
	for ids, want := range map[string][]string{
		"i-1": {"AWS::EC2::Instance"}, "vol-1": {"AWS::EC2::Volume"}, "sg-1": nil, "sg-1 vol-1": {"AWS::EC2::Volume"},
		"": {"AWS::EC2::Instance", "AWS::EC2::Volume"},
	} {
		var items []any
		for _, id := range strings.Fields(ids) {
			items = append(items, map[string]any{"resourceId": id})
		}
		h := native.Read(called("ec2.amazonaws.com", "CreateTags", func(d map[string]any) {
			d["requestParameters"] = map[string]any{"resourcesSet": map[string]any{"items": items}}
		}))
		var got []string
		for _, c := range h.Cells {
			got = append(got, c.Kind)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tags of %q (-want +got):\n%s", ids, diff)
		}
	}
}

// TestAccountsThatAnEventNames wants the cell of the account that a call is about, wherever the
// event names it, and never more than a few.
func TestAccountsThatAnEventNames(t *testing.T) {
	t.Parallel()
	read := func(member string, value any) []string {
		var got []string
		for _, c := range native.Read(called("account.amazonaws.com", "PutAccountName", func(d map[string]any) { d[member] = value })).Cells {
			if c.Kind == "AWS::Account::Info" && c.Region == "" {
				got = append(got, c.Account)
			}
		}
		return got
	}
	many := map[string]any{}
	for i := range 100 {
		many[fmt.Sprint(i)] = map[string]any{"accountId": fmt.Sprintf("%012d", i)}
	}
	for name, test := range map[string]struct {
		got, want []string
	}{
		"in the request": {read("requestParameters", map[string]any{"accountId": "777788889999"}), []string{"777788889999"}},
		"in the answer":  {read("responseElements", map[string]any{"a": map[string]any{"AccountId": "777788889999"}}), []string{"777788889999"}},
		"nowhere":        {read("requestParameters", nil), []string{"444455556666"}},
		"in no form":     {read("requestParameters", map[string]any{"accountId": "me"}), []string{"444455556666"}},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := read("requestParameters", many); len(got) != 10 || !cmp.Equal(got, read("requestParameters", many)) {
		t.Errorf("of a hundred accounts, %q", got)
	}
}

// everyWrite are kinds that take every write of their service.
var everyWrite = []*kind.Kind{
	{Type: "AWS::Logs::LogGroup", Service: kind.Service{Prefix: "logs"}, Events: kind.Events{Writes: true}},
	{Type: "AWS::SQS::QueuePolicy", Service: kind.Service{Prefix: "sqs"}, Events: kind.Events{Writes: true}},
}

// TestEveryWrite wants kinds of which no names are known to be woken by what is known to write.
func TestEveryWrite(t *testing.T) {
	t.Parallel()
	with := event.New(slices.Concat(kinds.All, everyWrite))
	readOnly := func(value any) func(map[string]any) { return func(d map[string]any) { d["readOnly"] = value } }
	for name, test := range map[string]struct {
		text []byte
		want bool
	}{
		"a write":             {called("logs.amazonaws.com", "PutRetentionPolicy", nil), true},
		"a read":              {called("logs.amazonaws.com", "DescribeLogGroups", readOnly(true)), false},
		"perhaps a write":     {called("logs.amazonaws.com", "PutRetentionPolicy", readOnly("false")), false},
		"what happens always": {called("logs.amazonaws.com", "CreateLogStream", nil), false},
		"of another service":  {called("kms.amazonaws.com", "PutRetentionPolicy", nil), false},
	} {
		if got := wakes(with.Read(test.text), "AWS::Logs::LogGroup"); got != test.want {
			t.Errorf("%s wakes it: %v", name, got)
		}
	}
	h := with.Read(called("sqs.amazonaws.com", "CreateQueue", nil))
	if !wakes(h, "AWS::SQS::Queue") || !wakes(h, "AWS::SQS::QueuePolicy") {
		t.Errorf("a call that matters to both: %+v", h)
	}
}

// FuzzRead wants any text to choose well-formed cells of known kinds, or to have a reason.
func FuzzRead(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(text)
	}
	f.Add([]byte(`{"detail-type":"EBS Volume Notification","source":"aws.ec2","account":"111122223333","region":"eu-west-1","detail":{}}`))
	f.Add([]byte(`{"detail-type":"AWS API Call via CloudTrail","source":"aws.sqs","account":1,"detail":{"eventName":null}}`))
	known := map[string]bool{}
	for _, k := range kinds.All {
		known[k.Type] = true
	}
	account := regexp.MustCompile(`^([0-9]{12})?$`)
	region := regexp.MustCompile(`^([a-z0-9-]{5,40})?$`)
	f.Fuzz(func(t *testing.T, text []byte) {
		h := native.Read(text)
		if (len(h.Cells) == 0) == (h.Reason == "") || h.Reason != "" && !slices.Contains(event.Reasons(), h.Reason) {
			t.Fatalf("%q: %+v", text, h)
		}
		for _, c := range h.Cells {
			if !known[c.Kind] || !account.MatchString(c.Account) || !region.MatchString(c.Region) {
				t.Errorf("%q: %+v", text, c)
			}
		}
		if !slices.IsSortedFunc(h.Cells, func(a, b event.Cell) int {
			return strings.Compare(a.Account+" "+a.Region+" "+a.Kind, b.Account+" "+b.Region+" "+b.Kind)
		}) || len(h.Cells) > len(kinds.All)+10 {
			t.Errorf("%q: %+v", text, h.Cells)
		}
	})
}

// TestPatterns wants the rules to let through every event that wakes a kind, and to keep out
// what is frequent. Patterns are judged by the rules of EventBridge, not by the table.
func TestPatterns(t *testing.T) {
	t.Parallel()
	for name, of := range map[string][]*kind.Kind{
		"every kind": kinds.All, "and every write": slices.Concat(kinds.All, everyWrite), "one kind": {kinds.SQSQueue}, "none": nil,
	} {
		patterns := event.Patterns(of)
		if !cmp.Equal(patterns, event.Patterns(of)) {
			t.Errorf("%s: not always the same", name)
		}
		for _, p := range append(slices.Clone(patterns), event.Source) {
			if len(p) > event.MaxPattern {
				t.Errorf("%s: a pattern has %d characters", name, len(p))
			}
		}
		if most := map[string]int{"every kind": 5, "and every write": 7, "one kind": 1, "none": 0}[name]; len(patterns) > most {
			t.Errorf("%s: %d patterns", name, len(patterns))
		}
		through := func(text []byte) bool {
			return matches(t, event.Source, text) && slices.ContainsFunc(patterns, func(p string) bool { return matches(t, p, text) })
		}
		reads := event.New(of)
		var all [][]byte
		for _, text := range samples(t) {
			all = append(all, text)
		}
		for _, r := range table(t) {
			for _, operation := range slices.Concat(r.wake, r.noise) {
				all = append(all, called(r.source, operation, nil))
			}
		}
		for _, k := range of {
			source, _, _ := strings.Cut(k.EventSource(), ".")
			for _, typ := range k.Events.Sent {
				all = append(all, envelope("aws."+source, typ, map[string]any{"state": "x"}))
			}
		}
		all = append(all, called("logs.amazonaws.com", "PutRetentionPolicy", nil))
		for _, text := range all {
			if h := reads.Read(text); h.Reason == "" && !through(text) {
				t.Errorf("%s: %s of %s does not arrive", name, h.Name, h.Source)
			}
		}
		if unheard := event.Unheard(patterns, of, "111122223333", "eu-west-1"); len(unheard) > 0 {
			t.Errorf("%s: %s is not heard by its own patterns", name, unheard[0].Type)
		}
		if !hearsTest(event.Source) || !matches(t, event.Source, envelope(event.TestSource, event.TestType, nil)) ||
			slices.ContainsFunc(patterns, hearsTest) {
			t.Errorf("%s: the test event passes %q, or not %q", name, patterns, event.Source)
		}
		for _, frequent := range []string{"kms.amazonaws.com:Decrypt", "ecs.amazonaws.com:SubmitTaskStateChange", "sts.amazonaws.com:AssumeRole", "logs.amazonaws.com:CreateLogStream"} {
			if through(called("", frequent, nil)) {
				t.Errorf("%s: %s arrives", name, frequent)
			}
		}
		if text := called("sqs.amazonaws.com", "CreateQueue", func(d map[string]any) { d["errorCode"] = "AccessDenied" }); through(text) {
			t.Errorf("%s: a failed call arrives", name)
		}
		if forged := strings.Replace(string(called("sqs.amazonaws.com", "CreateQueue", nil)), `"source":"aws.`, `"source":"com.`, 1); through([]byte(forged)) {
			t.Errorf("%s: a customer's own event arrives", name)
		}
	}
}

// matches judges a pattern as EventBridge does, as far as the patterns go.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func matches(t *testing.T, pattern string, text []byte) bool {
	t.Helper()
	var p, e map[string]any
	if json.Unmarshal([]byte(pattern), &p) != nil || json.Unmarshal(text, &e) != nil {
		t.Fatalf("%s or %s is not an object", pattern, text)
	}
	return matchesObject(t, p, e)
}

func matchesObject(t *testing.T, pattern, value map[string]any) bool {
	t.Helper()
	for name := range maps.Keys(pattern) {
		member, has := value[name]
		switch want := pattern[name].(type) {
		case map[string]any:
			inner, _ := member.(map[string]any)
			if !matchesObject(t, want, inner) {
				return false
			}
		case []any:
			if !slices.ContainsFunc(want, func(one any) bool { return matchesOne(t, one, member, has) }) {
				return false
			}
		default:
			t.Fatalf("the pattern has %T at %s", want, name)
		}
	}
	return true
}

func matchesOne(t *testing.T, want, member any, has bool) bool {
	t.Helper()
	operator, is := want.(map[string]any)
	if !is {
		return has && want == member
	}
	text, isText := member.(string)
	for name, operand := range operator {
		switch name {
		case "prefix":
			return isText && strings.HasPrefix(text, operand.(string))
		case "exists":
			return operand.(bool) == has
		case "anything-but":
			return has && !slices.Contains(operand.([]any), member)
		}
		t.Fatalf("the operator %s", name)
	}
	return false
}

// TestUnheard wants the kinds of which one event does not pass, and no others.
func TestUnheard(t *testing.T) {
	t.Parallel()
	queue, logs := kinds.SQSQueue, everyWrite[0]
	all := event.Patterns([]*kind.Kind{queue, logs})
	const calls = `{"source":[{"prefix":"aws."}],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["sqs.amazonaws.com"],`
	for name, test := range map[string]struct {
		patterns []string
		of       *kind.Kind
		want     bool
	}{
		"its own":                  {event.Patterns([]*kind.Kind{queue}), queue, false},
		"with others":              {all, queue, false},
		"of every write":           {all, logs, false},
		"none":                     {nil, queue, true},
		"of another":               {event.Patterns([]*kind.Kind{logs}), queue, true},
		"of names, of every write": {event.Patterns([]*kind.Kind{queue}), everyWrite[1], true},
		"one name only":            {[]string{calls + `"eventName":["CreateQueue"]}}`}, queue, true},
		"all but one":              {[]string{calls + `"eventName":[{"anything-but":["DeleteQueue"]}]}}`}, queue, true},
		"all but one text":         {[]string{calls + `"eventName":[{"anything-but":"DeleteQueue"}]}}`}, queue, true},
		"all but a prefix":         {[]string{calls + `"eventName":[{"anything-but":{"prefix":"Delete"}}]}}`}, queue, true},
		"all but another":          {[]string{calls + `"eventName":[{"anything-but":["PurgeQueue"]}]}}`}, queue, false},
		"all but some prefixes":    {[]string{calls + `"eventName":[{"anything-but":{"prefix":["Get","List"]}}]}}`}, queue, false},
		"all but one of them":      {[]string{calls + `"eventName":[{"anything-but":{"prefix":["Get","Delete"]}}]}}`}, queue, true},
		"all but some endings":     {[]string{calls + `"eventName":[{"anything-but":{"suffix":["Batch"]}}]}}`}, queue, false},
		"all but in another case":  {[]string{calls + `"eventName":[{"anything-but":{"equals-ignore-case":["purgequeue"]}}]}}`}, queue, false},
		"all but what is unknown":  {[]string{calls + `"eventName":[{"anything-but":{"wildcard":"Describe*"}}]}}`}, queue, false},
		"one of several":           {[]string{`{"source":["aws.sqs"],"$or":[{"detail-type":["x"]},{"detail-type":["AWS API Call via CloudTrail"]}]}`}, queue, false},
		"of its account":           {[]string{`{"source":["aws.sqs"],"account":["111122223333"],"region":["eu-west-1"]}`}, queue, false},
		"of another account":       {[]string{`{"source":["aws.sqs"],"account":["222233334444"]}`}, queue, true},
		"none of several":          {[]string{`{"source":["aws.sqs"],"$or":[{"detail-type":["x"]},{"detail-type":["y"]}]}`}, queue, true},
		"what ends so":             {[]string{calls + `"eventName":[{"suffix":"Queue"}]}}`}, queue, true},
		"in another case":          {[]string{strings.ReplaceAll(calls, `"sqs.amazonaws.com"`, `{"equals-ignore-case":"SQS.amazonaws.com"}`) + `"readOnly":[false]}}`}, queue, false},
		"reads":                    {[]string{calls + `"readOnly":[true]}}`}, queue, true},
		"a failed call":            {[]string{calls + `"errorCode":[{"exists":true}]}}`}, queue, true},
		"an operator unknown here": {[]string{calls + `"eventName":[{"wildcard":"*"}]}}`}, queue, false},
		"not a pattern":            {[]string{"x"}, queue, true},
	} {
		if got := len(event.Unheard(test.patterns, []*kind.Kind{test.of}, "111122223333", "eu-west-1")) > 0; got != test.want {
			t.Errorf("%s: unheard %v", name, got)
		}
	}
}

func hearsTest(pattern string) bool {
	return event.HearsTest(pattern, "111122223333", "eu-west-1")
}
