package outcome_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/scope"
	"portolan/internal/resync/upsert"
)

var errRefused = &awserr.Error{Op: "s3:GetBucketTagging", Class: awserr.Closed, Err: errors.New("explicit deny in a resource-based policy")}

func ofClass(class awserr.Class) error {
	return &awserr.Error{Op: "sqs:ListQueues", Class: class, Err: errors.New("said by the test")}
}

// broke ends cells by an error.
func broke(err error) func(cell.Name) outcome.End {
	return func(c cell.Name) outcome.End { return outcome.Broke(c, by(c), time.Second, err) }
}

// readBut ends cells that were read to their end, with something to remark.
func readBut(change func(*outcome.End)) func(cell.Name) outcome.End {
	return func(c cell.Name) outcome.End {
		e := read(c)
		change(&e)
		return e
	}
}

// leftOut ends all cells of a kind in an account. There is no doubt if they were not to be
// read.
func leftOut(of report.Outcome, doubt string) func(cell.Name) outcome.End {
	return func(c cell.Name) outcome.End {
		return outcome.End{
			Cell: cell.Name{Account: c.Account, Kind: c.Kind}, By: by(c), All: true, Outcome: of,
			Code: diag.LeftOut, Cause: "the account was left out", Doubt: doubt,
		}
	}
}

// settledAs makes the settling change how a cell ended.
func settledAs(o report.Outcome, code diag.Code) func(*outcome.End) {
	return func(e *outcome.End) { e.Outcome, e.Code = o, code }
}

// place is where the report lists a cell that was not read.
type place string

const (
	nowhere     place = ""
	gaps        place = "gaps"
	unavailable place = "unavailable"
)

// ofRule is the rule's code for a place in an account with such a reading of its cell.
func ofRule(t *testing.T, a reconcile.Account, cell reconcile.Reading) diag.Code {
	t.Helper()
	want := reconcile.Evidence{Kind: reconcile.In, Account: a, Region: reconcile.In, Enabled: true, Cell: cell, Resource: reconcile.Needless}
	at := slices.IndexFunc(reconcile.Rule, func(row reconcile.Row) bool { return row.Evidence == want })
	if at < 0 {
		t.Fatalf("no row of the rule for %+v", want)
	}
	return reconcile.Rule[at].Verdict.Code
}

