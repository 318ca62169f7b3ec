package outcome_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/scope"
)

// The estate of these tests: two accounts with two regions, and a kind of each scope.
const (
	member, neighbour   = cell.Account("111122223333"), cell.Account("444455556666")
	here, there         = cell.Region("eu-west-1"), cell.Region("us-east-1")
	queue, bucket, unit = cell.Kind("AWS::SQS::Queue"), cell.Kind("AWS::S3::Bucket"), cell.Kind("AWS::Organizations::Unit")
)

var (
	regions    = []cell.Region{here, there}
	accounts   = []cell.Account{member, neighbour}
	blueprints = map[cell.Kind]string{queue: "queue", bucket: "bucket", unit: "unit"}
	types      = []*kind.Kind{
		{Type: string(queue), Scope: kind.Regional}, {Type: string(bucket), Scope: kind.Global}, {Type: string(unit), Scope: kind.Management},
	}
)

// cells are all cells of the estate.
func cells() (all []cell.Name) {
	for _, a := range accounts {
		for _, r := range regions {
			all = append(all, cell.Name{Account: a, Region: r, Kind: queue})
		}
		all = append(all, cell.Name{Account: a, Kind: bucket})
	}
	return append(all, cell.Name{Kind: unit})
}

// by is the account that is asked for a cell.
func by(c cell.Name) cell.Account {
	if c.Account == "" {
		return member
	}
	return c.Account
}

func read(c cell.Name) outcome.End { return outcome.Read(c, by(c), time.Second) }

// scopeOf returns the scope of a request to read the estate.
func scopeOf(t testing.TB, request invocation.Request) *scope.Scope {
	t.Helper()
	var entries []string
	for _, k := range types {
		entries = append(entries, fmt.Sprintf(
			`{"kind":%q,"selector":{"query":"true"},"port":{"entity":{"mappings":{"identifier":".Properties.Arn","blueprint":%q}}}}`,
			k.Type, strconv.Quote(blueprints[cell.Kind(k.Type)])))
	}
	config, err := mapping.Compile([]byte(`{"resources":[`+strings.Join(entries, ",")+`]}`), func(name string) (mapping.Actions, bool) {
		return mapping.Actions{}, slices.ContainsFunc(types, func(k *kind.Kind) bool { return k.Type == name })
	})
	if err != nil || len(config.Resources) != len(types) {
		t.Fatalf("the mapping: %v, %+v", err, config)
	}
	s := scope.New(request, nil, config, kind.Among(types))
	s.Listing = account.Listing{Strategy: account.ByOrganization, Complete: true}
	for _, a := range accounts {
		s.Listing.Accounts = append(s.Listing.Accounts, account.Account{ID: string(a)})
	}
	return s
}

// opened returns the book of an invocation that has entered both accounts.
func opened(s *scope.Scope) *outcome.Book {
	b := begun(s)
	for _, a := range accounts {
		b.AddAccount(string(a), "account "+string(a), len(regions))
		b.Enter(string(a), []string{string(here), string(there)})
	}
	return b
}

// begun returns the book of an invocation that has read the mapping, and no more.
func begun(s *scope.Scope) *outcome.Book {
	b := outcome.NewBook(slog.New(slog.DiscardHandler), &outcome.Progress{})
	for _, u := range s.Mapped {
		b.AddKind(u.Kind.Type, time.Time{}, u.Entries)
	}
	return b
}

// said is all that a settled book says.
type said struct {
	Report                 report.Report
	Unread, Closed, Unsent int
	UnreadOf               map[cell.Kind]int
	Refusing, OnlySkipped  bool
	Coverage               map[string]string
	Ended                  map[string]bool
	Keeps                  map[string]string // by cell
	Unknown                map[string]string // by blueprint
}

func saidBy(s *scope.Scope, b *outcome.Book, judge func(*outcome.End)) said {
	if judge == nil {
		judge = func(*outcome.End) {}
	}
	b.Settle(judge)
	all := said{
		Unread: b.Unread(), Closed: b.Closed(), Unsent: b.Unsent(), Refusing: b.Refusing(), OnlySkipped: b.OnlySkipped(),
		UnreadOf: map[cell.Kind]int{}, Coverage: map[string]string{}, Ended: map[string]bool{}, Keeps: map[string]string{}, Unknown: map[string]string{},
	}
	b.Fill(&all.Report)
	v := outcome.Evidence{Scope: s, Book: b}
	for _, c := range cells() {
		all.Ended[fmt.Sprint(c)] = b.Ended(c)
		all.Keeps[fmt.Sprint(c)] = fmt.Sprint(v.Keeps(c, blueprints[c.Kind], ""))
	}
	for k, blueprint := range blueprints {
		all.UnreadOf[k] = b.UnreadOf(string(k))
		all.Unknown[blueprint] = fmt.Sprint(v.KeepsUnknown(entity.Ref{Blueprint: blueprint, Identifier: "somewhere"}))
	}
	for of, c := range b.Coverage() {
		all.Coverage[fmt.Sprint(of)] = fmt.Sprintf("%+v", c)
	}
	return all
}

// part returns what an invocation records that comes to these ends.
func part(t testing.TB, s *scope.Scope, ends ...outcome.End) json.RawMessage {
	t.Helper()
	b := opened(s)
	b.ListDone()
	for _, e := range ends {
		b.Record(e)
	}
	p, err := b.Part()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// merged returns the book that puts parts together. Last says of each whether it is the last
// of its batch.
func merged(t testing.TB, s *scope.Scope, parts []json.RawMessage, last func(i int) bool) *outcome.Book {
	t.Helper()
	b := begun(s)
	for i, p := range parts {
		if err := b.Merge(p, last(i)); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func always(int) bool { return true }

// constants returns the constants of a type of texts that a package declares, so that a test
// walks those too that are added later.
func constants(t testing.TB, folder, name string) (values []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != name {
				return true
			}
			for _, value := range spec.Values {
				if literal, ok := value.(*ast.BasicLit); ok {
					text, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					values = append(values, text)
				}
			}
			return true
		})
	}
	if len(values) < 5 {
		t.Fatalf("%s has the %ss %q", folder, name, values)
	}
	return values
}

// codeOf is the code with which an entity stays, "" if it goes.
func codeOf(v outcome.Evidence, c cell.Name) diag.Code {
	return v.Keeps(c, blueprints[c.Kind], "").Code
}