func TestEndsOfACell(t *testing.T) {
	t.Parallel()
	own := cell.Name{Account: member, Region: here, Kind: queue}
	wholly := cell.Name{Account: member, Kind: bucket}
	dns := &net.DNSError{Err: "no such host", Name: "sqs.eu-west-1.amazonaws.com", IsNotFound: true}
	late := func(c cell.Name) outcome.End { return outcome.Late(c, by(c), "the run ended before it could be read") }
	tests := map[string]struct {
		cell  cell.Name
		end   func(cell.Name) outcome.End
		judge func(*outcome.End)

		outcome report.Outcome
		told    place
		code    diag.Code // its code in the report
		unread  int
		open    bool // it is not known what became of the cell
		// What the run knows of its place, and the code with which an entity of unknown
		// origin stays.
		account reconcile.Account
		proves  reconcile.Reading
		unknown diag.Code
		table   string // of the coverage
	}{
		"read whole": {
			cell: own, end: read, outcome: report.Complete, account: reconcile.Present, proves: reconcile.Whole, table: "0",
		},
		"read, and there is nothing of which it could be listed": {
			cell: own, end: readBut(func(e *outcome.End) { e.Proof, e.Doubt = reconcile.NotRead, "there is nothing" }), outcome: report.Complete,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "0",
		},
		"read, and a document lacks what the mapping needs": {
			cell: own, end: readBut(func(e *outcome.End) { e.Proof, e.Doubt = reconcile.Refusing, "it gave nothing" }), outcome: report.Complete,
			account: reconcile.Present, proves: reconcile.Refusing, unknown: diag.KeptOriginUnknown, table: "0",
		},
		"read, and nothing that it lists exists": {
			cell: own, end: readBut(func(e *outcome.End) { e.NoneOf = "https://queue" }), outcome: report.Complete,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "0",
		},
		"read, and a resource refuses to be read": {
			cell: own, end: readBut(func(e *outcome.End) {
				e.Resources = []error{&kind.RefusedError{ID: "a", Action: "sqs:GetQueueAttributes", Err: errRefused}}
			}), outcome: report.Complete,
			account: reconcile.Present, proves: reconcile.Refusing, unknown: diag.KeptOriginUnknown, table: "0 refused 1",
		},
		"read, nothing to list, and a resource refuses to be read": {
			cell: own, end: readBut(func(e *outcome.End) {
				e.Proof, e.Resources = reconcile.NotRead, []error{&kind.RefusedError{ID: "a", Err: errRefused}}
			}), outcome: report.Complete,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "0 refused 1",
		},
		"read, and a detail is refused": {
			cell: own, end: readBut(func(e *outcome.End) {
				e.Resources = []error{&kind.RefusedError{ID: "a", Detail: true, Err: errRefused}}
			}), outcome: report.Complete, account: reconcile.Present, proves: reconcile.Whole, table: "0",
		},
		"read, and a detail is not found": {
			cell: own, end: readBut(func(e *outcome.End) {
				e.Resources = []error{&kind.LackError{ID: "a", Action: "sqs:ListQueueTags", Err: ofClass(awserr.NotFound)}}
			}), outcome: report.Complete, account: reconcile.Present, proves: reconcile.Whole, table: "0",
		},
		"closed": {
			cell: own, end: broke(ofClass(awserr.Closed)), outcome: report.Closed, told: unavailable, code: diag.Closed,
			account: reconcile.Present, proves: reconcile.Closed, unknown: diag.KeptOriginUnknown, table: "closed 1/2 0",
		},
		"denied": {
			cell: own, end: broke(ofClass(awserr.Denied)), outcome: "denied", told: gaps, code: diag.Denied, unread: 1,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "denied 1/2 0",
		},
		"not found, which is of a cell no answer": {
			cell: own, end: broke(ofClass(awserr.NotFound)), outcome: "failed", told: gaps, code: diag.Failed, unread: 1,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "failed 1/2 0",
		},
		"no endpoint": {
			cell: own, end: broke(dns), outcome: "unreachable", told: gaps, code: diag.Unreachable, unread: 1,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "unreachable 1/2 0",
		},
		"not offered": {
			cell: own, end: broke(dns), judge: settledAs(report.NotOffered, diag.NotOffered), outcome: report.NotOffered,
			account: reconcile.Present, proves: reconcile.NotOffered, table: "0",
		},
		"not answering": {
			cell: own, end: broke(dns), judge: settledAs(report.NotAnswering, diag.NotAnswering), outcome: report.NotAnswering,
			told: unavailable, code: diag.NotAnswering,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "not-answering 1/2 0",
		},
		"late": {
			cell: own, end: late, outcome: report.NotReached, told: gaps, code: diag.NotReached, unread: 1, open: true,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "not-reached 1/2 0",
		},
		"too large": {
			cell: own, end: func(c cell.Name) outcome.End { return late(c).TooLarge("it took 20m") }, outcome: report.NotReached,
			told: gaps, code: diag.CellTooLarge, unread: 1, open: true,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "not-reached 1/2 0",
		},
		"skipped, of a kind that no region is left for": {
			cell: wholly, end: func(c cell.Name) outcome.End {
				return outcome.End{Cell: c, By: by(c), Outcome: report.Skipped, Code: diag.LeftOut, Cause: "no region is left", Doubt: "no region is left"}
			}, outcome: report.Skipped, told: gaps, code: diag.LeftOut,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "skipped 0/1 0",
		},
		"left out with the whole account, which was denied": {
			cell: own, end: leftOut("denied", "account was not read"), outcome: "denied", told: gaps, code: diag.LeftOut, unread: 1,
			account: reconcile.Unentered, unknown: diag.KeptOriginUnknown, table: "denied 0/1 0",
		},
		"skipped with the whole account, a global kind": {
			cell: wholly, end: leftOut(report.Skipped, "account was not read"), outcome: report.Skipped, told: gaps, code: diag.LeftOut,
			account: reconcile.Unentered, unknown: diag.KeptOriginUnknown, table: "skipped 0/1 0",
		},
		"left out with the whole account, a global kind": {
			cell: wholly, end: leftOut("denied", "account was not read"), outcome: "denied", told: gaps, code: diag.LeftOut, unread: 1,
			account: reconcile.Unentered, unknown: diag.KeptOriginUnknown, table: "denied 0/1 0",
		},
		"the Organization, which nobody could read": {
			cell: cell.Name{Kind: unit}, end: func(c cell.Name) outcome.End {
				return outcome.End{Cell: c, Outcome: "failed", Code: diag.Failed, Cause: "nobody may", Doubt: "nobody may"}
			}, outcome: "failed", told: gaps, code: diag.Failed, unread: 1,
			account: reconcile.Present, proves: reconcile.NotRead, unknown: diag.KeptOriginUnknown, table: "failed 0/1 0",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, end := scopeOf(t, invocation.Request{}), test.end(test.cell)
			b := opened(s)
			b.Record(end)
			replaced := func(c cell.Name) bool {
				return c == test.cell || end.All && c.Account == test.cell.Account && c.Kind == test.cell.Kind
			}
			complete := 0
			for _, c := range cells() {
				if !replaced(c) {
					b.Record(read(c))
					complete++
				}
			}
			if b.Ended(end.Cell) == test.open {
				t.Errorf("what became of the cell is known: %t", b.Ended(end.Cell))
			}
			got := saidBy(s, b, test.judge)
			r := &got.Report
			want := map[report.Outcome]int{report.Complete: complete}
			want[test.outcome]++
			if diff := gocmp.Diff(want, r.Cells); diff != "" {
				t.Errorf("cells (-want +got):\n%s", diff)
			}
			for _, k := range r.Kinds {
				if k.Kind == string(test.cell.Kind) && k.Cells[test.outcome] == 0 {
					t.Errorf("the kind has the cells %v", k.Cells)
				}
			}
			for _, a := range r.Accounts {
				if a.ID == string(end.By) && a.Cells[test.outcome] == 0 {
					t.Errorf("the account has the cells %v", a.Cells)
				}
			}
			tellsIn(t, map[place][]report.Gap{gaps: r.Gaps, unavailable: r.Unavailable}, test.told, test.outcome, test.code)
			shut := 0
			if test.outcome == report.Closed {
				shut = 1
			}
			if got.Unread != test.unread || got.UnreadOf[test.cell.Kind] != test.unread || got.Closed != shut {
				t.Errorf("%d unread, %d of the kind, %d closed", got.Unread, got.UnreadOf[test.cell.Kind], got.Closed)
			}
			if text := tableOf(t, r, end.By, test.cell.Kind); text != test.table {
				t.Errorf("the coverage says %q, want %q", text, test.table)
			}
			v := outcome.Evidence{Scope: s, Book: b}
			for _, c := range cells() {
				wanted := diag.Code("")
				if replaced(c) {
					wanted = ofRule(t, test.account, test.proves)
				}
				if code := codeOf(v, c); code != wanted {
					t.Errorf("an entity from %v has the code %q, want %q", c, code, wanted)
				}
			}
			for k, blueprint := range blueprints {
				reason, wanted := v.KeepsUnknown(entity.Ref{Blueprint: blueprint, Identifier: "x"}), diag.Code("")
				if k == test.cell.Kind {
					wanted = test.unknown
				}
				if reason.Code != wanted {
					t.Errorf("a %s of unknown origin has the reason %+v, want %q", blueprint, reason, wanted)
				}
			}
		})
	}
}

// tellsIn checks that the report lists an outcome in one place and nowhere else.
func tellsIn(t *testing.T, lists map[place][]report.Gap, where place, of report.Outcome, code diag.Code) {
	t.Helper()
	for name, list := range lists {
		if name != where {
			if len(list) > 0 {
				t.Errorf("the %s are %+v", name, list)
			}
			continue
		}
		if len(list) != 1 || list[0].Outcome != of || list[0].Code != code || list[0].Cells != 1 || list[0].Cause == "" {
			t.Errorf("the %s are %+v, want one of %s with %s", name, list, of, code)
			continue
		}
		if severe := list[0].Severity == diag.Error; severe != of.IsGap() {
			t.Errorf("the severity is %v", list[0].Severity)
		}
	}
}

// tableOf is what the report's table shows of a kind in an account.
func tableOf(t *testing.T, r *report.Report, account cell.Account, k cell.Kind) string {
	t.Helper()
	for _, row := range r.Coverage.Accounts {
		if row.Account == string(account) {
			text, err := row.Cells[slices.Index(r.Coverage.Kinds, string(k))].MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
	t.Fatalf("no row for the account %q: %+v", account, r.Coverage)
	return ""
}

// TestWhatWasNotReadWholeKeeps walks all classes of errors and all outcomes that there are,
// and will be: no cell lets an entity go, except one that was read whole.
func TestWhatWasNotReadWholeKeeps(t *testing.T) {
	t.Parallel()
	ends := map[string]func(cell.Name) outcome.End{}
	for _, class := range constants(t, "../../aws/awserr", "Class") {
		if class != string(awserr.None) {
			ends["the class "+class] = broke(ofClass(awserr.Class(class)))
		}
	}
	for _, o := range append(constants(t, "../../report", "Outcome"), "novel") {
		// Without a proof, even a complete cell proves nothing.
		ends["the outcome "+o] = func(c cell.Name) outcome.End { return outcome.End{Cell: c, By: by(c), Outcome: report.Outcome(o)} }
		ends["the outcome "+o+" of a whole account"] = leftOut(report.Outcome(o), "it was not read")
	}
	ends["an error of no class"] = broke(errors.New("what is that"))
	for name, end := range ends {
		for _, of := range cells() {
			if of.Kind == unit && end(of).All {
				continue // an Organization is left out with no account
			}
			s := scopeOf(t, invocation.Request{})
			b := opened(s)
			b.Record(end(of))
			b.Settle(func(*outcome.End) {})
			v := outcome.Evidence{Scope: s, Book: b}
			reason := v.Keeps(of, blueprints[of.Kind], "")
			if reason.None() || reason.Text == "" || !slices.ContainsFunc(reconcile.Rule, func(row reconcile.Row) bool {
				return !row.Verdict.Gone && row.Verdict.Code == reason.Code
			}) {
				t.Errorf("%s: an entity from %v has the reason %+v", name, of, reason)
			}
		}
	}
}

// TestCellsOfNoEnd are not known to be empty.
func TestCellsOfNoEnd(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{})
	b := opened(s)
	b.Settle(func(*outcome.End) {})
	v := outcome.Evidence{Scope: s, Book: b}
	for _, c := range cells() {
		if b.Ended(c) || codeOf(v, c) != diag.KeptUnread {
			t.Errorf("%v has ended: %t; %q", c, b.Ended(c), codeOf(v, c))
		}
	}
}

// TestOnlyACompleteCellIsWhole leaves out an account without a doubt: that nothing speaks
// against a cell does not prove that it was read, in one invocation or in two.
func TestOnlyACompleteCellIsWhole(t *testing.T) {
	t.Parallel()
	wholly := cell.Name{Account: member, Kind: bucket}
	for _, name := range append(constants(t, "../../report", "Outcome"), "novel") {
		of := report.Outcome(name)
		if of == report.Complete {
			continue
		}
		s := scopeOf(t, invocation.Request{})
		b := opened(s)
		b.ListDone()
		b.Record(leftOut(of, "")(wholly))
		part, err := b.Part()
		if err != nil {
			t.Fatal(err)
		}
		merged := opened(s)
		if err := merged.Merge(part, true); err != nil {
			t.Fatal(err)
		}
		for _, book := range []*outcome.Book{b, merged} {
			book.Settle(func(*outcome.End) {})
			if kept := (outcome.Evidence{Scope: s, Book: book}).Keeps(wholly, blueprints[bucket], ""); kept.None() {
				t.Errorf("an entity of a cell that is %s goes", of)
			}
		}
	}
}

// TestPlacesOutOfSight keep entities for reasons that no cell has.
func TestPlacesOutOfSight(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request invocation.Request
		place   cell.Name
		want    diag.Code
	}{
		"a region that is not enabled":        {place: cell.Name{Account: member, Region: "ap-east-1", Kind: queue}, want: diag.KeptRegion},
		"an account out of the Organization":  {place: cell.Name{Account: "999999999999", Region: here, Kind: queue}},
		"a kind out of the mapping":           {place: cell.Name{Account: member, Region: here, Kind: "AWS::SNS::Topic"}},
		"a region that the request leaves":    {invocation.Request{Regions: []string{string(here)}}, cell.Name{Account: member, Region: here, Kind: queue}, ""},
		"a region that it leaves out":         {invocation.Request{Regions: []string{string(there)}}, cell.Name{Account: member, Region: here, Kind: queue}, diag.KeptNarrowed},
		"an account that it leaves out":       {invocation.Request{Accounts: []string{string(neighbour)}}, cell.Name{Account: member, Kind: bucket}, diag.KeptNarrowed},
		"a kind that it leaves out":           {invocation.Request{Kinds: []string{string(bucket)}}, cell.Name{Kind: unit}, diag.KeptNarrowed},
		"a bucket, which is in some region":   {invocation.Request{Regions: []string{string(here)}}, cell.Name{Account: member, Kind: bucket}, diag.KeptNarrowed},
		"a kind out of the mapping, narrowed": {invocation.Request{Kinds: []string{string(bucket)}}, cell.Name{Account: member, Kind: "AWS::SNS::Topic"}, diag.KeptNarrowed},
	} {
		s := scopeOf(t, test.request)
		b := opened(s)
		for _, c := range cells() {
			b.Record(read(c))
		}
		b.Settle(func(*outcome.End) {})
		v := outcome.Evidence{Scope: s, Book: b}
		if got := v.Keeps(test.place, "any", ""); got.Code != test.want {
			t.Errorf("%s: %+v, want %q", name, got, test.want)
		}
		unknown := v.KeepsUnknown(entity.Ref{Blueprint: "queue", Identifier: "x"})
		if narrowed := test.request.Narrowed(); narrowed != (unknown.Code == diag.KeptNarrowed) {
			t.Errorf("%s: an entity of unknown origin has the reason %+v", name, unknown)
		}
	}
}

// TestARNsKeep takes an identifier for a hint at where an entity came from: it keeps, and
// proves nothing.
func TestARNsKeep(t *testing.T) {
	t.Parallel()
	arn := func(region cell.Region, account cell.Account) string {
		return fmt.Sprintf("arn:aws:sqs:%s:%s:q", region, account)
	}
	unoffered := cell.Name{Account: member, Region: here, Kind: queue}
	for name, test := range map[string]struct {
		identifier string
		change     func(*outcome.Evidence)
		want       diag.Code
	}{
		"no ARN":                              {identifier: "q"},
		"of a cell that was read":             {identifier: arn(there, member)},
		"of an account out of all":            {identifier: arn(here, "999999999999")},
		"of a region that is not enabled":     {identifier: arn("ap-east-1", member), want: diag.KeptRegion},
		"of a cell whose service is no offer": {identifier: arn(here, member), want: diag.KeptNotOffered},
		"of a suspended account":              {arn(here, "555555555555"), suspend, diag.KeptInactive},
		"no account, and one is suspended":    {"q", suspend, diag.KeptInactive},
		"of another, and one is suspended":    {arn(there, member), suspend, ""},
		"an incomplete list of accounts":      {arn(there, member), func(v *outcome.Evidence) { v.Scope.Listing.Complete = false }, diag.KeptAccountsUnknown},
	} {
		v := outcome.Evidence{Scope: scopeOf(t, invocation.Request{})}
		v.Book = opened(v.Scope)
		for _, c := range cells() {
			e := read(c)
			if c == unoffered {
				e = outcome.End{Cell: c, By: by(c), Outcome: report.NotOffered}
			}
			v.Book.Record(e)
		}
		v.Book.Settle(func(*outcome.End) {})
		if test.change != nil {
			test.change(&v)
		}
		if got := v.KeepsUnknown(entity.Ref{Blueprint: "queue", Identifier: test.identifier}); got.Code != test.want {
			t.Errorf("%s: %+v, want %q", name, got, test.want)
		}
	}
}

func suspend(v *outcome.Evidence) {
	v.Scope.Listing.Skipped = append(v.Scope.Listing.Skipped, account.Skipped{ID: "555555555555", Reason: "SUSPENDED"})
}

// TestGapsAreGrouped by what the cells have in common.
func TestGapsAreGrouped(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{})
	b := opened(s)
	for _, c := range cells() {
		switch {
		case c.Account == member && c.Kind == queue:
			b.Record(broke(ofClass(awserr.Closed))(c))
		case c.Account == neighbour && c.Kind == queue:
			b.Record(outcome.Late(c, by(c), "the run ended").TooLarge("it took 20m"))
		case c.Kind == bucket:
			b.Record(outcome.Late(c, by(c), "the run ended"))
		default:
			b.Record(broke(ofClass(awserr.Throttled))(c))
		}
	}
	r := saidBy(s, b, nil).Report
	var told []string
	for _, g := range slices.Concat(r.Gaps, r.Unavailable) {
		told = append(told, fmt.Sprintf("%s %s %s %d %s %s", g.Outcome, g.Code, g.Account, g.Cells, strings.Join(g.Kinds, ","), strings.Join(g.Regions, ",")))
	}
	want := []string{
		// Cells that can be read next time are grouped; cells that never fit are listed one by one.
		fmt.Sprintf("not-reached %s  2  ", diag.NotReached),
		fmt.Sprintf("throttled %s %s 1 %s ", diag.Throttled, member, unit),
		fmt.Sprintf("not-reached %s %s 1 %s %s", diag.CellTooLarge, neighbour, queue, here),
		fmt.Sprintf("not-reached %s %s 1 %s %s", diag.CellTooLarge, neighbour, queue, there),
		fmt.Sprintf("closed %s %s 2 %s %s,%s", diag.Closed, member, queue, here, there),
	}
	slices.Sort(told[2:4])
	if diff := gocmp.Diff(want, told); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

// TestOnlySkipped wants a cell that was to be read.
func TestOnlySkipped(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{})
	b := opened(s)
	if !b.OnlySkipped() {
		t.Error("no cell at all")
	}
	b.Record(leftOut(report.Skipped, "")(cells()[0]))
	b.Settle(func(*outcome.End) {})
	if !b.OnlySkipped() {
		t.Error("a cell that was skipped")
	}
	other := opened(s)
	other.Record(read(cells()[0]))
	if other.OnlySkipped() {
		t.Error("a cell that was read")
	}
}

// TestSettlesOnce: what is said twice is said of one run.
func TestSettlesOnce(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{})
	b := opened(s)
	b.Record(broke(ofClass(awserr.Denied))(cells()[0]))
	first := saidBy(s, b, nil)
	if diff := gocmp.Diff(first, saidBy(s, b, settledAs(report.Closed, diag.Closed))); diff != "" {
		t.Errorf("settled again:\n%s", diff)
	}
}

// someEnd draws how a cell ends.
func someEnd(t *rapid.T, c cell.Name) outcome.End {
	ends := []func(cell.Name) outcome.End{
		read, read, read, broke(ofClass(awserr.Denied)), broke(ofClass(awserr.Closed)), broke(ofClass(awserr.Unreachable)),
		func(c cell.Name) outcome.End { return outcome.End{Cell: c, By: by(c), Outcome: report.NotOffered} },
		func(c cell.Name) outcome.End { return outcome.Late(c, by(c), "the run ended") },
		func(c cell.Name) outcome.End { return outcome.Late(c, by(c), "").TooLarge("it took 20m") },
		readBut(func(e *outcome.End) { e.Proof, e.Doubt = reconcile.NotRead, "there is nothing" }),
		readBut(func(e *outcome.End) {
			e.Resources = []error{
				&kind.RefusedError{ID: "a", Action: "s3:GetObject", Err: errRefused}, &kind.RefusedError{ID: "b", Action: "s3:GetObject", Err: errRefused},
				&kind.LackError{ID: "c", Action: "s3:GetBucketTagging", Err: ofClass(awserr.NotFound)},
			}
		}),
	}
	if c.Kind != unit {
		ends = append(ends, leftOut("denied", "it was not read"), leftOut(report.Skipped, "it was not read"))
	}
	return rapid.SampledFrom(ends).Draw(t, "end of "+fmt.Sprint(c))(c)
}

// TestPartsSayWhatOneBookSays: a run that was split over several invocations, at any place
// and with any ends, says the same as one that saw everything.
func TestPartsSayWhatOneBookSays(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{})
	rapid.Check(t, func(rt *rapid.T) {
		var ends []outcome.End
		for _, c := range cells() {
			ends = append(ends, someEnd(rt, c))
		}
		ends = rapid.Permutation(ends).Draw(rt, "order")
		one := opened(s)
		for _, e := range ends {
			one.Record(e)
		}
		var parts []json.RawMessage
		for rest := ends; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "cells of a part")
			parts, rest = append(parts, part(t, s, rest[:n]...)), rest[n:]
		}
		want := saidBy(s, one, nil)
		got := saidBy(s, merged(t, s, parts, always), nil)
		if diff := gocmp.Diff(want, got); diff != "" {
			rt.Fatalf("%d parts say another thing than one book (-want +got):\n%s", len(parts), diff)
		}
		keepsAll(rt, s, ends, got)
	})
}

// keepsAll fails if an entity is deleted although its cell was not read to its end.
func keepsAll(t *rapid.T, s *scope.Scope, ends []outcome.End, got said) {
	none := fmt.Sprint(reconcile.Reason{})
	weak := map[string]bool{}
	for _, e := range ends {
		whole := e.Outcome == report.Complete && e.Proof == reconcile.Whole && len(e.Resources) == 0
		if !whole && !e.All && got.Keeps[fmt.Sprint(e.Cell)] == none {
			t.Fatalf("an entity goes from a cell that ended so: %+v", e)
		}
		weak[blueprints[e.Cell.Kind]] = weak[blueprints[e.Cell.Kind]] || !whole && e.Outcome != report.NotOffered
	}
	for blueprint, keeps := range weak {
		if keeps && got.Unknown[blueprint] == none {
			t.Fatalf("a %s of unknown origin goes: %+v", blueprint, ends)
		}
	}
}

// TestALaterLegReadsOn: a cell that a leg did not reach is not a gap if a later leg reads
// it, and one gap if the last leg does not reach it either.
func TestALaterLegReadsOn(t *testing.T) {
	t.Parallel()
	s, all := scopeOf(t, invocation.Request{}), cells()
	late := func(c cell.Name) outcome.End { return outcome.Late(c, by(c), "the run ended") }
	last := func(i int) bool { return i == 1 }
	for name, again := range map[string]func(cell.Name) outcome.End{"reads it": read, "is denied": broke(ofClass(awserr.Denied)), "is late too": late} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := []outcome.End{late(all[0])}, []outcome.End{again(all[0])}
			whole := opened(s)
			whole.Record(again(all[0]))
			for _, c := range all[1:] {
				first = append(first, read(c))
				whole.Record(read(c))
			}
			one, two := part(t, s, first...), part(t, s, second...)
			b := merged(t, s, []json.RawMessage{one, two}, last)
			if wantLate := len(whole.Late()); len(b.Late()) != wantLate {
				t.Errorf("%d are late, want %d", len(b.Late()), wantLate)
			}
			if diff := gocmp.Diff(saidBy(s, whole, nil), saidBy(s, b, nil)); diff != "" {
				t.Errorf("two legs say another thing than one book (-want +got):\n%s", diff)
			}
			done, lateCells, err := outcome.PartEnds(one)
			if err != nil || !slices.Equal(done, all[1:]) || !slices.Equal(lateCells, all[:1]) {
				t.Errorf("the first leg has ended %v and is late for %v: %v", done, lateCells, err)
			}
		})
	}
}

// TestDamagedParts are an error, and change nothing.
func TestDamagedParts(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{})
	good := string(part(t, s, read(cells()[0])))
	for _, text := range []string{
		"", "{", "[]", `{"ends":3}`, good[:len(good)/2],
		strings.Replace(good, string(member)+" "+string(here)+" ", string(member)+" ", 1),
	} {
		b := opened(s)
		if err := b.Merge(json.RawMessage(text), true); err == nil {
			t.Errorf("%.80q is merged", text)
		}
		if b.Ended(cells()[0]) {
			t.Errorf("%.80q ends a cell", text)
		}
	}
	if _, _, err := outcome.PartEnds(json.RawMessage("[]")); err == nil {
		t.Error("a list is a part")
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{})
	b := opened(s)
	b.ListDone()
	other := part(t, s, read(cells()[0]))
	var group sync.WaitGroup
	for i := range 8 {
		for _, c := range cells() {
			group.Go(func() {
				of := cell.Coverage{Account: by(c), Kind: c.Kind}
				b.Expect(of)
				b.Count(of, report.Counts{Fetched: 1})
				b.CountMapped(0, report.Counts{Fetched: 1}, 1, 0)
				b.RecordEntity(&upsert.Entity{Origin: upsert.Origin{Coverage: of, Cell: c}, Owner: fmt.Sprint(i)}, upsert.Outcome{Fate: upsert.Failed, Err: errRefused}, true)
				b.Record(read(c))
				if _, err := b.Part(); err != nil {
					t.Error(err)
				}
				if err := b.Merge(other, true); err != nil {
					t.Error(err)
				}
				_, _, _, _, _ = b.Coverage(), b.Entries(), b.Late(), b.Done(), b.Ended(c)
			})
		}
	}
	group.Wait()
	total := 0
	for _, c := range b.Coverage() {
		total += c.Resources
	}
	if want := 8 * len(cells()); total != want {
		t.Errorf("%d resources are counted, want %d", total, want)
	}
}
